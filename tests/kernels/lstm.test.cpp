#include "../recurrent.hpp"

using namespace latent;
using kernels::LstmCell;

TEST_CASE_TEMPLATE("lstm: agrees with the plain loop over odd sizes", T, float, double) {
  recurrent::over_odd_sizes<LstmCell, T>([](const auto& p, const auto& results) {
    Tensor<double> h_last = p.h0.template cast<double>(), c_last = p.c0.template cast<double>();
    const auto expected = reference::lstm(p.x, p.weight_ih, p.weight_hh, p.bias_ih, p.bias_hh, h_last, c_last);
    CHECK(reference::difference(results.y, expected) < 10 * reference::tolerance<T>(p.s.in + p.s.h));
    for (Index i = 0; i < p.s.n; ++i)
      CHECK(static_cast<double>(std::as_const(results.cells)(p.s.t - 1, i, p.s.h - 1)) ==
            doctest::Approx(c_last(i, p.s.h - 1)).epsilon(1e-4));
  });
}

TEST_CASE("lstm: without biases and initial states it is as if they were zero") {
  recurrent::Problem<LstmCell, double> p({3, 4, 5, 6});
  for (Tensor<double>* zero : {&p.bias_ih, &p.bias_hh, &p.h0, &p.c0}) zero->fill(0);
  const kernels::RecurrentInputs<double> all = p.inputs();
  const auto with = recurrent::forward(p, all);
  const auto without = recurrent::forward(p, {all.x, all.weight_ih, all.weight_hh, nullptr, nullptr, nullptr, nullptr});
  CHECK(reference::difference(without.y, with.y) < 1e-15);
}

TEST_CASE("lstm: the same bits for any number of threads, forward and backward") {
  recurrent::check_threads<LstmCell>();
}
