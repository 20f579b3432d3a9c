// All layers, losses and optimizers, Eigen, weights and pictures in files: the most that one program can include.
#include <iostream>
#include <latent/core/eigen.hpp>
#include <latent/data/image_set.hpp>
#include <latent/io/images.hpp>
#include <latent/io/png.hpp>
#include <latent/io/state_dict.hpp>
#include <latent/latent.hpp>
using namespace latent;

int main() {
  const data::ImageDataset train = data::image_set("images");
  Rng rng(1);
  const nn::Sequential encoder{nn::Conv2d({.in = 1, .out = 16, .kernel = 3, .padding = 1}, rng), nn::ReLU{},
                               nn::MaxPool2d({.kernel = 2}), nn::Flatten{}, nn::Linear({.in = 3136, .out = 64}, rng)};
  const nn::Sequential decoder{nn::Linear({.in = 32, .out = 196}, rng), nn::Tanh{},
                               nn::Unflatten({.height = 14, .width = 14}),
                               nn::ConvTranspose2d({.in = 1, .out = 1, .kernel = 2, .stride = 2}, rng), nn::Sigmoid{}};
  const nn::LSTM recurrent({.in = 28, .hidden = 28}, rng);
  optim::AdamW adam(nn::parameters(encoder), {.lr = 1e-3});
  optim::Adam decoder_adam(nn::parameters(decoder), {.lr = 1e-3});
  optim::SGD sgd(nn::parameters(recurrent), {.lr = 1e-2});
  data::Loader batches(train, {.batch_size = 64, .shuffle = true});
  for (const auto& batch : batches) {
    const Variable<float> x(batch.images), code = encoder(x);
    const Variable<float> mean = slice(code, 1, 0, 32), log_variance = slice(code, 1, 32, 64);
    const Variable<float> y = decoder(mean + exp(0.5f * log_variance) * Variable<float>(rng.normal(mean.shape())));
    const Variable<float> rows = recurrent(reshape(y, {batch.size(), 28, 28})).output;
    const Variable<float> loss = mse_loss(y, x) + l1_loss(reshape(rows, x.shape()), x) +
                                 kl_unit_normal(mean, log_variance) / 784.0f + 1e-3f * latent::mean(abs(code));
    loss.backward();
    adam.step();
    decoder_adam.step();
    sgd.step();
    std::cout << eigen::matrix(code.value()).norm() << '\n';
  }
  io::save_state_dict("encoder.safetensors", encoder);
  io::load_state_dict("encoder.safetensors", encoder);
  io::write_png("images.png", io::image_grid({{train.gather(std::vector<Index>{0}).images.reshape({28, 28})}}, {}));
}
