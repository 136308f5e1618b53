# What a page shows of an example is there, letter for letter.
# cmake -DSHOWN= -DEXAMPLE= -DMODE=whole|part -P shows.cmake

file(READ "${SHOWN}" shown)
file(READ "${EXAMPLE}" example)
string(FIND "${example}" "${shown}" place)
if(place EQUAL -1 OR (MODE STREQUAL "whole" AND NOT shown STREQUAL example))
  message(FATAL_ERROR "${EXAMPLE} is not, or has not:\n${shown}")
endif()
