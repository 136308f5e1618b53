# No line of a header ends in a character beyond ASCII: read in a code page of two bytes a character, which a compiler on
# Windows takes for granted, its last byte would swallow the end of the line.
# cmake -D INCLUDE_DIR= -P line_ends.cmake

file(GLOB_RECURSE headers "${INCLUDE_DIR}/*.hpp")
list(LENGTH headers count)
if(count EQUAL 0)
  message(FATAL_ERROR "no headers in ${INCLUDE_DIR}")
endif()
foreach(header IN LISTS headers)
  file(STRINGS "${header}" found ENCODING UTF-8 REGEX "[^ -~]$")
  if(found)
    message(SEND_ERROR "${header}: a line ends in another character than ASCII:\n${found}")
  endif()
endforeach()
