# Writes the library as one file, the licence on top, each header where it is first included.
# cmake -DINCLUDE_DIR= -DLICENSE= -DOUTPUT= -P single_header.cmake

cmake_minimum_required(VERSION 3.21)

set(seen "")

# Sets `text` to what `#include "<header>"` stands for: nothing from the second time on.
macro(read_header header)
  set(text "")
  if(NOT "${header}" IN_LIST seen)
    list(APPEND seen "${header}")
    inline_headers("${header}")
  endif()
endmacro()

function(inline_headers header)
  file(READ "${INCLUDE_DIR}/${header}" rest)
  string(REPLACE "#pragma once\n" "" rest "${rest}")
  set(result "")
  set(opening "#include \"")
  string(FIND "${rest}" "${opening}concrete/" start)
  while(NOT start EQUAL -1)
    string(SUBSTRING "${rest}" 0 ${start} before)
    string(LENGTH "${opening}" length)
    math(EXPR start "${start} + ${length}")
    string(SUBSTRING "${rest}" ${start} -1 rest)
    string(FIND "${rest}" "\"" end)
    string(SUBSTRING "${rest}" 0 ${end} included)
    math(EXPR end "${end} + 2") # and the end of the line
    string(SUBSTRING "${rest}" ${end} -1 rest)
    read_header("${included}")
    string(APPEND result "${before}${text}")
    string(FIND "${rest}" "${opening}concrete/" start)
  endwhile()
  set(text "${result}${rest}" PARENT_SCOPE)
  set(seen "${seen}" PARENT_SCOPE)
endfunction()

read_header(concrete/concrete.hpp)
string(REGEX REPLACE "\n\n\n+" "\n\n" text "${text}")
file(READ "${LICENSE}" licence)
string(REGEX REPLACE "\n+$" "" licence "${licence}")
string(REPLACE "\n" "\n// " licence "// ${licence}")
string(REPLACE "// \n" "//\n" licence "${licence}")
file(WRITE "${OUTPUT}" "${licence}\n\n#pragma once\n${text}")
