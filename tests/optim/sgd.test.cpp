#include "../errors.hpp"
#include "quadratic.hpp"

using namespace latent;

TEST_CASE("sgd: follows its formula step by step") {
  for (double momentum : {0.0, 0.9})
    for (bool nesterov : {false, true})
      for (double dampening : {0.0, 0.3}) {
        if (nesterov && (momentum == 0 || dampening > 0)) continue;
        const optim::SGDOptions o{
            .lr = 0.05, .momentum = momentum, .dampening = dampening, .weight_decay = 0.01, .nesterov = nesterov};
        const auto actual = quadratic::path<optim::SGD<double>>(o, 20);
        for (std::size_t i = 0; i < 3; ++i) {
          double p = quadratic::start[i], v = 0;
          for (int step = 0; step < 20; ++step) {
            const double g = quadratic::curvature[i] * p + 0.01 * p;
            v = step == 0 ? g : momentum * v + (1 - dampening) * g;
            p -= o.lr * (momentum == 0 ? g : nesterov ? g + momentum * v : v);
            CHECK(actual[static_cast<std::size_t>(step)](static_cast<Index>(i)) == doctest::Approx(p).epsilon(1e-10));
          }
        }
      }
}
