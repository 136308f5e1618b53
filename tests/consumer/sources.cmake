# Clears WORKPLACE and puts into it what consumers start from: what they need of the sources, alone and packed as
# concrete.tar.gz, and the example to be copied, once into another project.

file(REMOVE_RECURSE "${WORKPLACE}")
foreach(needed IN ITEMS CMakeLists.txt LICENSE cmake include)
  file(COPY "${REPOSITORY}/${needed}" DESTINATION "${WORKPLACE}/sources")
endforeach()
execute_process(COMMAND "${CMAKE_COMMAND}" -E tar czf concrete.tar.gz sources WORKING_DIRECTORY "${WORKPLACE}"
                COMMAND_ERROR_IS_FATAL ANY)
foreach(place IN ITEMS "${WORKPLACE}" "${WORKPLACE}/other/folder")
  file(COPY "${REPOSITORY}/examples/cmake-project" DESTINATION "${place}" PATTERN build EXCLUDE)
endforeach()
file(WRITE "${WORKPLACE}/other/CMakeLists.txt" "message(FATAL_ERROR \"Another project was taken for concrete\")\n")
