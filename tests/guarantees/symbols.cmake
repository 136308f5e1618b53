# An object file needs no symbol in which a regular expression finds something.
# cmake -D NM= -D OBJECT= -D FORBIDDEN= -P symbols.cmake

execute_process(COMMAND "${NM}" -u -C "${OBJECT}" RESULT_VARIABLE status OUTPUT_VARIABLE symbols ERROR_VARIABLE errors)
if(NOT status EQUAL 0 OR NOT symbols MATCHES "abort")  # where a violated precondition ends
  message(FATAL_ERROR "${NM} finds nothing of the library in ${OBJECT}:\n${symbols}${errors}")
endif()
if(symbols MATCHES "${FORBIDDEN}")
  message(FATAL_ERROR "${OBJECT} needs ${CMAKE_MATCH_0}:\n${symbols}")
endif()
