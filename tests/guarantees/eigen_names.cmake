# The headers name nothing of Eigen that may go: neither its insides, nor what 3.4 or 5 has deprecated.
# cmake -D INCLUDE_DIR= -P eigen_names.cmake

set(insides "internal::" "Eigen/src" "unsupported/" "EIGEN_" "namespace Eigen")
set(deprecated
    "AlignedBit"
    "EvalBefore(Assigning|Nesting)Bit"
    "placeholders::"
    "Sequential"
    "LinSpaced"
    "lazyAssign"
    "flagged"
    "eulerAngles"
    "initParallel")

file(GLOB_RECURSE headers "${INCLUDE_DIR}/*.hpp")
list(LENGTH headers count)
if(count EQUAL 0)
  message(FATAL_ERROR "no headers in ${INCLUDE_DIR}")
endif()
foreach(header IN LISTS headers)
  foreach(name IN LISTS insides deprecated)
    file(STRINGS "${header}" found REGEX "${name}")
    if(found)
      message(SEND_ERROR "${header}: '${name}' in\n${found}")
    endif()
  endforeach()
endforeach()
