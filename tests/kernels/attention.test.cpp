#include <doctest/doctest.h>

#include "../reference.hpp"

using namespace latent;
using kernels::HeadsView;

namespace {

/// Inputs [N, T, heads, D], so that rows of a head are not neighbours, and what plain loops in double make of them.
template <Scalar T>
struct AttentionProblem {
  kernels::AttentionSizes z;
  kernels::AttentionScores<T> scores{};
  Tensor<T> q = reference::random<T>({z.n, z.t, z.heads, z.d}, 1, -2, 2),
            k = reference::random<T>({z.n, z.s, z.heads, z.d}, 2, -2, 2),
            v = reference::random<T>({z.n, z.s, z.heads, z.v}, 3),
            dy = reference::random<T>({z.n, z.t, z.heads, z.v}, 4);

  template <class E>
  HeadsView<E> heads(E* data, const Shape& shape) const {
    return {data, shape.stride(0), shape.stride(2), shape.stride(1)};
  }
  kernels::AttentionInputs<T> inputs() const {
    return {heads(std::as_const(q).data(), q.shape()), heads(std::as_const(k).data(), k.shape()),
            heads(std::as_const(v).data(), v.shape())};
  }

  struct Results {
    Tensor<T> y, dq, dk, dv;
  };
  Results run(kernels::WriteMode mode = kernels::WriteMode::overwrite, T before = 9) const {
    Results r{Tensor<T>::full(dy.shape(), 9), Tensor<T>::full(q.shape(), before), Tensor<T>::full(k.shape(), before),
              Tensor<T>::full(v.shape(), before)};
    Tensor<T> statistics({z.n, z.heads, z.t, 2});
    kernels::attention(z, inputs(), scores, heads(r.y.data(), r.y.shape()), statistics.data());
    kernels::attention_backward<T>(z, inputs(), scores,
                                   {heads(std::as_const(r.y).data(), r.y.shape()),
                                    heads(std::as_const(dy).data(), dy.shape()), std::as_const(statistics).data()},
                                   {{heads(r.dq.data(), q.shape()), mode},
                                    {heads(r.dk.data(), k.shape()), mode},
                                    {heads(r.dv.data(), v.shape()), mode}});
    return r;
  }

  /// What dropout multiplies an element of the softmax by, from its random word.
  double factor(Index n, Index h, Index i, Index j) const {
    const kernels::Dropout& d = scores.dropout;
    const Index element = ((n * z.heads + h) * z.t + i) * ((z.s + 63) / 64 * 64) + j;
    Rng rng(d.seed, d.stream);
    rng.seek(4 * (d.first_block + static_cast<std::uint64_t>(element / 64 * 16 + element % 16)) +
             static_cast<std::uint64_t>(element / 16 % 4));
    return rng.bits() < d.threshold ? 0 : d.scale;
  }

  struct Expected {
    Tensor<double> y, dq, dk, dv;
  };
  Expected expected() const {
    Expected e{Tensor<double>(dy.shape()), Tensor<double>(q.shape()), Tensor<double>(k.shape()),
               Tensor<double>(v.shape())};
    const auto at = [](const Tensor<T>& x, Index n, Index i, Index h, Index j) {
      return static_cast<double>(x(n, i, h, j));
    };
    std::vector<double> p(static_cast<std::size_t>(z.s)), f = p, dp = p;
    for (Index n = 0; n < z.n; ++n)
      for (Index h = 0; h < z.heads; ++h)
        for (Index i = 0; i < z.t; ++i) {
          double sum = 0, product = 0;
          for (Index j = 0; j < z.s; ++j) {
            const auto here = static_cast<std::size_t>(j);
            double score = 0;
            for (Index l = 0; l < z.d; ++l) score += at(q, n, i, h, l) * at(k, n, j, h, l);
            score *= static_cast<double>(scores.scale);
            if (scores.added.data) score += static_cast<double>(*scores.added.at(n, h, i, j));
            const bool seen = (!scores.causal || j <= i) && (!scores.allowed.data || *scores.allowed.at(n, h, i, j));
            p[here] = seen ? std::exp(score) : 0;
            f[here] = scores.dropout.scale == 1 ? 1 : factor(n, h, i, j);
            sum += p[here];
          }
          for (Index j = 0; j < z.s; ++j) {
            const auto here = static_cast<std::size_t>(j);
            if (sum > 0) p[here] /= sum;
            dp[here] = 0;
            for (Index l = 0; l < z.v; ++l) {
              e.y(n, i, h, l) += p[here] * f[here] * at(v, n, j, h, l);
              e.dv(n, j, h, l) += p[here] * f[here] * at(dy, n, i, h, l);
              dp[here] += at(dy, n, i, h, l) * at(v, n, j, h, l) * f[here];
            }
            product += p[here] * dp[here];
          }
          for (Index j = 0; j < z.s; ++j) {
            const auto here = static_cast<std::size_t>(j);
            const double ds = p[here] * (dp[here] - product) * static_cast<double>(scores.scale);
            for (Index l = 0; l < z.d; ++l) {
              e.dq(n, i, h, l) += ds * at(k, n, j, h, l);
              e.dk(n, j, h, l) += ds * at(q, n, i, h, l);
            }
          }
        }
    return e;
  }

  void check() const {
    CAPTURE(z.t);
    CAPTURE(z.s);
    CAPTURE(z.d);
    const Results r = run();
    const Expected e = expected();
    const double rounding = reference::tolerance<T>(4 * (z.s + z.t + z.d));
    CHECK(reference::difference(r.y, e.y) <= rounding);
    CHECK(reference::difference(r.dq, e.dq) <= rounding);
    CHECK(reference::difference(r.dk, e.dk) <= rounding);
    CHECK(reference::difference(r.dv, e.dv) <= rounding);
  }
};

template <Scalar T>
void check_attention(const kernels::AttentionSizes& z, bool causal = false) {
  AttentionProblem<T>{z, {.scale = T(0.7), .causal = causal}}.check();
}

}  // namespace

TEST_CASE("kernels: attention and its gradients agree with plain loops") {
  for (Index t : {1, 7, 33, 64, 65})
    for (Index s : {1, 8, 9, 130}) check_attention<float>({2, 3, t, s, 5, 9});
  for (Index d : {1, 8, 33}) check_attention<float>({1, 2, 9, 17, d, 16});
  check_attention<float>({1, 1, 130, 300, 4, 3});
  check_attention<double>({2, 2, 70, 140, 9, 5});
}

TEST_CASE("kernels: attention of causal rows, and of none") {
  for (Index t : {1, 8, 64, 150})
    for (Index s : {1, 9, 64, 200}) check_attention<float>({1, 2, t, s, 5, 4}, true);
  check_attention<float>({0, 2, 3, 4, 5, 6});
  check_attention<float>({2, 0, 3, 4, 5, 6});
  check_attention<float>({2, 1, 0, 4, 5, 6});
  check_attention<float>({2, 1, 3, 0, 5, 6});
  check_attention<float>({2, 1, 3, 4, 5, 0});
  check_attention<float>({2, 1, 3, 4, 0, 5});
}

TEST_CASE("kernels: attention with masks, and rows that see nothing") {
  const kernels::AttentionSizes z{2, 3, 20, 150, 7, 6};
  Tensor<bool> keys({2, 150}), all({2, 3, 20, 150});
  Rng rng(5);
  for (bool& key : keys.elements()) key = rng.bits() % 4 > 0;
  for (bool& one : all.elements()) one = rng.bits() % 2 > 0;
  for (Index j = 0; j < 150; ++j) all(1, 2, 3, j) = false;
  const auto added = reference::random<float>({3, 20, 150}, 6, -3, 3);
  AttentionProblem<float> problem{z, {.scale = 0.5F}};
  problem.scores.allowed = {std::as_const(keys).data(), {150, 0, 0, 1}};
  problem.check();
  problem.scores.added = {added.data(), {0, 3000, 150, 1}};
  problem.scores.causal = true;
  problem.check();
  problem.scores.allowed = {std::as_const(all).data(), {9000, 3000, 150, 1}};
  problem.check();
  CHECK(problem.run().y(1, 3, 2, 0) == 0);
  problem.scores.added = {added.data(), {0, 0, 1, 0}};
  problem.scores.scale = -0.5F;
  problem.check();
}

TEST_CASE("kernels: attention with dropout of the softmax, made again in the backward pass") {
  const kernels::Dropout dropout{.seed = 3, .stream = 4, .first_block = 5, .threshold = 0x40000000, .scale = 4.0 / 3};
  AttentionProblem<float>{{2, 2, 9, 150, 5, 4}, {.scale = 0.5F, .dropout = dropout}}.check();
  AttentionProblem<double>{{1, 2, 65, 17, 3, 4}, {.scale = 0.5, .causal = true, .dropout = dropout}}.check();
}

TEST_CASE("kernels: attention adds to gradients, of inputs that are one array too") {
  const AttentionProblem<double> problem{{2, 2, 70, 70, 3, 3}};
  const auto written = problem.run(), added = problem.run(kernels::WriteMode::accumulate, 2);
  for (Index i = 0; i < written.dq.numel(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    CHECK(added.dq.elements()[at] == doctest::Approx(written.dq.elements()[at] + 2));
    CHECK(added.dk.elements()[at] == doctest::Approx(written.dk.elements()[at] + 2));
    CHECK(added.dv.elements()[at] == doctest::Approx(written.dv.elements()[at] + 2));
  }
  AttentionProblem<double> same = problem;
  same.k = same.v = same.q;
  const auto apart = same.run();
  Tensor<double> statistics({2, 2, 70, 2}), y = apart.y, together(same.q.shape());
  const auto view = [&](auto* data) { return same.heads(data, same.q.shape()); };
  kernels::attention(same.z, same.inputs(), same.scores, view(y.data()), statistics.data());
  kernels::attention_backward<double>(
      same.z, same.inputs(), same.scores,
      {view(std::as_const(y).data()), view(std::as_const(same.dy).data()), std::as_const(statistics).data()},
      {{view(together.data())},
       {view(together.data()), kernels::WriteMode::accumulate},
       {view(together.data()), kernels::WriteMode::accumulate}});
  for (std::size_t i = 0; i < together.elements().size(); ++i)
    CHECK(together.elements()[i] ==
          doctest::Approx(apart.dq.elements()[i] + apart.dk.elements()[i] + apart.dv.elements()[i]));
}

TEST_CASE("kernels: attention gives the same bits with any number of threads") {
  const kernels::Dropout dropout{.seed = 3, .stream = 4, .first_block = 5, .threshold = 0x40000000, .scale = 4.0 / 3};
  const AttentionProblem<float> problem{{3, 3, 150, 200, 16, 16}, {.scale = 0.25F, .dropout = dropout}};
  AttentionProblem<float>::Results first;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    const auto results = problem.run();
    if (threads == 1) first = results;
    CHECK(reference::identical(results.y, first.y));
    CHECK(reference::identical(results.dq, first.dq));
    CHECK(reference::identical(results.dk, first.dk));
    CHECK(reference::identical(results.dv, first.dv));
  }
  set_threads(0);
}

TEST_CASE("kernels: attention of huge scores chooses the largest") {
  AttentionProblem<float> problem{{1, 1, 16, 16, 1, 1}, {.scale = 1 / 3.0F}};
  for (Index i = 0; i < 16; ++i) {
    problem.q.data()[i] = 1e20F * static_cast<float>(i + 1);
    problem.k.data()[i] = 1e10F * static_cast<float>((i + 5) % 16);
  }
  const auto r = problem.run();
  for (Index i = 0; i < 16; ++i) CHECK(r.y(0, i, 0, 0) == problem.v(0, 10, 0, 0));
}

TEST_CASE("kernels: attention of scores that are huge, infinite or NaN") {
  AttentionProblem<float> problem{{1, 1, 4, 3, 1, 1}};
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  problem.q = Tensor<float>({1, 4, 1, 1}, {1e30F, 1, infinity, nan});
  problem.k = Tensor<float>({1, 3, 1, 1}, {1, 2, 3});
  problem.v = Tensor<float>({1, 3, 1, 1}, {4, 5, 6});
  const auto r = problem.run();
  CHECK(r.y(0, 0, 0, 0) == 6);
  CHECK(r.y(0, 1, 0, 0) == doctest::Approx(5.5752));
  CHECK(std::isnan(r.y(0, 2, 0, 0)));
  CHECK(std::isnan(r.y(0, 3, 0, 0)));
}
