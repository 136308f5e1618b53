# Installs the library in PREFIX, and again over that, as after an update: what lies there then is every header and
# what consumers look for, and no more.

foreach(time IN ITEMS first second)
  execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}" OUTPUT_QUIET
                          COMMAND_ERROR_IS_FATAL ANY)
endforeach()

file(GLOB_RECURSE headers RELATIVE "${SOURCES}" "${SOURCES}/include/*.hpp")
file(GLOB_RECURSE installed RELATIVE "${PREFIX}" "${PREFIX}/*")
set(expected
    ${headers}
    share/cmake/concrete/concrete-config-version.cmake
    share/cmake/concrete/concrete-config.cmake
    share/cmake/concrete/concrete-targets.cmake
    share/licenses/concrete/LICENSE
    share/pkgconfig/concrete.pc)
list(SORT expected)
list(SORT installed)
if(NOT installed STREQUAL expected)
  message(FATAL_ERROR "Installed: ${installed}\nExpected: ${expected}")
endif()
