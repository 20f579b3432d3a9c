// io::load_checkpoint: a run takes all of a checkpoint, or nothing.

#include <latent/data/loader.hpp>
#include <latent/io/checkpoint.hpp>
#include <latent/nn/activation.hpp>
#include <latent/nn/linear.hpp>
#include <latent/nn/sequential.hpp>
#include <latent/optim/adam.hpp>

#include "safetensors_files.hpp"

namespace io = latent::io;
using latent::Index;
using latent::Tensor;

namespace {

struct Numbers {
  Index size() const { return 5; }
  Tensor<float> gather(std::span<const Index> numbers) const { return Tensor<float>({std::ssize(numbers), 2}); }
};

/// A small run of everything that has a state.
struct Run {
  latent::Rng weights{1}, noise{2, 7};
  latent::nn::Sequential<latent::nn::Linear<float>, latent::nn::Tanh, latent::nn::Linear<float>> model{
      latent::nn::Linear<float>({.in = 2, .out = 3}, weights), latent::nn::Tanh{},
      latent::nn::Linear<float>({.in = 3, .out = 1}, weights)};
  latent::optim::Adam<float> optimizer{latent::nn::named_parameters(model)};
  Numbers numbers;
  latent::data::Loader<Numbers> loader{numbers, {.batch_size = 2, .shuffle = true}};
  Index epoch = 3;
  Tensor<double> history{{2}, {0.5, 0.25}};

  template <class F>
  auto with_parts(F f) {
    return f(std::initializer_list<io::CheckpointPart>{{"model", model},
                                                       {"optimizer", optimizer},
                                                       {"loader", loader},
                                                       {"noise", noise},
                                                       {"epoch", epoch},
                                                       {"history", history}});
  }

  /// Something else in all parts that change by themselves.
  void go_on() {
    for (const latent::Variable<float>& parameter : latent::nn::parameters(model))
      std::ranges::fill(parameter.writable(), 0.5f);
    optimizer.options.lr /= 2;
    for (const Tensor<float>& x : loader) noise.uniform<float>(x.shape());
    ++epoch;
  }

  /// All state, each tensor by its name.
  io::SafeTensorsWriter state() {
    io::SafeTensorsWriter writer;
    with_parts([&](auto parts) {
      for (const io::CheckpointPart& part : parts) part.write({writer, ""});
    });
    return writer;
  }
};

}  // namespace

std::vector<std::string> target::seeds() {
  std::vector<std::string> result;
  Run run;
  for (int i = 0; i < 2; ++i) {
    result.push_back(written([&](const auto& path) {
      run.with_parts([&](auto parts) { io::save_checkpoint(path, parts, {{"note", "of a run"}}); });
    }));
    run.go_on();
  }
  return result;
}

void target::read(const std::string& path, const std::string&) {
  static Run run;
  const std::uint32_t before = run.state().checksum();
  try {
    const io::CheckpointReport report = run.with_parts([&](auto parts) { return io::load_checkpoint(path, parts); });
    expect(report.path == path && report.damage.empty(), "the file is the one that was read");
    const io::SafeTensorsFile file(path);
    written([&](const auto& to) {
      run.state().write(to);
      const io::SafeTensorsFile state(to);
      expect(state.tensors().size() == file.tensors().size(), "the run has all tensors of the checkpoint");
      for (const auto& [name, entry] : state.tensors()) {
        const Tensor<double> one = state.read_as<double>(name), other = file.read_as<double>(name);
        expect(entry.shape == file.tensors().at(name).shape, "the run has the shapes of the checkpoint");
        const bool same = std::memcmp(one.data(), other.data(), one.elements().size_bytes()) == 0;
        const bool cut = (name.ends_with(".step") || name == "loader.epoch") &&
                         one.item() == std::clamp(other.item(), 0.0, 0x1p40);  // nobody can count further
        expect(same || cut, "the run has the numbers of the checkpoint");
      }
    });
  } catch (const latent::IoError&) {
    expect(run.state().checksum() == before, "a run that is given a damaged file stays as it was");
  } catch (const latent::ValueError&) {
    expect(run.state().checksum() == before, "a run that is given another run's file stays as it was");
  }
}

/// The checksum is right but for one of sixteen files.
std::string target::change(const std::string& content, unsigned seed) {
  const std::string changed = change_safetensors(content, seed);
  const auto [text, data] = header_and_data(changed);
  auto header = nlohmann::json::parse(text, nullptr, false);
  if (seed / 8 % 16 == 0 || !header.is_object() || !header.contains("__metadata__") ||
      !header["__metadata__"].is_object())
    return changed;
  try {
    written([&](const auto& path) {
      io::write_file(path, changed);
      header["__metadata__"]["crc32"] = std::to_string(io::SafeTensorsFile(path).checksum());
    });
  } catch (const latent::IoError&) {  // no checksum helps it
    return changed;
  }
  return with_header(header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), data);
}
