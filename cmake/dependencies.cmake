# What latent::latent stands on. Also read by the installed package, so that its users get the same. Targets that a
# project has already are taken as they are.

set(latent_quietly)
if(latent_FIND_QUIETLY)
  set(latent_quietly QUIET)
endif()
if(NOT TARGET Eigen3::Eigen)
  find_package(Eigen3 CONFIG ${latent_quietly})
endif()
if(NOT TARGET OpenMP::OpenMP_CXX)    # without it everything runs on one thread
  find_package(OpenMP COMPONENTS CXX ${latent_quietly})
endif()
if(NOT TARGET ZLIB::ZLIB)            # latent/data/idx.hpp, fashion_mnist.hpp, image_folder.hpp and image_set.hpp, latent/io/png.hpp
  find_package(ZLIB ${latent_quietly})
endif()
if(NOT TARGET Stb::Stb)              # latent/io/png.hpp and images.hpp, latent/data/image_folder.hpp and image_set.hpp
  find_package(Stb ${latent_quietly})
endif()
if(NOT TARGET Csv::Csv)              # latent/data/csv.hpp
  find_package(Csv ${latent_quietly})
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)  # latent/io/safetensors.hpp and state_dict.hpp
  find_package(nlohmann_json CONFIG ${latent_quietly})
endif()
