#include <cmath>
#include <iostream>
#include <latent/autograd/arithmetic.hpp>
#include <latent/autograd/shaping.hpp>
#include <latent/io/checkpoint.hpp>
#include <latent/nn/linear.hpp>
#include <latent/nn/loss.hpp>
#include <latent/nn/parameters.hpp>
#include <latent/nn/training.hpp>
#include <sstream>

#include "../distributed/ranks_in_threads.hpp"
#include "../errors.hpp"
#include "../temporary.hpp"
#include "study/training/command_line.hpp"
#include "study/training/epoch.hpp"
#include "study/training/training.hpp"

// The training loop of the study.

using namespace study;

namespace {

const data::ImageDataset five_images{Tensor<std::uint8_t>({5, 1, 2}), Tensor<std::uint8_t>({5}), {""}};

/// What a program prints meanwhile to a stream.
template <class F>
std::string printed_to(std::ostream& stream, F f) {
  std::ostringstream printed;
  std::streambuf* const before = stream.rdbuf(printed.rdbuf());
  f();
  stream.rdbuf(before);
  return printed.str();
}

}  // namespace

TEST_CASE("trainer: goes through all images, again and again, and epochs have the means of their losses") {
  const Variable<float> parameter(Tensor<float>({1}), true);
  std::vector<Index> sizes;
  Trainer<float> trainer({{"p", parameter}}, five_images, {.batch = 2, .lr = 0.5}, [&](const Tensor<float>& x) {
    sizes.push_back(x.size(0));
    return parameter * 0.0f + Variable<float>(Tensor<float>::full({1}, static_cast<float>(sizes.size())));
  });
  CHECK(trainer.steps_per_epoch() == 3);
  Overall overall{.total = 20};
  for (int epoch = 1; epoch <= 2; ++epoch) {
    EpochSums sums;
    const EpochLoss loss = train_epoch(trainer, {"this", epoch, 2}, overall, 10, sums, [] {});
    const double first = epoch == 1 ? 1 : 4;  // of the losses
    CHECK(loss.per_batch == doctest::Approx(first + 1));
    CHECK(loss.per_image == doctest::Approx((2 * first + 2 * (first + 1) + first + 2) / 5));
    CHECK(overall.done == 10 * epoch);
  }
  CHECK(sizes == std::vector<Index>{2, 2, 1, 2, 2, 1});
}

TEST_CASE("trainer: a step is one of Adam, with a gradient of its own") {
  const Variable<float> parameter(Tensor<float>::full({1}, 1), true);
  Trainer<float> trainer({{"p", parameter}}, five_images, {.batch = 2, .lr = 0.25},
                         [&](const Tensor<float>&) { return parameter * 3.0f; });
  for (int step = 1; step <= 3; ++step) {
    const Step result = trainer.step();
    CHECK(result.loss == doctest::Approx(3 * (1 - 0.25 * (step - 1))));  // a gradient that stays: steps of lr
    CHECK(parameter.grad()(0) == 3);
  }
}

TEST_CASE("trainer: processes learn the same in as many shards, with random numbers of each, and go on with it") {
  Tensor<std::uint8_t> images({13, 2, 2});
  for (Index i = 0; i < images.numel(); ++i) images.data()[i] = static_cast<std::uint8_t>(37 * i);
  const data::ImageDataset set{images, Tensor<std::uint8_t>({13}), {""}};
  const TemporaryFolder folder;
  const auto learn = [&](Index ranks, Index shards, Index from, Index to) {
    return ranks_in_threads::run(ranks, [&](distributed::Communicator& communicator) {
      Rng rng(1);
      const nn::Linear<float> model({.in = 4, .out = 4}, rng);
      Trainer<float> trainer(nn::named_parameters(model), set,
                             {.batch = 6, .microbatch = 2, .lr = 0.1, .communicator = &communicator, .shards = shards},
                             [&](const Tensor<float>& x) {
                               CHECK(x.size(0) <= 2);
                               const Variable<float> rows(x.reshape({x.size(0), 4}));
                               return mse_loss(
                                   model(rows + Variable<float>(nn::training()->normal<float>(rows.shape()))), rows);
                             });
      CHECK(trainer.steps_per_epoch() == 3);
      const std::initializer_list<io::CheckpointPart> run{{"model", model}, {"trainer", trainer}};
      if (from > 0) io::load_checkpoint(folder / std::to_string(from), run);
      std::vector<double> result;
      while (trainer.steps() < to) {
        const Step step = trainer.step();
        result.push_back(step.loss);
        result.push_back(static_cast<double>(step.images));
      }
      if (communicator.rank() == 0) io::save_checkpoint(folder / std::to_string(to), run);
      communicator.barrier();
      for (const float weight : model.weight.value().elements()) result.push_back(static_cast<double>(weight));
      return result;
    });
  };
  const std::vector<double> expected = learn(1, 4, 0, 8)[0];
  CHECK(std::vector(expected.begin() + 1, expected.begin() + 6) ==
        std::vector{6.0, expected[2], 6.0, expected[4], 1.0});
  for (const Index ranks : {2, 4})
    CHECK(learn(ranks, 4, 0, 8) == std::vector(static_cast<std::size_t>(ranks), expected));
  learn(4, 4, 0, 4);
  const std::vector<double> rest = learn(2, 4, 4, 8)[0];
  CHECK(rest == std::vector(expected.begin() + 8, expected.end()));
  CHECK(learn(1, 2, 0, 8)[0] != expected);

  const auto fast = learn(3, 0, 0, 8);  // the means of three processes
  CHECK(fast[1] == fast[0]);
  CHECK(fast[0] != expected);
}

TEST_CASE("train_epoch: a loss that is no longer a number is an error right after the step, which it names") {
  Rng rng(1);
  const nn::Linear<float> model({.in = 1, .out = 1}, rng);
  Index seen = 0;
  Trainer<float> trainer(nn::named_parameters(model), five_images, {.batch = 2}, [&](const Tensor<float>& x) {
    seen += x.size(0);
    return mse_loss(model(Variable<float>(x)), Variable<float>(x)) * (seen <= 7 ? 1.0f : NAN);
  });
  Overall overall;
  const auto epoch = [&](Index number) {
    EpochSums sums;
    return train_epoch(trainer, {.model = "this", .number = number, .total = 3, .width = 9}, overall, 1, sums, [] {});
  };
  CHECK(epoch(1).per_batch >= 0);
  CHECK(message_of<Error>([&] { epoch(2); }) ==
        "this: the loss is no longer a number in epoch 2, step 2 of 3; a smaller --lr may help, and --detect-anomaly "
        "names the operation");
  CHECK(seen == 9);
}

TEST_CASE("training: goes on within an epoch, and what an earlier run has done is no part of what there is to do") {
  const TemporaryFolder folder;
  const auto learn = [&](bool resume, std::vector<EpochLoss>& losses) {
    Rng rng(1);
    const nn::Linear<float> model({.in = 2, .out = 1}, rng);
    TrainingOptions options;
    options.epochs = 3;
    options.batch = 2;
    Training training(
        nn::named_parameters(model), five_images, options, {.name = "this", .work = 10}, [&](const Tensor<float>& x) {
          return mse_loss(model(reshape(Variable<float>(x), {x.size(0), 2})), Tensor<float>({x.size(0), 1}));
        });
    Overall overall{.total = 30};
    if (resume) {
      io::load_checkpoint(folder / "checkpoint", {{"model", model}, {"training", training}});
      CHECK(printed_to(std::cout, [&] { training.resumed(overall); }) ==
            "this: goes on with epoch 2/3 after step 1 of 3\n");
      CHECK(overall.total == 20);
    }
    for (Index steps = 0; !training.complete(); training.next_epoch())
      losses.push_back(training.learn(overall, [&] {
        if (++steps == 4 && !resume)
          io::save_checkpoint(folder / "checkpoint", {{"model", model}, {"training", training}});
      }));
    CHECK(overall.done == overall.total);
    return model.bias.value()(0);
  };
  std::vector<EpochLoss> whole, rest;
  const float unbroken = learn(false, whole);
  CHECK(learn(true, rest) == unbroken);
  REQUIRE(rest.size() == 2);
  for (std::size_t i : {0, 1}) CHECK(rest[i].per_batch == whole[i + 1].per_batch);
}

TEST_CASE("trainer: needs a whole batch where smaller ones are left out") {
  const Variable<float> parameter(Tensor<float>({1}), true);
  const auto loss = [&](const Tensor<float>&) { return parameter; };
  CHECK(message_of<ValueError>([&] {
          Trainer<float>({{"p", parameter}}, five_images, {.batch = 6, .drop_last = true}, loss);
        }) == "--batch: 6 is more than the 5 training images");
}

TEST_CASE("epoch title: names stand in a column") {
  CHECK(EpochTitle{.model = "VAE", .number = 2, .total = 50, .width = 9}.text() == "VAE       epoch 2/50");
  CHECK(EpochTitle{.model = "without Bag", .number = 1, .total = 1}.text() == "without Bag epoch 1/1");
}

TEST_CASE("command line: memory that is not there is one line that says how much was wanted, and status 1") {
  if constexpr (!memory::pooled) return;  // sanitizers end the program
  std::string program = "folder/program";
  char* arguments[] = {program.data(), nullptr};
  int status = 0;
  const std::string printed = printed_to(std::cerr, [&] {
    status = CommandLine("").run(1, arguments, 0, [] { Tensor<float>({1 << 22, 1 << 23}); });
  });
  CHECK(status == 1);
  CHECK(printed ==
        "program: tensor [4194304, 8388608]: out of memory: 131072 GiB wanted; a smaller --batch takes less\n");
}
