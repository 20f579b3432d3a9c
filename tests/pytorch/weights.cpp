// Takes the weights of one of the five models from a file, or new ones and learns a little, and writes what the model
// makes of the test images, and its weights:
//
//     weights MODEL DATA IN|new WEIGHTS_OUT RECONSTRUCTIONS_OUT

#include <CLI/CLI.hpp>

#include "cnn_autoencoder.hpp"
#include "fc_autoencoder.hpp"
#include "rnn_autoencoder.hpp"
#include "sparse_autoencoder.hpp"
#include "variational_autoencoder.hpp"

namespace {

using namespace examples;

struct Files {
  std::string data, in, weights, reconstructions;
};

template <class Experiment>
void work(const Files& files) {
  const data::FashionMnist mnist = data::fashion_mnist(files.data);
  const Experiment experiment;
  const auto model = make_model(experiment, Settings{});
  if (files.in == "new") {
    optim::Adam optimizer(nn::parameters(model));
    data::Loader batches(mnist.train, {.batch_size = 32, .shuffle = true});
    Rng noise(1);
    for (const auto& batch : batches) {
      optimizer.zero_grad();
      experiment.loss(model, Floats(batch.images), noise).backward();
      optimizer.step();
    }
  } else {
    io::load_state_dict(files.in, model, {.convert = true});
  }
  io::save_state_dict(files.weights, model, {{"model", Experiment::name}});
  const NoGrad no_grad;
  data::Loader images(mnist.test, {.batch_size = mnist.test.size()});
  io::SafeTensorsWriter writer;
  writer.add("x", (*images.begin()).images);
  writer.add("y", model(Floats((*images.begin()).images)).value());
  writer.write(files.reconstructions);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const std::string model = argv[1];
  const Files files{argv[2], argv[3], argv[4], argv[5]};
  try {
    const auto run = [&]<class... Experiments>(std::tuple<Experiments...>) {
      return ((model == Experiments::folder && (work<Experiments>(files), true)) || ...);
    };
    return run(std::tuple<FcAutoencoder, CnnAutoencoder, SparseAutoencoder, RnnAutoencoder, VariationalAutoencoder>())
               ? 0
               : 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
