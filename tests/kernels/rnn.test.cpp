#include "../recurrent.hpp"

using namespace latent;
using kernels::Activation;
using kernels::RnnCell;

TEST_CASE_TEMPLATE("rnn: agrees with the plain loop over odd sizes", T, float, double) {
  for (const bool relu : {false, true})
    recurrent::over_odd_sizes<RnnCell, T>(
        [relu](const auto& p, const auto& results) {
          Tensor<double> h = p.h0.template cast<double>();
          const auto expected = reference::rnn(p.x, p.weight_ih, p.weight_hh, p.bias_ih, p.bias_hh, h, relu);
          CHECK(reference::difference(results.y, expected) < 10 * reference::tolerance<T>(p.s.in + p.s.h));
        },
        RnnCell{relu ? Activation::relu : Activation::tanh});
}

TEST_CASE("rnn: the same bits for any number of threads, forward and backward") { recurrent::check_threads<RnnCell>(); }
