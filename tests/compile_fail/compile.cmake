# cmake -DCOMPILER= -DOPTIONS= -DINCLUDES= -DSOURCE= -DDEFECT= -DMESSAGE= -DONE_ERROR= -P compile.cmake
# MESSAGE defaults to what follows "// error: " in the source's first line.

list(TRANSFORM INCLUDES PREPEND -I)

execute_process(
  COMMAND "${COMPILER}" ${OPTIONS} ${DEFECT} ${INCLUDES} "${SOURCE}"
  RESULT_VARIABLE result
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)

if(NOT DEFECT)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "must compile, but does not:\n${output}")
  endif()
  return()
endif()

if(NOT MESSAGE)
  file(STRINGS "${SOURCE}" MESSAGE LIMIT_COUNT 1)
  if(NOT MESSAGE MATCHES "^// error: (.+)$")
    message(FATAL_ERROR "the first line must be '// error: ' and a regular expression")
  endif()
  set(MESSAGE "${CMAKE_MATCH_1}")
endif()

if(result EQUAL 0)
  message(FATAL_ERROR "must not compile, but does")
endif()
# In the message, or in the line of the headers that it points to.
if(NOT output MATCHES "(error|note):[^\n]*(\n[^\n]*concrete: )?[^\n]*${MESSAGE}")
  message(FATAL_ERROR "'${MESSAGE}' is not in an error or its notes:\n${output}")
endif()

# One misuse, one error: what follows a message is noise.
string(REGEX MATCHALL " error: " errors "${output}")
list(LENGTH errors count)
if(ONE_ERROR AND NOT count EQUAL 1)
  message(FATAL_ERROR "${count} errors:\n${output}")
endif()
