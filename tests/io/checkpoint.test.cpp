#include <latent/io/checkpoint.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

using namespace latent;

namespace {

/// A small run of everything that has a state: a model with a shared parameter, an optimizer, batches, noise, a number.
template <class Optimizer>
struct Run {
  Tensor<float> images = reference::random<float>({10, 3}, 5);
  struct Images {
    const Tensor<float>& all;
    Index size() const { return all.size(0); }
    Tensor<float> gather(std::span<const Index> indices) const {
      Tensor<float> batch({static_cast<Index>(indices.size()), 3});
      for (std::size_t i = 0; i < indices.size(); ++i)
        std::copy_n(all.data() + indices[i] * 3, 3, batch.data() + static_cast<Index>(i) * 3);
      return batch;
    }
  } set{images};
  Rng weights{1}, noise{2, 7};
  nn::Sequential<nn::Linear<float>, nn::Tanh, nn::Linear<float>> model{
      nn::Linear<float>({.in = 3, .out = 4}, weights), nn::Tanh{}, nn::Linear<float>({.in = 4, .out = 3}, weights)};
  Optimizer optimizer;
  data::Loader<Images> loader{set, {.batch_size = 3, .shuffle = true, .seed = 3}};
  Index epoch = 0, steps = 0;

  explicit Run(Optimizer o(const std::vector<std::pair<std::string, Variable<float>>>&))
      : optimizer(o(nn::named_parameters(model))) {}

  /// Goes on up to `most` steps in all, 4 to an epoch.
  void train(Index most) {
    for (; epoch < 5; ++epoch)
      for (const Tensor<float>& x : loader) {
        const Variable<float> target(x);
        const Variable<float> input(x);
        const Variable<float> loss = mse_loss(model(input + Variable<float>(noise.normal<float>(x.shape()))), target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        if (++steps == most) return;
      }
  }

  void save(const std::filesystem::path& path) {
    io::save_checkpoint(path,
                        {{"model", model},
                         {"optimizer", optimizer},
                         {"loader", loader},
                         {"noise", noise},
                         {"epoch", epoch},
                         {"steps", steps}},
                        {{"note", "of a test"}});
  }
  io::CheckpointReport load(const std::filesystem::path& path) {
    return io::load_checkpoint(path, {{"model", model},
                                      {"optimizer", optimizer},
                                      {"loader", loader},
                                      {"noise", noise},
                                      {"epoch", epoch},
                                      {"steps", steps}});
  }
};

optim::Adam<float> adam(const std::vector<std::pair<std::string, Variable<float>>>& parameters) {
  return optim::Adam<float>(parameters, {.lr = 0.01});
}
optim::SGD<float> sgd(const std::vector<std::pair<std::string, Variable<float>>>& parameters) {
  return optim::SGD<float>(parameters, {.lr = 0.01, .momentum = 0.9});
}

template <class Optimizer>
bool same_parameters(const Run<Optimizer>& a, const Run<Optimizer>& b) {
  const auto one = nn::parameters(a.model), other = nn::parameters(b.model);
  bool same = one.size() == other.size();
  for (std::size_t i = 0; same && i < one.size(); ++i) same = reference::identical(one[i].value(), other[i].value());
  return same;
}

template <class Optimizer>
void check_resuming(Optimizer make(const std::vector<std::pair<std::string, Variable<float>>>&)) {
  const TemporaryFolder folder;
  Run<Optimizer> unbroken(make);
  unbroken.train(1000);
  CHECK(unbroken.steps == 20);
  for (Index at = 1; at < 20; ++at) {  // within epochs and at their ends
    CAPTURE(at);
    Run<Optimizer> first(make), second(make);
    first.train(at);
    first.save(folder / "run");
    second.train(at / 2);  // what it has done by itself is forgotten
    const io::CheckpointReport report = second.load(folder / "run");
    CHECK(report.elsewhere.empty());
    CHECK(report.metadata == std::map<std::string, std::string>{{"note", "of a test"}});
    second.train(1000);
    CHECK(second.steps == 20);
    CHECK(same_parameters(second, unbroken));
  }
}

}  // namespace

TEST_CASE("checkpoint: a run that is loaded goes on to the same bits, with Adam and with SGD") {
  check_resuming<optim::Adam<float>>(adam);
  check_resuming<optim::SGD<float>>(sgd);
}

TEST_CASE("checkpoint: the names are PyTorch's") {
  const TemporaryFolder folder;
  Run<optim::Adam<float>> run(adam);
  run.train(3);
  run.save(folder / "run");
  const io::SafeTensorsFile file(folder / "run");
  for (const char* name :
       {"model.0.weight", "model.2.bias", "optimizer.lr", "optimizer.0.weight.step", "optimizer.0.weight.exp_avg",
        "optimizer.2.bias.exp_avg_sq", "loader.epoch", "loader.position", "noise.position", "epoch"})
    CHECK_MESSAGE(file.tensors().contains(name), name);
  CHECK(file.read<Index>("optimizer.0.weight.step").item() == 3);
}

TEST_CASE("checkpoint: the one before is kept, and taken where the last is damaged or missing") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "run";
  Run<optim::Adam<float>> run(adam), other(adam);
  CHECK_FALSE(io::has_checkpoint(path));
  run.train(2);
  run.save(path);
  run.train(5);
  run.save(path);
  CHECK(io::has_checkpoint(path));
  CHECK(other.load(path).damage.empty());
  CHECK(other.steps == 5);

  const std::string whole = folder.read("run");
  const std::size_t in_name = whole.find("exp_avg"), in_metadata = whole.find("of a test");
  for (std::size_t at : {std::size_t{3}, in_name + 3, in_metadata, whole.size() / 2, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    io::write_file(path, damaged);
    const io::CheckpointReport report = other.load(path);
    CHECK(report.damage.starts_with(path.string() + ": "));
    CHECK(report.path == io::previous_checkpoint(path));
    CHECK(other.steps == 2);
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK(folder.read("run.damaged") == damaged);
  }
  CHECK(io::has_checkpoint(path));
  CHECK(other.load(path).damage.find("cannot be opened") != std::string::npos);
  io::write_file(io::previous_checkpoint(path), "x");
  CHECK_THROWS_AS(other.load(path), IoError);
}

TEST_CASE("checkpoint: parts that do not fit are named, and nothing is changed") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "run";
  Index steps = 3, other = 4;
  double rate = 0.5;
  Tensor<float> x({2}, {1, 2}), wrong({3});
  io::save_checkpoint(path, {{"steps", steps}, {"rate", rate}, {"x", x}});
  steps = 7;
  CHECK_THROWS_WITH_AS(io::load_checkpoint(path, {{"steps", steps}, {"other", other}, {"rate", steps}, {"x", wrong}}),
                       doctest::Contains((path.string() + ": does not fit the run:\n  missing: other\n"
                                                          "  wrong type: rate is F64, expected I64\n"
                                                          "  wrong shape: x is [2], expected [3]")
                                             .c_str()),
                       ValueError);
  CHECK(steps == 7);
  CHECK_THROWS_WITH_AS(io::load_checkpoint(path, {{"steps", steps}, {"rate", rate}}),
                       (path.string() + ": does not fit the run:\n  unexpected: x").c_str(), ValueError);
  rate = 0, x = Tensor<float>({2});
  io::load_checkpoint(path, {{"steps", steps}, {"rate", rate}, {"x", x}});
  CHECK(steps == 3);
  CHECK(rate == 0.5);
  CHECK(x(1) == 2);
}

TEST_CASE("checkpoint: other files, later versions and other builds") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "run";
  Index steps = 3;
  io::SafeTensorsWriter writer;
  writer.add("steps", Tensor<Index>::full({}, 3));
  const auto load = [&] { return io::load_checkpoint(path, {{"steps", steps}}); };
  const auto expect = [&](const std::string& text) {
    writer.write(path);
    CHECK_THROWS_WITH_AS(load(), (path.string() + ": " + text).c_str(), IoError);
  };
  expect("no checkpoint, its metadata have no checkpoint_version");
  writer.metadata["checkpoint_version"] = "1";
  expect("a checkpoint of version 1, expected 2");
  writer.metadata["checkpoint_version"] = "2";
  writer.metadata["crc32"] = "17";
  expect("damaged, its checksum is another one");
  const auto write = [&] {
    writer.metadata["crc32"] = std::to_string(writer.checksum());
    writer.write(path);
  };
  writer.metadata["build"] = "latent 0.0.9", writer.metadata["processor"] = processor();
  write();
  CHECK(load().elsewhere == "it was written by latent 0.0.9, this is " + build());
  writer.metadata["build"] = build(), writer.metadata["processor"] = "Z80";
  write();
  CHECK(load().elsewhere == "it was written on Z80, this is " + processor());
  writer.metadata["processor"] = processor(), writer.metadata["matmul_precision"] = "bfloat16";
  write();
  CHECK(load().elsewhere == "its products were in bfloat16, these are in float32");
  writer.metadata["processor"] = "Z80";
  write();
  CHECK(load().elsewhere ==
        "it was written on Z80, this is " + processor() + "; its products were in bfloat16, these are in float32");
  writer.metadata["processor"] = processor(), writer.metadata.erase("matmul_precision");  // an older one
  write();
  CHECK(load().elsewhere.empty());
}

TEST_CASE("checkpoint: counts that nobody can have reached do no harm") {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "run";
  Run<optim::Adam<float>> run(adam);
  run.train(2);
  run.save(path);
  io::SafeTensorsWriter writer;
  const io::SafeTensorsFile file(path);
  for (const auto& [name, entry] : file.tensors()) {
    const bool count = name.ends_with(".step") || name.starts_with("loader.");
    if (count)
      writer.add(name, Tensor<Index>::full({}, std::numeric_limits<Index>::max()));
    else if (entry.dtype == io::DType::F32)
      writer.add(name, file.read<float>(name));
    else if (entry.dtype == io::DType::F64)
      writer.add(name, file.read<double>(name));
    else if (entry.dtype == io::DType::U64)
      writer.add(name, file.read<std::uint64_t>(name));
    else
      writer.add(name, file.read<Index>(name));
  }
  writer.metadata = file.metadata();
  writer.metadata["crc32"] = std::to_string(writer.checksum());
  writer.write(path);
  run.load(path);
  run.train(8);
  CHECK(run.steps == 8);
}

TEST_CASE("checkpoint: running statistics and random streams of a model in training go on to the same bits") {
  struct Training {
    Rng weights{1}, noise{2};
    nn::Sequential<nn::Linear<float>, nn::BatchNorm1d<float>, nn::ReLU, nn::Dropout, nn::Linear<float>> model{
        nn::Linear<float>({.in = 3, .out = 8}, weights), nn::BatchNorm1d<float>({.channels = 8}), nn::ReLU{},
        nn::Dropout({.p = 0.3}), nn::Linear<float>({.in = 8, .out = 2}, weights)};
    optim::Adam<float> optimizer{nn::named_parameters(model), {.lr = 0.01}};

    void train(Index first, Index last) {
      const nn::Training mode(noise);
      for (Index step = first; step < last; ++step) {
        const Variable<float> x(reference::random<float>({6, 3}, static_cast<std::uint64_t>(step)));
        optimizer.zero_grad();
        mean(square(model(x))).backward();
        optimizer.step();
      }
    }
  };
  const TemporaryFolder folder;
  const auto path = folder / "training.safetensors";
  Training whole, begun, resumed;
  whole.train(0, 10);
  begun.train(0, 5);
  io::save_checkpoint(path, {{"model", begun.model}, {"optimizer", begun.optimizer}, {"noise", begun.noise}});
  io::load_checkpoint(path, {{"model", resumed.model}, {"optimizer", resumed.optimizer}, {"noise", resumed.noise}});
  resumed.train(5, 10);

  const auto states_of = [](const auto& model) {
    std::string bytes;
    nn::each_state(model, [&](const nn::ParameterName&, const auto& part) {
      const auto elements = std::as_bytes(part.value().elements());
      bytes.append(reinterpret_cast<const char*>(elements.data()), elements.size());
    });
    return bytes;
  };
  CHECK(states_of(resumed.model) == states_of(whole.model));
  CHECK(states_of(begun.model) != states_of(whole.model));
  const Variable<float> x(reference::random<float>({4, 3}, 100));
  CHECK(reference::identical(resumed.model(x).value(), whole.model(x).value()));
}
