# What latent::latent stands on. Also read by the installed package, so that its users get the same.

find_package(Eigen3 CONFIG REQUIRED)
find_package(OpenMP COMPONENTS CXX)  # without it everything runs on one thread
find_package(ZLIB)                   # latent/data/idx.hpp, fashion_mnist.hpp, image_folder.hpp and image_set.hpp, latent/io/png.hpp
find_package(Stb)                    # latent/io/png.hpp and images.hpp, latent/data/image_folder.hpp and image_set.hpp
find_package(nlohmann_json CONFIG)   # latent/io/safetensors.hpp and state_dict.hpp
