# The README's first snippet is examples/quickstart.cpp, letter for letter.
# Run as cmake -D SOURCE_DIR=… -P readme.cmake

file(READ "${SOURCE_DIR}/README.md" readme)
file(READ "${SOURCE_DIR}/examples/quickstart.cpp" quickstart)
string(FIND "${readme}" "```cpp\n${quickstart}```" place)
if(place EQUAL -1)
  message(FATAL_ERROR "README.md does not show examples/quickstart.cpp as it is")
endif()
