#include <latent/distributed/gradient_buckets.hpp>

#include "../errors.hpp"
#include "ranks_in_threads.hpp"

using namespace latent;
using distributed::GradientBuckets;
using distributed::Method;
using distributed::SingleProcess;

namespace {

Variable<float> zeros(const Shape& shape) { return Variable<float>(Tensor<float>(shape), true); }

}  // namespace

TEST_CASE("gradient_buckets: their sizes are as the option says, the last parameters first") {
  SingleProcess alone;
  const std::vector<Variable<float>> parameters{zeros({100}), zeros({16}), zeros({16}), zeros({})};
  const auto buckets = [&](Index bytes) {
    return GradientBuckets<float>(parameters, alone, Method::fast, 1, bytes, 0).size();
  };
  CHECK(buckets(1) == 4);
  CHECK(buckets(128) == 3);  // a parameter begins at a cache line
  CHECK(buckets(192) == 2);
  CHECK(buckets(1 << 20) == 1);
  CHECK(GradientBuckets<float>({}, alone, Method::fast, 1, 1, 0).size() == 0);
}

TEST_CASE("gradient_buckets: a bucket is sent when its gradients are complete, in the same order everywhere") {
  const auto started = ranks_in_threads::run(2, [](distributed::Communicator& communicator) {
    const std::vector<Variable<float>> parameters{zeros({4}), zeros({4}), zeros({4})};
    GradientBuckets<float> buckets(parameters, communicator, Method::fast, 1, 1, 0);
    buckets.begin(0);
    const auto& ranks = static_cast<const ranks_in_threads::ThreadRank&>(communicator);
    std::vector<Index> sums;
    for (const Index i : {1, 2, 0}) {
      parameters[static_cast<std::size_t>(i)].set_grad(Tensor<float>::full({4}, static_cast<float>(i + 1)));
      buckets.ready(i);
      buckets.go_on();
      sums.push_back(ranks.sums_started);
    }
    buckets.end();
    buckets.finish();
    for (Index i = 0; i < 3; ++i)
      CHECK(parameters[static_cast<std::size_t>(i)].grad()(3) == static_cast<float>(2 * (i + 1)));
    return sums;
  });
  CHECK(started == std::vector<std::vector<Index>>(2, {0, 2, 3}));
}

TEST_CASE("gradient_buckets: a parameter has the gradient that some shard has given it, or none") {
  const auto gradients = ranks_in_threads::run(2, [](distributed::Communicator& communicator) {
    const std::vector<Variable<float>> parameters{zeros({2}), zeros({2}), zeros({2})};
    GradientBuckets<float> buckets(parameters, communicator, Method::reproducible, 2, 1000, 0);
    for (Index step = 0; step < 2; ++step)  // what was there before is forgotten
      for (Index shard = 0; shard < 2; ++shard) {
        buckets.begin(shard);
        if (communicator.rank() == 1 && shard == 0) parameters[2].set_grad(Tensor<float>::full({2}, 3));
        if (shard == 1) parameters[0].set_grad(Tensor<float>::full({2}, 1));
        buckets.end();
        buckets.go_on();
        if (shard == 1) buckets.finish();
      }
    return std::tuple(parameters[0].grad()(1), parameters[1].grad().defined(), parameters[2].grad()(0));
  });
  for (const auto& gradient : gradients) CHECK(gradient == std::tuple(2.0f, false, 3.0f));
}
