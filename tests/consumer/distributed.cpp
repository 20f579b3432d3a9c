#include <iostream>
#include <latent/distributed/checkpoint.hpp>
#include <latent/distributed/data_parallel.hpp>
#include <latent/distributed/distributed_loader.hpp>
#include <latent/distributed/mpi.hpp>
#include <latent/latent.hpp>
using namespace latent;

int main() {
  return distributed::with_mpi([](distributed::Communicator& communicator) {
    const data::FashionMnist mnist = data::fashion_mnist();
    Rng rng(1);
    const nn::Sequential model{
        nn::Flatten{},           nn::Linear({.in = 784, .out = 64}, rng), nn::ReLU{},
        nn::Dropout({.p = 0.1}), nn::Linear({.in = 64, .out = 784}, rng), nn::Unflatten({.height = 28, .width = 28})};
    optim::Adam optimizer(nn::named_parameters(model));
    distributed::check_same(communicator, "optimizer", optimizer);
    distributed::DataParallel parallel(model, communicator, {.shards = 8});
    distributed::DistributedLoader batches(mnist.train, communicator, {.batch_size = 64, .shuffle = true});
    const std::initializer_list<io::CheckpointPart> run{
        {"model", model}, {"optimizer", optimizer}, {"parallel", parallel}, {"batches", batches}};
    const char* const file = "distributed.safetensors";
    if (distributed::has_checkpoint(communicator, file)) distributed::load_checkpoint(communicator, file, run);
    while (batches.epoch() < 3) {
      float loss = 0;
      for (const auto& batch : batches) {
        loss += parallel.backward(batch, [&](const auto& shard, Rng&) {  // of this process, one after the other
          const Variable<float> x(shard.images);
          return mse_loss(model(x), x);
        });
        optimizer.step();
      }
      distributed::save_checkpoint(communicator, file, run);
      if (communicator.rank() == 0) std::cout << "epoch " << batches.epoch() << ": loss " << loss << '\n';
    }
    return 0;
  });
}
