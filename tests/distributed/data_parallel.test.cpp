#include <latent/distributed/data_parallel.hpp>
#include <latent/distributed/distributed_loader.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "ranks_in_threads.hpp"
#include "trained_models.hpp"

using namespace latent;
using distributed::Communicator;
using distributed::DataParallel;
using distributed::DataParallelOptions;
using distributed::Method;
using distributed::SingleProcess;

namespace {

/// Losses, parameters and buffers of steps of a model, which are the same in all ranks.
std::vector<double> trained(const char* model, Index ranks, const DataParallelOptions& options, Index steps = 6,
                            double lr = 0.01) {
  const auto results = ranks_in_threads::run(ranks, [&](Communicator& communicator) {
    return trained_models::train(model, communicator, options, steps, lr);
  });
  for (const auto& result : results) CHECK(result == results[0]);
  return results[0];
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double result = 0;
  for (std::size_t i = 0; i < a.size(); ++i) result = std::max(result, std::abs(a[i] - b[i]));
  return result;
}

/// What ranks with a linear layer and these options are told.
std::string told(Index ranks, const DataParallelOptions& options) {
  return message_of<ValueError>([&] {
    ranks_in_threads::run(ranks, [&](Communicator& communicator) {
      Rng rng(1);
      const nn::Linear layer({.in = 2, .out = 1}, rng);
      const DataParallel parallel(layer, communicator, options);
      return 0;
    });
  });
}

}  // namespace

TEST_CASE("data_parallel: 1, 2, 4 and 8 ranks give the same bits") {
  for (const char* const model : trained_models::names) {
    CAPTURE(model);
    const auto one = trained(model, 1, {.shards = 8});
    CHECK(std::ranges::all_of(one, [](double x) { return std::isfinite(x); }));
    for (const Index ranks : {2, 4, 8}) CHECK(trained(model, ranks, {.shards = 8, .bucket_bytes = 300}) == one);
    CHECK(trained(model, 1, {.shards = 4}) != one);
    const bool random = model == std::string_view("dropout") || model == std::string_view("noise");
    const bool other = trained(model, 1, {.shards = 8, .seed = 1}) != one;
    CHECK(other == random);
  }
}

TEST_CASE("data_parallel: shards in micro-batches give the same bits on any number of ranks, and the same gradients") {
  for (const char* const model : {"noise", "lstm"}) {
    CAPTURE(model);
    const auto whole = trained(model, 1, {.shards = 2});
    const auto parts = trained(model, 1, {.shards = 2, .microbatch = 3});  // 7 rows as 2, 2, 3
    CHECK(parts != whole);
    CHECK(trained(model, 2, {.shards = 2, .microbatch = 3}) == parts);
    CHECK(trained(model, 1, {.shards = 2, .microbatch = 7}) == whole);
    if (model == std::string_view("lstm")) CHECK(largest_difference(parts, whole) < 1e-5);
    CHECK(trained(model, 2, {.method = Method::fast, .microbatch = 7}).size() == whole.size());
  }
}

TEST_CASE("data_parallel: batches of fewer rows than shards, down to one") {
  const auto learned = [](Index ranks, Index n) {
    const auto results = ranks_in_threads::run(ranks, [&](Communicator& communicator) {
      Rng rng(1);
      const nn::Linear layer({.in = 3, .out = 2}, rng);
      const Tensor<float> x = Rng(2).normal<float>({n, 3});
      DataParallel parallel(layer, communicator, {.shards = 8});
      const float loss =
          parallel.backward(n, [&](Index first, Index last, Rng&) { return mean(square(layer(x.rows(first, last)))); });
      const auto gradient = layer.weight.grad().elements();
      std::vector<float> result(gradient.begin(), gradient.end());
      result.push_back(loss);
      return result;
    });
    return results.back();
  };
  for (const Index n : {1, 3, 8, 9}) {
    const auto one = learned(1, n);
    for (const Index ranks : {2, 8}) CHECK(learned(ranks, n) == one);
    Rng rng(1);
    const nn::Linear layer({.in = 3, .out = 2}, rng);
    const auto loss = mean(square(layer(Variable<float>(Rng(2).normal<float>({n, 3})))));
    loss.backward();
    CHECK(one.back() == doctest::Approx(loss.item()).epsilon(1e-6));
    for (Index i = 0; i < 6; ++i)
      CHECK(one[static_cast<std::size_t>(i)] ==
            doctest::Approx(std::as_const(layer.weight.grad()).elements()[static_cast<std::size_t>(i)]).epsilon(1e-5));
  }
}

TEST_CASE("data_parallel: the fast way agrees with one process to 1e-5 over 200 steps") {
  for (const char* const model : {"lstm", "batch_norm"}) {
    CAPTURE(model);
    const DataParallelOptions options{.method = Method::fast, .global_batch_norm = true};
    const auto one = trained(model, 1, options, 200, 1e-3);
    for (const Index ranks : {2, 3}) {
      const double difference = largest_difference(trained(model, ranks, options, 200, 1e-3), one);
      CAPTURE(difference);
      CHECK(difference < 1e-5);
    }
  }
}

TEST_CASE("data_parallel: one process and one shard is training as ever") {
  SingleProcess alone;
  const auto result = trained_models::train("lstm", alone, {.shards = 1}, 3);
  Rng rng(1);
  const trained_models::Recurrent model{nn::LSTM({.in = 6, .hidden = 9}, rng), nn::Linear({.in = 54, .out = 1}, rng)};
  const auto set = trained_models::data_set(46);
  data::Loader loader(set, {.batch_size = 13, .shuffle = true, .seed = 3});
  optim::Adam optimizer(nn::named_parameters(model), {.lr = 0.01, .weight_decay = 0.01});
  std::size_t step = 0;
  for (const auto& batch : loader) {
    if (step == 3) break;
    const auto loss = model.loss(Variable<float>(std::get<0>(batch)), Variable<float>(std::get<1>(batch)));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    CHECK(result[step++] == static_cast<double>(loss.item()));
  }
}

TEST_CASE("data_parallel: the statistics of the whole batch do not depend on how it is shared") {
  const auto one = trained("batch_norm", 1, {.shards = 1, .global_batch_norm = true});
  const auto four = trained("batch_norm", 4, {.shards = 4, .global_batch_norm = true});
  CHECK(largest_difference(one, four) < 1e-5);
  CHECK(largest_difference(one, trained("batch_norm", 4, {.shards = 4})) > 1e-3);
}

TEST_CASE("data_parallel: parameters and buffers of rank 0 come to all") {
  const auto values = ranks_in_threads::run(3, [](Communicator& communicator) {
    Rng rng(static_cast<std::uint64_t>(communicator.rank()));
    const nn::Sequential model{nn::Linear({.in = 2, .out = 2}, rng), nn::BatchNorm1d({.channels = 2})};
    const auto& norm = std::get<1>(model.layers);
    norm.running_mean.set_value(rng.normal<float>({2}));
    const DataParallel parallel(model, communicator, {.method = Method::fast});
    return std::pair(std::get<0>(model.layers).weight.value()(1, 1), norm.running_mean.value()(1));
  });
  CHECK(values[1] == values[0]);
  CHECK(values[2] == values[0]);
}

TEST_CASE("data_parallel: frozen and unused parameters stay without a gradient") {
  Rng rng(1);
  const nn::Linear used({.in = 2, .out = 1}, rng), unused({.in = 2, .out = 1}, rng);
  const nn::ModuleList<nn::Linear<>> layers{{used, unused}};
  SingleProcess alone;
  DataParallel parallel(layers, alone, {.shards = 2});
  const Tensor<float> x = rng.normal<float>({4, 2});
  const auto loss = [&](Index first, Index last, Rng&) { return mean(used(x.rows(first, last))); };
  used.bias.set_requires_grad(false);
  parallel.backward(4, loss);
  CHECK(used.weight.grad().defined());
  CHECK_FALSE(used.bias.grad().defined());
  CHECK_FALSE(unused.weight.grad().defined());
  used.bias.set_requires_grad(true);
  parallel.backward(4, loss);
  CHECK(used.bias.grad()(0) == 1);
  CHECK(parallel.steps() == 2);
}

TEST_CASE("data_parallel: random numbers are those of seed, step and shard") {
  SingleProcess alone;
  Rng rng(1);
  const nn::Linear layer({.in = 1, .out = 1}, rng);
  const auto drawn = [&](DataParallel<float>& parallel) {
    std::vector<std::uint32_t> result;
    parallel.backward(2, [&](Index, Index, Rng& of_shard) {
      CHECK(nn::training() == &of_shard);
      result.push_back(of_shard.bits());
      return mean(layer(Variable<float>(Tensor<float>({1, 1}))));
    });
    return result;
  };
  DataParallel parallel(layer, alone, {.shards = 2, .seed = 4}), again(layer, alone, {.shards = 2, .seed = 4}),
      other(layer, alone, {.shards = 2, .seed = 5});
  const auto first = drawn(parallel), second = drawn(parallel);
  CHECK(first[0] != first[1]);
  CHECK(second[0] != first[0]);
  again.set_steps(1);
  CHECK(drawn(again) == second);
  CHECK(drawn(other)[0] != first[0]);
  CHECK(nn::training() == nullptr);
}

TEST_CASE("data_parallel: a step takes no new memory") {
  SingleProcess alone;
  Rng rng(1);
  const nn::Linear layer({.in = 64, .out = 64}, rng);
  const Tensor<float> x = rng.normal<float>({16, 64});
  DataParallel parallel(layer, alone, {.shards = 4});
  const auto loss = [&](Index first, Index last, Rng&) { return mean(square(layer(x.rows(first, last)))); };
  for (int i = 0; i < 3; ++i) parallel.backward(16, loss);
  const auto before = memory::pool().held();
  for (int i = 0; i < 10; ++i) parallel.backward(16, loss);
  CHECK(memory::pool().held() == before);
}

TEST_CASE("data_parallel: options and batches that do not suit are errors") {
  CHECK(told(1, {.shards = 6}) == "DataParallel: shards must be a power of two from 1 to 65536, got 6");
  CHECK(told(1, {.shards = 0}) == "DataParallel: shards must be a power of two from 1 to 65536, got 0");
  CHECK(told(1, {.bucket_bytes = 0}) == "DataParallel: bucket_bytes must be at least 1, got 0");
  CHECK(told(1, {.microbatch = -1}) == "DataParallel: microbatch must be at least 0, got -1");
  CHECK(told(1, {.shards = 1, .microbatch = 4, .global_batch_norm = true}) ==
        "DataParallel: global_batch_norm needs microbatch 0, got 4");
  CHECK(told(3, {.shards = 8}) ==
        "DataParallel: reproducible needs a power of two of ranks, at most as many as shards, got 3 ranks and 8 "
        "shards");
  CHECK(told(4, {.shards = 2}) ==
        "DataParallel: reproducible needs a power of two of ranks, at most as many as shards, got 4 ranks and 2 "
        "shards");
  CHECK(told(2, {.shards = 8, .global_batch_norm = true}) ==
        "DataParallel: global_batch_norm needs one shard in each process, got 2 ranks and 8 shards");

  SingleProcess alone;
  Rng rng(1);
  const nn::Linear layer({.in = 2, .out = 2}, rng);
  DataParallel parallel(layer, alone);
  const auto rows = [&](Index first, Index last, Rng&) { return layer(Tensor<float>({last - first, 2})); };
  CHECK(message_of<ValueError>([&] { parallel.backward(0, rows); }) ==
        "DataParallel: a batch of 0 rows, expected at least 1");
  CHECK(message_of<ShapeError>([&] { parallel.backward(16, rows); }) ==
        "DataParallel: a loss of shape [2, 2], expected one element, the mean over its rows");
  CHECK(message_of<ValueError>([] {
          ranks_in_threads::run(2, [](Communicator& communicator) {
            Rng weights(1);
            const nn::Linear narrow({.in = 2, .out = 1}, weights);
            DataParallel global(narrow, communicator, {.method = Method::fast, .global_batch_norm = true});
            return global.backward(1, [&](Index, Index, Rng&) { return narrow(Tensor<float>({1, 2})); });
          });
        }) == "DataParallel: a batch of 1 rows, expected at least 2");
}

TEST_CASE("data_parallel: a rank with another model or other options is named") {
  const auto told_of = [](Index out, bool bias, std::uint64_t seed) {
    return message_of<ValueError>([=] {
      ranks_in_threads::run(3, [=](Communicator& communicator) {
        const bool other = communicator.rank() == 2;
        Rng rng(1);
        const nn::Linear layer({.in = 2, .out = other ? out : 1, .bias = !other || bias}, rng);
        const DataParallel parallel(layer, communicator, {.method = Method::fast, .seed = other ? seed : 0});
        return 0;
      });
    });
  };
  CHECK(told_of(3, true, 0) ==
        "distributed: rank 2 has parameter weight [3, 2] of 4 bytes, rank 0 has parameter weight [1, 2] of 4 bytes");
  CHECK(told_of(1, false, 0) == "distributed: rank 2 has nothing more, rank 0 has parameter bias [1] of 4 bytes");
  CHECK(told_of(1, true, 7) == "distributed: rank 2 has seed 7, rank 0 has seed 0");
}
