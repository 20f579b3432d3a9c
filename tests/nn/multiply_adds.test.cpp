#include <latent/nn/summary.hpp>

#include "../errors.hpp"

using namespace latent;

namespace {

template <class Layer>
double forward_of(const Layer& layer, const Shape& x) {
  return nn::summary(layer, x).multiply_adds;
}

}  // namespace

TEST_CASE("multiply-adds: those of each kind of product, counted by hand") {
  Rng rng(1);
  CHECK(forward_of(nn::Linear({.in = 3, .out = 5}, rng), {2, 7, 3}) == 2 * 7 * 3 * 5);
  // 6 x 6 pixels of 8 channels, each from 3 x 3 of half of the 4 channels.
  CHECK(forward_of(nn::Conv2d({.in = 4, .out = 8, .kernel = 3, .padding = 1, .groups = 2}, rng), {2, 6, 6, 4}) ==
        2 * 6 * 6 * 8 * 9 * 2);
  CHECK(forward_of(nn::Conv1d({.in = 4, .out = 6, .kernel = 3}, rng), {2, 10, 4}) == 2 * 8 * 6 * 3 * 4);
  // Each of the 5 x 5 x 4 elements of x goes into 2 x 2 pixels of 6 channels.
  CHECK(forward_of(nn::ConvTranspose2d({.in = 4, .out = 6, .kernel = 2, .stride = 2}, rng), {3, 5, 5, 4}) ==
        3 * 5 * 5 * 4 * 2 * 2 * 6);
  CHECK(forward_of(nn::ConvTranspose1d({.in = 4, .out = 6, .kernel = 2, .stride = 2}, rng), {3, 5, 4}) ==
        3 * 5 * 4 * 2 * 6);
  CHECK(forward_of(nn::LSTM({.in = 3, .hidden = 5}, rng), {2, 7, 3}) == 2 * 7 * 4 * 5 * (3 + 5));
  CHECK(forward_of(nn::GRU({.in = 3, .hidden = 5, .bidirectional = true}, rng), {2, 7, 3}) ==
        2 * (2 * 7 * 3 * 5 * (3 + 5)));
  CHECK(forward_of(nn::RNN({.in = 3, .hidden = 5}, rng), {2, 7, 3}) == 2 * 7 * 5 * (3 + 5));
  // Three projections of 8 x 8 and one behind, around q k^T and the product with v: 5 steps look at 5.
  CHECK(forward_of(nn::MultiheadAttention({.embed_dim = 8, .heads = 2}, rng), {2, 5, 8}) ==
        2 * 5 * 4 * 8 * 8 + 2 * 2 * 5 * 8 * 5);
}

TEST_CASE("multiply-adds: matrices and einsum, and none of what is no product") {
  Rng rng(1);
  const Variable<float> b(rng.normal<float>({2, 4, 5}), true);
  CHECK(forward_of([&b](const Variable<float>& x) { return matmul(x, b); }, {2, 3, 4}) == 2 * 3 * 4 * 5);
  CHECK(forward_of([&b](const Variable<float>& x) { return einsum("nij,njk->nik", x, b); }, {2, 3, 4}) ==
        2 * 3 * 4 * 5);
  CHECK(forward_of([](const Variable<float>& x) { return exp(x) * x; }, {2, 3, 4}) == 0);
}
