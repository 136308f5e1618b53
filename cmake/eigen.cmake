# Provides Eigen3::Eigen: the consumer's own target, an installed Eigen, or the pinned release's headers.

if(TARGET Eigen3::Eigen)
  return()
endif()

if(NOT FETCHCONTENT_SOURCE_DIR_EIGEN3)
  # Eigen 3.4 accepts no range that reaches into another major version, and Eigen 5 no plain 3.4.
  find_package(Eigen3 3.4...<6 CONFIG QUIET)
  if(NOT Eigen3_FOUND)
    find_package(Eigen3 3.4 CONFIG QUIET)
  endif()
  if(Eigen3_FOUND)
    return()
  endif()
endif()

include(FetchContent)
# The folder named here does not exist: only Eigen's headers are wanted, not its targets and options.
FetchContent_Declare(
  Eigen3
  URL https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz
  URL_HASH SHA256=8586084f71f9bde545ee7fa6d00288b264a2b7ac3607b974e54d13e7162c1c72
  SOURCE_SUBDIR headers-only)
FetchContent_MakeAvailable(Eigen3)

# A consumer that has declared Eigen3 before gets what it declared, with the targets of its own.
if(TARGET Eigen3::Eigen)
  return()
endif()

add_library(Eigen3::Eigen INTERFACE IMPORTED GLOBAL)
target_include_directories(Eigen3::Eigen INTERFACE "${eigen3_SOURCE_DIR}")

if(CONCRETE_INSTALL)
  message(STATUS "Eigen was fetched for this build and is not installed with concrete: "
                 "find_package(concrete) will look for an installed Eigen")
endif()
