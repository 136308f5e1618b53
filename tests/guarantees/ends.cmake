# A program ends with a status and says exactly these words on stderr.
# cmake -D "COMMAND=program;arguments" -D STATUS= -D WORDS= -P ends.cmake

execute_process(COMMAND ${COMMAND} RESULT_VARIABLE status ERROR_VARIABLE words)
string(REPLACE "\r\n" "\n" words "${words}")
if(NOT status STREQUAL STATUS)
  message(FATAL_ERROR "ended with '${status}', not with '${STATUS}', and said:\n${words}")
endif()
if(NOT words STREQUAL "${WORDS}\n")
  message(FATAL_ERROR "said\n${words}and not\n${WORDS}")
endif()
