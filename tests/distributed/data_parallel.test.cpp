#include <latent/distributed/data_parallel.hpp>
#include <latent/distributed/distributed_loader.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "ranks_in_threads.hpp"
#include "trained_models.hpp"

using namespace latent;
using distributed::Communicator;
using distributed::DataParallel;
using distributed::Method;

namespace {

/// Parameters and buffers after some steps of a model, one behind the other.
std::vector<double> trained(const char* model, Index ranks, const distributed::DataParallelOptions& options,
                            Index steps = 6) {
  const auto results = ranks_in_threads::run(
      ranks, [&](Communicator& communicator) { return trained_models::train(model, communicator, options, steps); });
  for (const auto& result : results) CHECK(result == results[0]);
  return results[0];
}

}  // namespace

TEST_CASE("data_parallel: 1, 2, 4 and 8 ranks give the same bits") {
  for (const char* const model : trained_models::names) {
    CAPTURE(model);
    const auto one = trained(model, 1, {.shards = 8});
    CHECK(std::ranges::all_of(one, [](double x) { return std::isfinite(x); }));
    for (const Index ranks : {2, 4, 8}) CHECK(trained(model, ranks, {.shards = 8, .bucket_bytes = 300}) == one);
    CHECK(trained(model, 1, {.shards = 4}) != one);
  }
}
