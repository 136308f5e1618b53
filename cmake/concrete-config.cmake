include(CMakeFindDependencyMacro)

if(NOT TARGET Eigen3::Eigen)
  # Eigen 3.4 accepts no range that reaches into another major version, and Eigen 5 no plain 3.4.
  find_package(Eigen3 3.4...<6 CONFIG QUIET)
  if(NOT Eigen3_FOUND)
    find_dependency(Eigen3 3.4 CONFIG)
  endif()
endif()

include("${CMAKE_CURRENT_LIST_DIR}/concrete-targets.cmake")
