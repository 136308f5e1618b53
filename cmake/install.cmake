include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/concrete")

install(DIRECTORY include/concrete DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(TARGETS concrete EXPORT concrete-targets INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT concrete-targets NAMESPACE concrete:: DESTINATION "${package_dir}")

write_basic_package_version_file(concrete-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES cmake/concrete-config.cmake "${CMAKE_CURRENT_BINARY_DIR}/concrete-config-version.cmake"
        DESTINATION "${package_dir}")
