# The README's first snippet is examples/quickstart.cpp, letter for letter, and what it shows of another example is there.
# Run as cmake -D SOURCE_DIR=… -P readme.cmake

file(READ "${SOURCE_DIR}/README.md" readme)
file(READ "${SOURCE_DIR}/examples/quickstart.cpp" quickstart)
string(FIND "${readme}" "```cpp\n${quickstart}```" place)
if(place EQUAL -1)
  message(FATAL_ERROR "README.md does not show examples/quickstart.cpp as it is")
endif()

file(READ "${SOURCE_DIR}/examples/parallel_draws.cpp" parallel_draws)
string(REGEX MATCH "<!-- from examples/parallel_draws.cpp -->\n```cpp\n([^`]+)```" snippet "${readme}")
string(FIND "${parallel_draws}" "${CMAKE_MATCH_1}" place)
if(snippet STREQUAL "" OR place EQUAL -1)
  message(FATAL_ERROR "README.md shows what examples/parallel_draws.cpp does not have")
endif()
