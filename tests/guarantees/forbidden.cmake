# No line of a header has what one of the regular expressions finds; says so otherwise, and WHY.
# cmake -D INCLUDE_DIR= -D WHY= -D FORBIDDEN=<list> -P forbidden.cmake

file(GLOB_RECURSE headers "${INCLUDE_DIR}/*.hpp")
list(LENGTH headers count)
if(count EQUAL 0)
  message(FATAL_ERROR "no headers in ${INCLUDE_DIR}")
endif()
foreach(header IN LISTS headers)
  foreach(expression IN LISTS FORBIDDEN)
    file(STRINGS "${header}" found ENCODING UTF-8 REGEX "${expression}")
    if(found)
      message(SEND_ERROR "${header}: ${WHY}: '${expression}' in\n${found}")
    endif()
  endforeach()
endforeach()
