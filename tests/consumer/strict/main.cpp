// What else a program may have: C's complex numbers, macros with common names, and stb's libraries with options of its
// own, before latent's headers (STB_FIRST) or after them. It uses enough for strict warnings to see the templates.
#include <complex.h>
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define check(condition) ((condition) ? 0 : 1)
#if !defined(I)
#error "complex.h defines I in GNU C++"
#endif

#define STB_IMAGE_WRITE_STATIC
#if defined(STB_FIRST)
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBIW_ASSERT(condition) ((void)(condition))
#include <stb_image.h>
#include <stb_image_write.h>
#endif

#include <latent/latent.hpp>
// In an order of their own.
#include <latent/core/eigen.hpp>
#include <latent/data/image_folder.hpp>
#include <latent/data/image_set.hpp>
#include <latent/io/images.hpp>
#include <latent/io/png.hpp>
#include <latent/io/safetensors.hpp>
#include <latent/io/state_dict.hpp>

#if !defined(STB_FIRST)
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image.h>
#include <stb_image_write.h>
#endif

namespace {

using namespace latent;

bool learns() {
  Rng rng(1);
  const nn::Sequential model{nn::Conv2d({.in = 1, .out = 4, .kernel = 3, .padding = 1}, rng),
                             nn::ReLU{},
                             nn::MaxPool2d({.kernel = 2}),
                             nn::ConvTranspose2d({.in = 4, .out = 1, .kernel = 2, .stride = 2}, rng),
                             nn::Flatten{},
                             nn::Linear({.in = 64, .out = 64}, rng),
                             nn::Sigmoid{}};
  const nn::LSTM recurrent({.in = 8, .hidden = 8}, rng);
  optim::Adam adam(nn::parameters(model), {.lr = 1e-3});
  optim::AdamW adam_w(nn::parameters(model), {.lr = 1e-3});
  optim::SGD sgd(nn::parameters(recurrent), {.lr = 1e-3});
  const Variable<float> x(rng.normal({2, 8, 8, 1}));
  const Variable<float> y = recurrent(reshape(model(x), {2, 8, 8})).output;
  const Variable<float> loss = mse_loss(exp(y), sqrt(y * y + 1.0f)) + sum(permute(y, {1, 0, 2}));
  loss.backward();
  adam.step();
  adam_w.step();
  sgd.step();
  io::save_state_dict("strict.safetensors", model);
  io::load_state_dict("strict.safetensors", model);
  return eigen::matrix(y.value().reshape({16, 8})).norm() > 0;
}

void append(void* to, void* data, int size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

}  // namespace

int main() {
  const auto i = I;
  std::string png;
  stbi_write_png_to_func(append, &png, 1, 1, 1, "x", 1);
  io::write_png("strict.png", io::image_grid({{Tensor<float>::full({2, 2}, 1)}}, {}));
  const bool fine = learns() && __imag__ i == 1 && check(false) == 1 && !png.empty();
  return fine && io::read_png("strict.png").numel() > 0 ? 0 : 1;
}
