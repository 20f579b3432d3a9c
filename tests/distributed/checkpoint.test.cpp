#include <latent/distributed/checkpoint.hpp>
#include <latent/distributed/data_parallel.hpp>
#include <latent/distributed/distributed_loader.hpp>
#include <latent/latent.hpp>

#include "../errors.hpp"
#include "../temporary.hpp"
#include "ranks_in_threads.hpp"

using namespace latent;
using distributed::Communicator;
using distributed::SingleProcess;

namespace {

/// Trains from the checkpoint, if there is one, to a step, and writes one there; the weights of all ranks.
std::vector<std::vector<float>> go_on(const std::filesystem::path& path, Index ranks, Index last) {
  Tensor<float> x = Rng(3).normal<float>({30, 4});
  const data::TensorDataset set(x);
  return ranks_in_threads::run(ranks, [&](Communicator& communicator) {
    Rng rng(2);
    const nn::Sequential model{nn::Linear({.in = 4, .out = 3}, rng), nn::BatchNorm1d({.channels = 3}),
                               nn::Dropout({.p = 0.2}), nn::Linear({.in = 3, .out = 4}, rng)};
    distributed::DataParallel parallel(model, communicator, {.shards = 4});
    distributed::DistributedLoader loader(set, communicator, {.batch_size = 16, .shuffle = true});
    optim::Adam optimizer(nn::named_parameters(model), {.lr = 0.1});
    const std::initializer_list<io::CheckpointPart> run{
        {"model", model}, {"optimizer", optimizer}, {"loader", loader}, {"parallel", parallel}};
    if (distributed::has_checkpoint(communicator, path)) distributed::load_checkpoint(communicator, path, run);
    while (parallel.steps() < last)
      for (const auto& batch : loader) {
        parallel.backward(batch, [&](const auto& shard, Rng&) {
          const Variable<float> rows(std::get<0>(shard));
          return mse_loss(model(rows), rows);
        });
        optimizer.step();
        if (parallel.steps() == last) break;
      }
    distributed::save_checkpoint(communicator, path, run, {{"by", std::to_string(communicator.size())}});
    std::vector<float> weights;
    nn::each_state(model, [&](const nn::ParameterName&, const auto& part) {
      for (const auto value : part.value().elements()) weights.push_back(static_cast<float>(value));
    });
    return weights;
  });
}

}  // namespace

TEST_CASE("checkpoint of ranks: a run of 4 goes on with 2 and with 1 to the same bits") {
  const TemporaryFolder folder;
  const auto expected = go_on(folder / "whole", 1, 9)[0];
  go_on(folder / "parts", 4, 3);
  go_on(folder / "parts", 2, 6);
  CHECK(go_on(folder / "parts", 1, 9)[0] == expected);
  CHECK(go_on(folder / "other", 1, 3)[0] != expected);
  CHECK(go_on(folder / "other", 4, 9) == std::vector(4, expected));
  CHECK(io::SafeTensorsFile(folder / "other").metadata().at("by") == "4");
}

TEST_CASE("checkpoint of ranks: a damaged one is given up by all for the one before") {
  const TemporaryFolder folder;
  const auto expected = go_on(folder / "run", 2, 5);
  go_on(folder / "run", 2, 3);
  std::filesystem::remove(folder / "run");
  std::filesystem::remove(folder / "run.previous");
  go_on(folder / "run", 2, 3);
  go_on(folder / "run", 2, 4);
  std::string content = folder.read("run");
  content[content.size() / 2] ^= 1;
  folder.write("run", content);
  CHECK(go_on(folder / "run", 2, 5) == expected);
}

TEST_CASE("checkpoint of ranks: what fails in one fails in all, and other files are found out") {
  const TemporaryFolder folder;
  const auto each_told = [&](auto f) {
    return ranks_in_threads::run(2, [&](Communicator& communicator) {
      try {
        f(communicator);
      } catch (const Error& error) {
        return std::string(error.what());
      }
      return std::string();
    });
  };
  double number = 1;
  const auto missing = (folder / "missing/run").string();
  const auto unwritten = each_told([&](Communicator& ranks) {
    distributed::save_checkpoint(ranks, missing, {{"number", number}});
  });
  CHECK(unwritten[0].starts_with("rank 0: " + missing));
  CHECK(unwritten[1] == unwritten[0]);
  io::save_checkpoint(folder / "0", {{"number", number}});
  const auto unread = each_told([&](Communicator& ranks) {
    distributed::load_checkpoint(ranks, folder / std::to_string(ranks.rank()), {{"number", number}});
  });
  CHECK(unread[0].starts_with("rank 1: " + (folder / "1").string()));
  CHECK(unread[1] == unread[0]);
  number = 2;
  io::save_checkpoint(folder / "1", {{"number", number}});
  const auto different = each_told([&](Communicator& ranks) {
    distributed::load_checkpoint(ranks, folder / std::to_string(ranks.rank()), {{"number", number}});
  });
  CHECK(different[1].starts_with("distributed: rank 1 has a checkpoint with checksum "));
  CHECK(different[1] == different[0]);
}

TEST_CASE("checkpoint of ranks: another number of shards is another run") {
  const TemporaryFolder folder;
  SingleProcess alone;
  Rng rng(1);
  const nn::Linear layer({.in = 2, .out = 1}, rng);
  distributed::DataParallel four(layer, alone, {.shards = 4}), eight(layer, alone, {.shards = 8}),
      fast(layer, alone, {.method = distributed::Method::fast});
  const auto path = folder / "run";
  four.set_steps(7);
  distributed::save_checkpoint(alone, path, {{"parallel", four}});
  const auto text = message_of<IoError>([&] { distributed::load_checkpoint(alone, path, {{"parallel", eight}}); });
  CHECK(text.find("missing: parallel.steps_of_8_shards") != std::string::npos);
  CHECK(text.find("unexpected: parallel.steps_of_4_shards") != std::string::npos);
  CHECK(message_of<IoError>([&] {
          distributed::load_checkpoint(alone, path, {{"parallel", fast}});
        }).find("missing: parallel.steps") != std::string::npos);
  four.set_steps(0);
  distributed::load_checkpoint(alone, path, {{"parallel", four}});
  CHECK(four.steps() == 7);
}
