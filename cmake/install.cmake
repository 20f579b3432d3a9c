# cmake --install puts the headers, a CMake package for find_package(latent) and latent.pc for pkg-config there. Nothing
# of it depends on the machine, so the packages are in share.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder ${CMAKE_INSTALL_DATADIR}/cmake/latent)
install(TARGETS latent EXPORT latent-targets FILE_SET HEADERS FILE_SET mpi)
install(EXPORT latent-targets NAMESPACE latent:: DESTINATION ${package_folder})
write_basic_package_version_file(latent-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
get_target_property(latent_libraries latent INTERFACE_LINK_LIBRARIES)
list(FILTER latent_libraries EXCLUDE REGEX OpenMP)  # its users do without, too
list(JOIN latent_libraries " " latent_libraries)
configure_file(cmake/latent-config.cmake.in latent-config.cmake @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/latent-config.cmake cmake/dependencies.cmake cmake/mpi.cmake cmake/build_type.cmake cmake/FindCsv.cmake cmake/FindStb.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/latent-config-version.cmake
        DESTINATION ${package_folder})

include(cmake/pkg_config.cmake)
