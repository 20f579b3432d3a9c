// It needs every library that latent brings, two of them to be linked, and is quick to compile.
#include <iostream>
#include <latent/core/build.hpp>
#include <latent/core/parallel.hpp>
#include <latent/data/idx.hpp>

#if !__has_include(<Eigen/Core>) || !__has_include(<nlohmann/json.hpp>) || !__has_include(<stb_image_write.h>)
#error "not all that latent was configured with is found"
#endif

int main(int, char** arguments) {
  latent::set_threads(2);
  const latent::Index labels = latent::data::read_idx(arguments[1], 1).numel();
  std::cout << latent::build() << ": " << latent::threads() << " threads, " << labels << " labels\n";
}
