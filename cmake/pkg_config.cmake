# latent.pc, for builds without CMake: what latent::latent carries, as pkg-config says it. The folder that it is
# installed into may be moved; C++20 and what to optimize for are the user's.

set(latent_pc_requires "eigen3 >= 3.4")
set(latent_pc_cflags "-I\${includedir}")
set(latent_pc_libs)
if(TARGET OpenMP::OpenMP_CXX)
  # CMake names clang's library, which g++ does not understand and clang takes by itself.
  string(REPLACE "-fopenmp=libomp" "-fopenmp" openmp_flags "${OpenMP_CXX_FLAGS}")
  string(APPEND latent_pc_cflags " ${openmp_flags}")
  string(APPEND latent_pc_libs "${openmp_flags}")
endif()
if(TARGET ZLIB::ZLIB)
  string(APPEND latent_pc_requires ", zlib")
endif()
if(TARGET nlohmann_json::nlohmann_json)
  string(APPEND latent_pc_requires ", nlohmann_json")
endif()
if(TARGET Stb::Stb)  # headers alone; stb.pc is not stb's but Debian's, and brings a library that is not needed
  get_target_property(stb_folders Stb::Stb INTERFACE_INCLUDE_DIRECTORIES)
  foreach(folder ${stb_folders})
    string(APPEND latent_pc_cflags " -I${folder}")
  endforeach()
endif()

file(RELATIVE_PATH latent_pc_prefix ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" latent_pc_prefix "${latent_pc_prefix}")
set(latent_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(latent_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(cmake/latent.pc.in latent.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/latent.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
