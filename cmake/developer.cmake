# What the project's own tests, examples and benchmarks are compiled with; no consumer sees it.

add_library(concrete_developer_warnings INTERFACE)
if(MSVC)
  target_compile_options(concrete_developer_warnings INTERFACE /W4 $<$<BOOL:${CONCRETE_WARNINGS_AS_ERRORS}>:/WX>)
else()
  target_compile_options(
    concrete_developer_warnings
    INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion
              $<$<BOOL:${CONCRETE_WARNINGS_AS_ERRORS}>:-Werror>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # False alarms at -O3, in Eigen's packet loops over fixed-size vectors shorter than a packet.
    target_compile_options(concrete_developer_warnings INTERFACE -Wno-array-bounds)
    if("${Eigen3_VERSION}" VERSION_GREATER_EQUAL 5)
      # False alarms at -Og, in Eigen's inner products.
      target_compile_options(concrete_developer_warnings INTERFACE -Wno-maybe-uninitialized)
    endif()
  endif()
endif()

# What goes with -march=native.
set(concrete_native_warnings "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms in this compiler's own AVX-512 header.
  set(concrete_native_warnings -Wno-uninitialized -Wno-maybe-uninitialized)
endif()

set(concrete_native_options "")
if(CONCRETE_NATIVE AND NOT MSVC)
  set(concrete_native_options -march=native ${concrete_native_warnings})
endif()
