# The vcpkg port names the version of the headers; the Conan recipe reads it from them.

file(READ "${REPOSITORY}/cmake/packaging/vcpkg/concrete/vcpkg.json" port)
string(JSON port_version GET "${port}" version)
if(NOT port_version STREQUAL VERSION)
  message(FATAL_ERROR "vcpkg.json: ${port_version}, version.hpp: ${VERSION}")
endif()
