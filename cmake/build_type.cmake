# Says where a build has no optimization: CMake's own default.

get_directory_property(latent_options COMPILE_OPTIONS)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND NOT latent_FIND_QUIETLY
    AND NOT "${CMAKE_CXX_FLAGS} ${latent_options}" MATCHES "-O[1-9sfgz]|-O([ ;]|$)")
  message(NOTICE "latent: CMAKE_BUILD_TYPE is not set, so nothing is optimized, and training is up to 200 times slower "
                 "than with -DCMAKE_BUILD_TYPE=Release")
endif()
