#include <latent/core/random.hpp>
#include <latent/distributed/sum_over_ranks.hpp>

#include "../errors.hpp"
#include "ranks_in_threads.hpp"

using namespace latent;
using distributed::Method;

namespace {

/// The tree as it is written down: of shards [first, last).
float tree(const std::vector<float>& x, std::size_t first, std::size_t last) {
  if (last - first == 1) return x[first];
  const std::size_t middle = (first + last) / 2;
  return tree(x, first, middle) + tree(x, middle, last);
}

}  // namespace

TEST_CASE("sum_over_ranks: shards and ranks are the leaves of one binary tree") {
  const Index shards = 16;
  std::vector<float> x(16);
  Rng rng(2);
  for (float& value : x) value = (rng.uniform() - 0.5f) * std::exp(3 * rng.uniform());
  const float expected = tree(x, 0, 16);
  float in_order = 0;
  for (const float value : x) in_order += value;
  CHECK(in_order != expected);  // so that another order would be seen
  for (const Index ranks : {1, 2, 4, 8, 16}) {
    const auto sums = ranks_in_threads::run(ranks, [&](distributed::Communicator& communicator) {
      const Index here = shards / ranks;
      distributed::SumOverShards<float> of_shards(here, 3);
      for (Index i = 0; i < here; ++i) {
        of_shards.present().fill(x[static_cast<std::size_t>(communicator.rank() * here + i)]);
        of_shards.add(i);
      }
      distributed::SumOverRanks<float> of_ranks;
      of_ranks.start(communicator, Method::reproducible, 4, of_shards.present());
      if (communicator.rank() % 2 == 0)
        of_ranks.wait();
      else
        while (!of_ranks.finished()) std::this_thread::yield();
      const auto all = std::as_const(of_shards.present()).elements();
      return std::vector<float>(all.begin(), all.end());
    });
    for (const auto& sum : sums) CHECK(sum == std::vector<float>(3, expected));
  }
}

TEST_CASE("sum_over_ranks: the fast way takes any number of ranks, and several sums at once") {
  for (const Index ranks : {1, 3, 5}) {
    const auto sums = ranks_in_threads::run(ranks, [&](distributed::Communicator& communicator) {
      const auto rank = static_cast<double>(communicator.rank());
      Tensor<double> a({2}, {rank, 1}), b({1}, {10 * rank});
      distributed::SumOverRanks<double> first, second;
      first.start(communicator, Method::fast, 0, a);
      second.start(communicator, Method::fast, 1, b);
      second.wait();
      first.wait();
      return std::vector{a.elements()[0], a.elements()[1], b.item()};
    });
    const auto n = static_cast<double>(ranks), of_ranks = n * (n - 1) / 2;
    for (const auto& sum : sums) CHECK(sum == std::vector{of_ranks, n, 10 * of_ranks});
  }
}
