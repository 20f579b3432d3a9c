#include "../recurrent.hpp"

using namespace latent;
using kernels::GruCell;

TEST_CASE_TEMPLATE("gru: agrees with the plain loop over odd sizes", T, float, double) {
  recurrent::over_odd_sizes<GruCell, T>([](const auto& p, const auto& results) {
    Tensor<double> h = p.h0.template cast<double>();
    const auto expected = reference::gru(p.x, p.weight_ih, p.weight_hh, p.bias_ih, p.bias_hh, h);
    CHECK(reference::difference(results.y, expected) < 10 * reference::tolerance<T>(p.s.in + p.s.h));
  });
}

TEST_CASE("gru: without biases and initial state it is as if they were zero") {
  recurrent::Problem<GruCell, double> p({3, 4, 5, 6});
  for (Tensor<double>* zero : {&p.bias_ih, &p.bias_hh, &p.h0}) zero->fill(0);
  const kernels::RecurrentInputs<double> all = p.inputs();
  const auto with = recurrent::forward(p, all);
  const auto without = recurrent::forward(p, {all.x, all.weight_ih, all.weight_hh, nullptr, nullptr, nullptr, nullptr});
  CHECK(reference::difference(without.y, with.y) < 1e-15);
}

TEST_CASE("gru: the same bits for any number of threads, forward and backward") { recurrent::check_threads<GruCell>(); }
