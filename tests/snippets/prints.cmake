# A program ends with 0, and prints what a file holds.
# cmake -DPROGRAM= [-DEXPECTED=] -P prints.cmake

execute_process(COMMAND "${PROGRAM}" RESULT_VARIABLE status OUTPUT_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "ended with '${status}' after\n${output}")
endif()
if(EXPECTED)
  file(READ "${EXPECTED}" expected)
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "printed\n${output}and not\n${expected}")
  endif()
endif()
