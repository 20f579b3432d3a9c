# cmake --install puts the headers and a CMake package there, for find_package(latent).

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/latent)
install(TARGETS latent EXPORT latent-targets FILE_SET HEADERS)
install(EXPORT latent-targets NAMESPACE latent:: DESTINATION ${package_folder})
write_basic_package_version_file(latent-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
get_target_property(latent_libraries latent INTERFACE_LINK_LIBRARIES)
list(JOIN latent_libraries " " latent_libraries)
configure_file(cmake/latent-config.cmake.in latent-config.cmake @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/latent-config.cmake cmake/dependencies.cmake cmake/build_type.cmake cmake/FindCsv.cmake cmake/FindStb.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/latent-config-version.cmake
        DESTINATION ${package_folder})
