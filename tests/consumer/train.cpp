#include <iostream>
#include <latent/latent.hpp>
using namespace latent;

int main() {
  const data::FashionMnist mnist = data::fashion_mnist();
  Rng rng(1);
  const nn::Sequential model{
      nn::Flatten{},  // [N, 28, 28, 1] -> [N, 784]
      nn::Linear({.in = 784, .out = 64}, rng),
      nn::ReLU{},
      nn::Linear({.in = 64, .out = 784}, rng),
      nn::Sigmoid{},
      nn::Unflatten({.height = 28, .width = 28}),  // and back
  };
  optim::Adam optimizer(nn::parameters(model), {.lr = 1e-3});
  data::Loader batches(mnist.train, {.batch_size = 64, .shuffle = true});
  for (int epoch = 1; epoch <= 3; ++epoch) {
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
}
