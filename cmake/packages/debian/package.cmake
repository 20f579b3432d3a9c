# The Debian package liblatent-dev, of what `cmake --install` installs: `cpack -G DEB` in a build folder.

# Debian's packages of what latent::latent was configured with.
set(depends "libeigen3-dev (>= 3.4)")
foreach(package ZLIB::ZLIB=zlib1g-dev Stb::Stb=libstb-dev Csv::Csv=libcsv-dev nlohmann_json::nlohmann_json=nlohmann-json3-dev)
  string(REGEX MATCH "(.*)=(.*)" package "${package}")
  if(TARGET ${CMAKE_MATCH_1})
    string(APPEND depends ", ${CMAKE_MATCH_2}")
  endif()
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME liblatent-dev)
set(CPACK_PACKAGE_CONTACT "The latent authors <latent@localhost>")
if(DEFINED ENV{DEBEMAIL})  # Debian's own tools ask these two who makes a package
  set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)  # headers
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "${depends}")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, pkg-config, libomp-dev, libopenmpi-dev, dataset-fashion-mnist")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "deep learning for CPUs in C++20, as headers")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Tensors, define-by-run autograd, layers, optimizers, data and pictures, for
programs that train and run small and medium networks on CPUs. Names, defaults
and formulas are PyTorch's, and weights are exchanged with it as safetensors
files.
.
The headers use Eigen and, of compilers that have it, OpenMP: clang's is in
libomp-dev. They are found by find_package(latent) in CMake, or by pkg-config.")
set(CPACK_LATENT_SOURCE ${PROJECT_SOURCE_DIR})  # for documents.cmake
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/documents.cmake)
include(CPack)
