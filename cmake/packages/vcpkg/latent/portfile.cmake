# A port of the tree that it is in: vcpkg install latent --overlay-ports=cmake/packages/vcpkg. In a registry the sources
# come from vcpkg_from_github(..) instead.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

set(VCPKG_BUILD_TYPE release)  # headers, the same for all builds

# What a feature stands for is found or an error; what is not asked for is not taken from elsewhere.
vcpkg_check_features(OUT_FEATURE_OPTIONS options
  FEATURES
    zlib CMAKE_REQUIRE_FIND_PACKAGE_ZLIB
    stb CMAKE_REQUIRE_FIND_PACKAGE_Stb
    json CMAKE_REQUIRE_FIND_PACKAGE_nlohmann_json
  INVERTED_FEATURES
    zlib CMAKE_DISABLE_FIND_PACKAGE_ZLIB
    stb CMAKE_DISABLE_FIND_PACKAGE_Stb
    json CMAKE_DISABLE_FIND_PACKAGE_nlohmann_json)

vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS ${options} -DLATENT_BUILD_EXAMPLES=OFF -DLATENT_BUILD_TESTS=OFF -DLATENT_BUILD_BENCHMARKS=OFF -DLATENT_MPI=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/latent)
vcpkg_fixup_pkgconfig()

file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
