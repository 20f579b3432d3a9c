// Trains all five autoencoders and sets them side by side.

#include "cnn_autoencoder.hpp"
#include "fc_autoencoder.hpp"
#include "rnn_autoencoder.hpp"
#include "sparse_autoencoder.hpp"
#include "variational_autoencoder.hpp"

namespace examples {

/// What is left of each model when it has learned.
struct Outcome {
  std::string name;
  EpochResult losses;
  Tensor<float> first;    ///< the first test image, reconstructed
  Tensor<float> classes;  ///< one test image of each class, reconstructed
};

template <class Experiment>
Outcome compare_one(const Experiment& experiment, const data::FashionMnist& mnist, const Settings& settings) {
  const auto [model, losses] = run_experiment(experiment, mnist, settings, settings.out / Experiment::folder);
  const NoGrad no_grad;
  const auto reconstruct = [&, &model = model](const std::vector<Index>& numbers) {
    return model(Floats(mnist.test.gather(numbers).images)).value();
  };
  return {Experiment::name, losses, reconstruct({0}), reconstruct(one_of_each_class(mnist.test))};
}

/// One row: the first test image and what each model makes of it.
void write_row(const std::filesystem::path& path, const data::ImageDataset& test, const std::vector<Outcome>& outcomes) {
  const std::vector<Index> first{0};
  io::GridOptions options{.column_captions = {"Original"}};
  std::vector<Tensor<float>> row = split(test.gather(first).images);
  for (const Outcome& outcome : outcomes) {
    options.column_captions.push_back(outcome.name);
    row.push_back(split(outcome.first)[0]);
  }
  io::write_png(path, io::image_grid({row}, options));
}

}  // namespace examples

int main(int argc, char** argv) {
  using namespace examples;
  CLI::App app("Trains five autoencoders on FashionMNIST and compares their reconstructions.");
  Settings settings;
  settings.out = "results";
  settings.declare(app);
  std::tuple<FcAutoencoder, CnnAutoencoder, SparseAutoencoder, RnnAutoencoder, VariationalAutoencoder> experiments;
  std::apply([&](auto&... experiment) { (experiment.declare(app), ...); }, experiments);
  return guarded_main(app, argc, argv, settings, [&] {
    const data::FashionMnist mnist = settings.load();
    prepare_folder(settings.out);
    const std::filesystem::path row = settings.out / "reconstructions.png", grid = settings.out / "classes.png";
    std::filesystem::remove(row);  // they would be an earlier run's
    std::filesystem::remove(grid);
    std::vector<Outcome> outcomes;
    std::apply([&](auto&... experiment) { (outcomes.push_back(compare_one(experiment, mnist, settings)), ...); },
               experiments);

    write_row(row, mnist.test, outcomes);
    std::vector<std::pair<std::string, Tensor<float>>> rows;
    for (const Outcome& outcome : outcomes) rows.emplace_back(outcome.name, outcome.classes);
    write_reconstructions(grid, mnist.test, one_of_each_class(mnist.test), rows);
    for (const Outcome& outcome : outcomes)
      std::printf("%s - Train Loss: %.4f, Test Loss: %.4f\n", outcome.name.c_str(), outcome.losses.train_loss,
                  outcome.losses.test_loss);
    std::cout << "Pictures: " << row.string() << ", " << grid.string() << '\n';
  });
}
