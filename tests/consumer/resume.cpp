#include <iostream>
#include <latent/io/checkpoint.hpp>
#include <latent/latent.hpp>
using namespace latent;

int main() {
  const data::FashionMnist mnist = data::fashion_mnist();
  Rng rng(1);
  const nn::Sequential model{nn::Flatten{}, nn::Linear({.in = 784, .out = 64}, rng), nn::ReLU{},
                             nn::Linear({.in = 64, .out = 784}, rng)};
  optim::Adam optimizer(nn::named_parameters(model));
  data::Loader batches(mnist.train, {.batch_size = 64, .shuffle = true});
  Index epoch = 0, step = 0;
  const std::initializer_list<io::CheckpointPart> run{
      {"model", model}, {"optimizer", optimizer}, {"batches", batches}, {"epoch", epoch}, {"step", step}};
  if (io::has_checkpoint("run.safetensors")) io::load_checkpoint("run.safetensors", run);
  for (; epoch < 50; ++epoch)
    for (const auto& batch : batches) {  // at first the rest of the epoch
      const auto loss = mse_loss(model(Variable<float>(batch.images)), batch.images.reshape({batch.size(), 784}));
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      if (++step % 100 == 0) io::save_checkpoint("run.safetensors", run);
    }
  std::cout << step << " steps, a weight of " << std::get<1>(model.layers).weight.value()(0, 0) << '\n';
}
