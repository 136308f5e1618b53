set(VCPKG_BUILD_TYPE release) # header-only

# In a clone of the repository the port installs what is there; copied to any other place, a release.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../.." ABSOLUTE)
if(NOT EXISTS "${SOURCE_PATH}/include/concrete/version.hpp")
  # For a release to fill in: the hash of the archive that GitHub makes of the tag, which vcpkg tells when it is wrong.
  vcpkg_from_github(
    OUT_SOURCE_PATH SOURCE_PATH
    REPO OWNER/concrete
    REF "v${VERSION}"
    SHA512 0
    HEAD_REF main)
endif()

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DCONCRETE_INSTALL=ON -DCONCRETE_BUILD_TESTS=OFF -DCONCRETE_BUILD_EXAMPLES=OFF
          -DCONCRETE_BUILD_BENCHMARKS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/concrete)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/licenses")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
