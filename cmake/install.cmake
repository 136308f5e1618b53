include(GNUInstallDirs)

install(DIRECTORY include/concrete DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/concrete")

# ---- find_package(concrete) ----

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/concrete")

install(TARGETS concrete EXPORT concrete-targets INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT concrete-targets NAMESPACE concrete:: DESTINATION "${package_dir}")

configure_file(cmake/concrete-config-version.cmake.in concrete-config-version.cmake @ONLY)
install(FILES cmake/concrete-config.cmake "${CMAKE_CURRENT_BINARY_DIR}/concrete-config-version.cmake"
        DESTINATION "${package_dir}")

# ---- pkg-config concrete ----

# Found from where concrete.pc lies, so that an installed tree may be moved.
if(IS_ABSOLUTE "${CMAKE_INSTALL_DATADIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pkgconfig_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pkgconfig_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH prefix_from_here "/${CMAKE_INSTALL_DATADIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" prefix_from_here "${prefix_from_here}")
  set(pkgconfig_prefix "\${pcfiledir}/${prefix_from_here}")
  set(pkgconfig_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()

configure_file(cmake/concrete.pc.in concrete.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/concrete.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
