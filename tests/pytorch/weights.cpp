// Takes the weights of one of the five models from a file, or new ones and learns a little, and writes what the model
// makes of the test images, and its weights:
//
//     weights MODEL DATA IN|new WEIGHTS_OUT RECONSTRUCTIONS_OUT

#include <cstdio>
#include <latent/core/random.hpp>
#include <latent/data/fashion_mnist.hpp>
#include <latent/io/state_dict.hpp>
#include <latent/nn/parameters.hpp>

#include "study/models/model.hpp"
#include "study/models/models.hpp"
#include "study/training/trainer.hpp"

namespace {

using namespace study;

struct Files {
  std::string data, in, weights, reconstructions;
};

void work(Model& model, const Files& files) {
  const data::FashionMnist mnist = data::fashion_mnist(files.data);
  model.initialize(1);
  if (files.in == "new") {
    Rng noise(1);
    Trainer<float> trainer(nn::named_parameters(model), mnist.train, {.batch = 32},
                           [&](const Tensor<float>& x) { return model.loss(x, noise); });
    for (Index step = 0; step < trainer.steps_per_epoch(); ++step) trainer.step();
  } else {
    io::load_state_dict(files.in, model, {.convert = true});
  }
  io::save_state_dict(files.weights, model, {{"model", model.description().name}});
  data::Loader images(mnist.test, {.batch_size = mnist.test.size()});
  const Tensor<float> x = (*images.begin()).images;
  io::SafeTensorsWriter writer;
  writer.add("x", x);
  writer.add("y", model.decode(model.encode(x)));
  writer.write(files.reconstructions);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  try {
    for (const auto& model : five_models())
      if (model->description().folder == std::string(argv[1])) {
        work(*model, {argv[2], argv[3], argv[4], argv[5]});
        return 0;
      }
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
