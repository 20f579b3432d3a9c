#include <numeric>

#include "../../examples/cnn_autoencoder.hpp"
#include "../../examples/rnn_autoencoder.hpp"
#include "../../examples/sparse_autoencoder.hpp"
#include "../../examples/variational_autoencoder.hpp"
#include "fixtures.hpp"

using namespace latent;

namespace {

constexpr Index batch = 64;

/// An experiment with the options that were recorded.
template <class Experiment>
Experiment recorded_experiment() {
  if constexpr (std::is_same_v<Experiment, examples::SparseAutoencoder>)
    return {.l1 = 0.003, .free = 0};
  else
    return {};
}

/// The losses of the first steps of Adam, from the recorded weights and with the recorded noise.
template <Scalar T, class Experiment>
std::vector<double> losses(const fixtures::Case& weights, const fixtures::Case& c, const data::ImageDataset& images,
                           Index steps) {
  Rng rng(1);
  const Experiment experiment = recorded_experiment<Experiment>();
  const auto model = experiment.template model<T>(rng);
  nn::each_parameter(model, [&](const std::string& name, const Variable<T>& parameter) {
    parameter.set_value(weights.tensor<T>("in/" + name));
  });
  optim::Adam<T> optimizer(nn::parameters<T>(model), {.lr = 1e-3});
  std::vector<double> result;
  std::vector<Index> numbers(batch);
  for (Index step = 0; step < steps; ++step) {
    std::iota(numbers.begin(), numbers.end(), step % (images.size() / batch) * batch);
    const Variable<T> x(images.gather<T>(numbers).images);
    optimizer.zero_grad();
    const Variable<T> loss = [&] {
      if constexpr (requires { experiment.loss_with(model, x, x.value()); }) {
        const auto noise = c.tensor<T>("noise");
        const Index turn = step % noise.size(0);
        return experiment.loss_with(model, x, noise.rows(turn, turn + 1).reshape({batch, noise.size(2)}));
      } else {
        return experiment.loss(model, x, rng);
      }
    }();
    loss.backward();
    optimizer.step();
    result.push_back(loss.item());
  }
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

template <class Experiment>
void check_trajectory() {
  const auto file = fixtures::open("trajectories");
  const auto mnist = data::fashion_mnist(LATENT_TEST_DATA);
  const auto find = [&](const std::string& name) {
    const auto all = fixtures::cases(file);
    return *std::ranges::find_if(all, [&](const auto& c) { return c.options["model"] == name; });
  };
  const std::string name = Experiment::folder;
  CAPTURE(name);
  const fixtures::Case c = find(name);
  const fixtures::Case weights = name == "sparse_autoencoder" ? find("fc_autoencoder") : c;
  const Index steps = memory::pooled ? 200 : 20;  // the sanitizers are slow
  const auto expected = c.tensor<double>("f64/losses"), floats = c.tensor<double>("f32/losses");
  REQUIRE(expected.numel() == 200);

  const double in_double = distance(losses<double, Experiment>(weights, c, mnist.train, steps), expected, 0, steps);
  CHECK(in_double <= 1e-8);
  const auto path = losses<float, Experiment>(weights, c, mnist.train, steps);
  const double early = distance(path, floats, 0, 20), late = distance(path, floats, steps - 1, steps);
  CHECK(early <= 1e-4);
  CHECK(late <= 2e-3);
  std::printf("%-24s %td steps   double: %7.1e   float: %7.1e in the first 20, %7.1e at the last\n", name.c_str(),
              steps, in_double, early, late);
}

}  // namespace

TEST_CASE("pytorch: 200 steps of Adam from the same weights give the same losses, for each of the five models") {
  check_trajectory<examples::FcAutoencoder>();
  check_trajectory<examples::CnnAutoencoder>();
  check_trajectory<examples::SparseAutoencoder>();
  check_trajectory<examples::RnnAutoencoder>();
  check_trajectory<examples::VariationalAutoencoder>();
}
