// An autoencoder on FashionMNIST: it squeezes an image into 32 numbers, and draws it again from these alone.
//
//     04_autoencoder [epochs]     the images are looked for as data::fashion_mnist() says

#include <cstdlib>
#include <iostream>
#include <latent/latent.hpp>
#include <string>
using namespace latent;

/// Two images [28, 28] side by side, every second row of them, since letters are twice as high as they are wide.
void draw(const Tensor<float>& left, const Tensor<float>& right) {
  const std::string shades = " .:-=+*#%@";
  for (Index y = 0; y < 28; y += 2) {
    for (const Tensor<float>* image : {&left, &right}) {
      for (Index x = 0; x < 28; ++x) std::cout << shades[static_cast<std::size_t>((*image)(y, x) * 9.99f)];
      std::cout << "    ";
    }
    std::cout << '\n';
  }
}

int main(int argc, char** argv) {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 5;
  const data::FashionMnist mnist = data::fashion_mnist();
  std::cout << mnist.train.size() << " training images, " << mnist.test.size() << " test images\n";

  // Layers one behind the other, and the two halves likewise; a model copies its layers, which share their weights.
  Rng rng(1);
  const nn::Sequential encoder{nn::Flatten{},                                            // [N, 28, 28, 1] -> [N, 784]
                               nn::Linear({.in = 784, .out = 128}, rng), nn::ReLU{},     // [N, 128]
                               nn::Linear({.in = 128, .out = 32}, rng)};                 // [N, 32]
  const nn::Sequential decoder{nn::Linear({.in = 32, .out = 128}, rng), nn::ReLU{},      // [N, 128]
                               nn::Linear({.in = 128, .out = 784}, rng), nn::Sigmoid{},  // [N, 784], from 0 to 1
                               nn::Unflatten({.height = 28, .width = 28})};              // [N, 28, 28, 1]
  const nn::Sequential model{encoder, decoder};

  optim::Adam optimizer(nn::parameters(model), {.lr = 1e-3});
  data::Loader batches(mnist.train, {.batch_size = 64, .shuffle = true});
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    float loss = 0;
    for (const auto& batch : batches) {
      const Variable<float> x(batch.images), error = mse_loss(model(x), x);
      optimizer.zero_grad();
      error.backward();
      optimizer.step();
      loss += error.item() / static_cast<float>(batches.size());
    }
    std::cout << "epoch " << epoch << ": loss " << loss << '\n';
  }

  // A test image, which it has never seen, and what it makes of it.
  const NoGrad no_grad;
  const Index first[] = {0};
  const auto test = mnist.test.gather(first);
  const Variable<float> code = encoder(Variable<float>(test.images));
  std::cout << "\nA test image (" << mnist.test.class_names[test.labels(0)] << "), and the same drawn from "
            << code.numel() << " numbers:\n\n";
  draw(test.images.reshape({28, 28}), decoder(code).value().reshape({28, 28}));
}
