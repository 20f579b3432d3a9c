#include "fixtures.hpp"
#include "study/models/cnn_autoencoder.hpp"
#include "study/models/model.hpp"
#include "study/models/models.hpp"
#include "study/models/rnn_autoencoder.hpp"
#include "study/models/sparse_autoencoder.hpp"
#include "study/models/variational_autoencoder.hpp"
#include "study/training/trainer.hpp"

using namespace latent;

namespace {

constexpr Index batch = 64;

/// Losses that PyTorch recorded, and the weights that it began with.
struct Recorded {
  fixtures::Case losses, weights;
};

/// The losses of the first steps of Adam, from the recorded weights and with the recorded noise; `loss(x, noise)` is of
/// the model with these parameters.
template <Scalar T, class Loss>
std::vector<double> losses(const std::vector<std::pair<std::string, Variable<T>>>& parameters, const Recorded& recorded,
                           const data::ImageDataset& images, Index steps, Loss loss) {
  for (const auto& [name, parameter] : parameters) parameter.set_value(recorded.weights.tensor<T>("in/" + name));
  const bool random = recorded.losses.options.text("model") == "variational_autoencoder";
  const Tensor<T> noise = random ? recorded.losses.tensor<T>("noise") : Tensor<T>();
  Index step = 0;
  study::Trainer<T> trainer(parameters, images, {.batch = batch, .lr = 1e-3, .shuffle = false, .drop_last = true},
                            [&](const Tensor<T>& x) {
                              if (!random) return loss(Variable<T>(x), Tensor<T>());
                              const Index turn = step % noise.size(0);
                              return loss(Variable<T>(x), noise.rows(turn, turn + 1).reshape({batch, noise.size(2)}));
                            });
  std::vector<double> result;
  for (; step < steps; ++step) result.push_back(trainer.step().loss);
  return result;
}

/// Largest relative difference of losses [first, last).
double distance(const std::vector<double>& losses, const Tensor<double>& expected, Index first, Index last) {
  double most = 0;
  for (Index i = first; i < last; ++i) {
    const double error = std::abs(losses[static_cast<std::size_t>(i)] / expected(i) - 1);
    if (!(error <= most)) most = error;  // a NaN stays
  }
  return most;
}

/// An experiment, compiled here in double, and the same as a model in float, as the programs have it.
template <study::Experiment E>
void check_trajectory(const E& experiment, study::Model& model) {
  const auto mnist = data::fashion_mnist(LATENT_TEST_DATA);
  const auto find = [&](const std::string& name) {
    const auto all = fixtures::cases("trajectories");
    return *std::ranges::find_if(all, [&](const auto& c) { return c.options.text("model") == name; });
  };
  const std::string name = E::description.folder;
  CAPTURE(name);
  REQUIRE(model.description().folder == name);
  const Recorded recorded{find(name), find(name == "sparse_autoencoder" ? "fc_autoencoder" : name)};
  const Index steps = memory::pooled ? 200 : 20;  // the sanitizers are slow
  const auto expected = recorded.losses.tensor<double>("f64/losses"),
             floats = recorded.losses.tensor<double>("f32/losses");
  REQUIRE(expected.numel() == 200);

  Rng rng(1);
  const auto layers = experiment.template model<double>(rng);
  const double in_double = distance(losses(nn::named_parameters<double>(layers), recorded, mnist.train, steps,
                                           [&](const Variable<double>& x, const Tensor<double>& noise) {
                                             return study::loss_of(experiment, layers, x, noise);
                                           }),
                                    expected, 0, steps);
  CHECK(in_double <= 1e-8);

  model.initialize(rng);
  const auto path = losses(model.parameters(), recorded, mnist.train, steps,
                           [&](const Variable<float>& x, const Tensor<float>& noise) { return model.loss(x, noise); });
  const double early = distance(path, floats, 0, 20), late = distance(path, floats, steps - 1, steps);
  CHECK(early <= 1e-4);
  CHECK(late <= 2e-3);
  std::printf("%-24s %td steps   double: %7.1e   float: %7.1e in the first 20, %7.1e at the last\n", name.c_str(),
              steps, in_double, early, late);
}

}  // namespace

TEST_CASE("pytorch: 200 steps of Adam from the same weights give the same losses, for each of the five models") {
  check_trajectory(study::FcAutoencoder{}, *study::fc_autoencoder());
  check_trajectory(study::CnnAutoencoder{}, *study::cnn_autoencoder());
  const auto sparse = study::sparse_autoencoder();  // with the options that were recorded
  sparse->set("l1", 0.003);
  sparse->set("free", 0);
  check_trajectory(study::SparseAutoencoder{.l1 = 0.003, .free = 0}, *sparse);
  check_trajectory(study::RnnAutoencoder{}, *study::rnn_autoencoder());
  check_trajectory(study::VariationalAutoencoder{}, *study::variational_autoencoder());
}
