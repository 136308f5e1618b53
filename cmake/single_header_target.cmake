# The target single_header: the library as one file, <build>/concrete.hpp.

file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/concrete/*.hpp")
set(script "${CMAKE_CURRENT_LIST_DIR}/single_header.cmake")
add_custom_command(
  OUTPUT "${PROJECT_BINARY_DIR}/concrete.hpp"
  COMMAND "${CMAKE_COMMAND}" "-DINCLUDE_DIR=${PROJECT_SOURCE_DIR}/include" "-DLICENSE=${PROJECT_SOURCE_DIR}/LICENSE"
          "-DOUTPUT=${PROJECT_BINARY_DIR}/concrete.hpp" -P "${script}"
  DEPENDS ${headers} "${PROJECT_SOURCE_DIR}/LICENSE" "${script}"
  COMMENT "Writing the library as one header, concrete.hpp"
  VERBATIM)
add_custom_target(single_header DEPENDS "${PROJECT_BINARY_DIR}/concrete.hpp")
