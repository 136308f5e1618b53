# The C++ in a Markdown file, fence by fence.
#
#   open_page(README.md)
#   next_fence()
#   while(fence_found)
#     …
#     next_fence()
#   endwhile()
#
# A fence is one that opens with ```cpp at the start of a line. Of it next_fence() sets
#
#   fence_line     the number of the line it opens on
#   fence_comment  what an HTML comment in the line above says, such as "given: const int n = 3;"
#   fence_code     the lines within
#   fence_output   the lines of the fence without a language that follows after one empty line: what the code prints
#
# and `rest` and `line`, what comes after it and on which line that begins.

macro(open_page file)
  file(READ "${file}" rest)
  set(line 1)
endmacro()

function(next_fence)
  set(opening "\n```cpp\n")
  string(FIND "${rest}" "${opening}" start)
  if(start EQUAL -1)
    set(fence_found FALSE PARENT_SCOPE)
    return()
  endif()
  set(fence_found TRUE PARENT_SCOPE)

  string(SUBSTRING "${rest}" 0 ${start} before)
  set(fence_comment "")
  if(before MATCHES "\n<!-- ([^\n]*) -->$")
    set(fence_comment "${CMAKE_MATCH_1}")
  endif()

  string(LENGTH "${opening}" length)
  math(EXPR start "${start} + ${length}")
  string(SUBSTRING "${rest}" ${start} -1 rest)
  string(FIND "${rest}" "```" end)
  string(SUBSTRING "${rest}" 0 ${end} fence_code)
  math(EXPR end "${end} + 3")
  string(SUBSTRING "${rest}" ${end} -1 rest)
  set(fence_output "")
  if(rest MATCHES "^\n\n```\n([^`]*)```\n")
    set(fence_output "${CMAKE_MATCH_1}")
  endif()

  count_line_ends("${before}\n" above)
  count_line_ends("${fence_code}" within)
  math(EXPR fence_line "${line} + ${above}")
  math(EXPR line "${fence_line} + 1 + ${within}")

  foreach(variable IN ITEMS rest line fence_line fence_comment fence_code fence_output)
    set(${variable} "${${variable}}" PARENT_SCOPE)
  endforeach()
endfunction()

function(count_line_ends text result)
  string(REGEX REPLACE "[^\n]+" "" line_ends "${text}")
  string(LENGTH "${line_ends}" count)
  set(${result} ${count} PARENT_SCOPE)
endfunction()
