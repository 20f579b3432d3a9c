// training_steps bits      trains each autoencoder for 30 steps with several numbers of threads, and prints
//                          model, threads, checksum of the parameters
// training_steps memory    prints what training steps take after some to warm up:
//                          model, calls of operator new in 100 steps, page faults in 20
//
// A last argument bfloat16 rounds the operands of products.

#include <latent/core/parallel.hpp>
#include <latent/core/random.hpp>
#include <latent/data/fashion_mnist.hpp>
#include <latent/kernels/matmul_precision.hpp>
#include <latent/nn/parameters.hpp>
#include <string>

#include "steps.hpp"
#include "study/models/model.hpp"
#include "study/models/models.hpp"
#include "study/training/trainer.hpp"

namespace {

using namespace study;

/// A model that has not learned yet, and its training.
struct Training {
  Training(Model& model, const data::ImageDataset& images, Index batch)
      : trainer((model.initialize(1), nn::named_parameters(model)), images, {.batch = batch, .drop_last = true},
                [this, &model](const Tensor<float>& x) { return model.loss(x, noise); }) {}

  void steps(int count) {
    for (int i = 0; i < count; ++i) trainer.step();
  }

  Rng noise{1};
  Trainer<float> trainer;
};

void print_bits(Model& model, const data::ImageDataset& images, Index batch) {
  for (const int count : {1, 2, 3, 4, 7}) {
    set_threads(count);
    Training(model, images, batch).steps(30);
    print_bits_of(model.description().name, count, nn::parameters(model));
  }
}

void print_memory(Model& model, const data::ImageDataset& images, Index batch) {
  Training training(model, images, batch);
  print_memory_of(model.description().name, [&] { training.steps(20); });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc > 5 || (argc == 5 && argv[4] != std::string("bfloat16"))) {
    std::fputs("usage: training_steps bits|memory DATA BATCH [bfloat16]\n", stderr);
    return 1;
  }
  if (argc == 5) set_matmul_precision(MatmulPrecision::bfloat16);
  const data::FashionMnist mnist = data::fashion_mnist(argv[2]);
  for (const auto& model : five_models())
    (argv[1] == std::string("bits") ? print_bits : print_memory)(*model, mnist.train, std::atol(argv[3]));
}
