# cmake -DCOMPILER= -DOPTIONS= -DINCLUDES= -DSOURCE= -DDEFECT= -DMESSAGE= -DONE_ERROR= -P compile.cmake
# MESSAGE defaults to what follows "// error: " in the source's first line.

list(TRANSFORM INCLUDES PREPEND -I)

function(compile result_variable output_variable)
  execute_process(
    COMMAND "${COMPILER}" ${OPTIONS} ${INCLUDES} ${ARGN} "${SOURCE}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  set(${result_variable} "${result}" PARENT_SCOPE)
  set(${output_variable} "${output}" PARENT_SCOPE)
endfunction()

compile(result output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "must compile, but does not:\n${output}")
endif()

if(NOT DEFECT)
  return()
endif()

if(NOT MESSAGE)
  file(STRINGS "${SOURCE}" MESSAGE LIMIT_COUNT 1)
  if(NOT MESSAGE MATCHES "^// error: (.+)$")
    message(FATAL_ERROR "the first line must be '// error: ' and a regular expression")
  endif()
  set(MESSAGE "${CMAKE_MATCH_1}")
endif()

compile(result output ${DEFECT})
if(result EQUAL 0)
  message(FATAL_ERROR "must not compile, but does")
endif()
if(NOT output MATCHES "(error|note):[^\n]*${MESSAGE}")
  message(FATAL_ERROR "'${MESSAGE}' is not in an error or its notes:\n${output}")
endif()

# One misuse, one error: what follows a message is noise.
string(REGEX MATCHALL " error: " errors "${output}")
list(LENGTH errors count)
if(ONE_ERROR AND NOT count EQUAL 1)
  message(FATAL_ERROR "${count} errors:\n${output}")
endif()
