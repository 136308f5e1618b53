# Clears WORKPLACE and puts into it what consumers start from: what they need of the sources, alone and packed as
# concrete.tar.gz, and the example to be copied.

file(REMOVE_RECURSE "${WORKPLACE}")
foreach(needed IN ITEMS CMakeLists.txt LICENSE cmake include)
  file(COPY "${REPOSITORY}/${needed}" DESTINATION "${WORKPLACE}/sources")
endforeach()
execute_process(COMMAND "${CMAKE_COMMAND}" -E tar czf concrete.tar.gz sources WORKING_DIRECTORY "${WORKPLACE}"
                COMMAND_ERROR_IS_FATAL ANY)
file(COPY "${REPOSITORY}/examples/cmake-project" DESTINATION "${WORKPLACE}" PATTERN build EXCLUDE)
