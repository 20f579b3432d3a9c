#include <sys/stat.h>

#include <latent/io/state_dict.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

using namespace latent;

TEST_CASE("state_dict: a model's parameters come back, by PyTorch's names") {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  Rng rng(1), other(2);
  const auto make = [](Rng& r) {
    return nn::Sequential{nn::Linear({.in = 3, .out = 4, .bias = false}, r),
                          nn::LSTM({.in = 4, .hidden = 2, .layers = 2}, r)};
  };
  const auto model = make(rng), copy = make(other);
  io::save_state_dict(path, model, {{"epoch", "7"}});
  io::load_state_dict(path, copy);
  const auto expected = nn::named_parameters(model), got = nn::named_parameters(copy);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(reference::identical(got[i].second.value(), expected[i].second.value()));
    CHECK(got[i].second.requires_grad());
  }
  const io::SafeTensorsFile file(path);
  CHECK(file.metadata().at("epoch") == "7");
  CHECK(file.tensors().size() == 9);
  CHECK(file.tensors().at("1.weight_ih_l1").shape == Shape{8, 2});
}

namespace {
struct WithBuffers {
  nn::Linear<> linear;
  nn::Buffer<float> running_mean;
  nn::Buffer<std::int64_t> num_batches_tracked;
  template <class F>
  void visit(F&& f) const {
    f("linear", linear), f("running_mean", running_mean), f("num_batches_tracked", num_batches_tracked);
  }
};
}  // namespace

TEST_CASE("state_dict: has a model's buffers, integers among them") {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  Rng rng(1);
  const auto make = [&](float mean, std::int64_t batches) {
    return WithBuffers{nn::Linear({.in = 3, .out = 4}, rng), nn::Buffer<float>(Tensor<float>::full({4}, mean)),
                       nn::Buffer<std::int64_t>(Tensor<std::int64_t>::full({}, batches))};
  };
  const auto model = make(0.5f, 3'000'000'000), copy = make(0, 0);
  io::save_state_dict(path, model);
  CHECK(io::SafeTensorsFile(path).tensors().at("num_batches_tracked").dtype == io::DType::I64);
  io::load_state_dict(path, copy);
  CHECK(copy.running_mean.value()(3) == 0.5f);
  CHECK(copy.num_batches_tracked.value().item() == 3'000'000'000);
  CHECK(reference::identical(copy.linear.weight.value(), model.linear.weight.value()));

  io::save_state_dict(path, model.linear);
  CHECK(message_of<IoError>([&] { io::load_state_dict(path, model); }).find("\n  missing: running_mean") !=
        std::string::npos);
}

TEST_CASE("state_dict: all that does not fit is said at once, and the model stays as it was") {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  io::SafeTensorsWriter writer;
  writer.add("0.weight", Tensor<double>({4, 3}));
  writer.add("2.weight", Tensor<float>({2, 5}));
  writer.add("2.biases", Tensor<float>({2}));
  writer.add("fc", Tensor<float>({2}));
  writer.write(path);
  Rng rng(1);
  const nn::Sequential model{nn::Linear({.in = 3, .out = 4}, rng), nn::ReLU{}, nn::Linear({.in = 4, .out = 2}, rng)};
  const Tensor<float> before = nn::parameters(model)[0].value();
  CHECK(message_of<IoError>([&] { io::load_state_dict(path, model); }) ==
        path.string() +
            ": does not fit the model:\n"
            "  missing: 0.bias\n"
            "  missing: 2.bias\n"
            "  unexpected: 2.biases\n"
            "  unexpected: fc\n"
            "  wrong type: 0.weight is F64, expected F32\n"
            "  wrong shape: 2.weight is [2, 5], expected [2, 4]");
  CHECK(message_of<IoError>([&] { io::load_state_dict(path, model, {.convert = true}); }).find("wrong type") ==
        std::string::npos);
  CHECK(reference::identical(nn::parameters(model)[0].value(), before));

  io::SafeTensorsWriter doubles;
  nn::each_parameter(model,
                     [&](const std::string& name, const auto& p) { doubles.add(name, Tensor<double>(p.shape())); });
  doubles.write(path);
  io::load_state_dict(path, model, {.convert = true});
  CHECK(nn::parameters(model)[0].value()(0, 0) == 0);
}

TEST_CASE("state_dict: a hundred lines of a kind are enough, and names are short") {
  const TemporaryFolder folder;
  io::SafeTensorsWriter writer;
  for (int i = 0; i < 102; ++i) writer.add("x" + std::string(1000, '\n') + std::to_string(i), Tensor<float>({1}));
  writer.write(folder / "x");
  Rng rng(1);
  const std::string error =
      message_of<IoError>([&] { io::load_state_dict(folder / "x", nn::Linear({.in = 1, .out = 1}, rng)); });
  CHECK(error.ends_with("\n  and 2 more"));
  CHECK(error.size() < 20'000);
}

TEST_CASE("state_dict: not strict, it takes what fits and reports what was passed over") {
  const TemporaryFolder folder;
  const auto path = folder / "x";
  io::SafeTensorsWriter writer;
  writer.add("weight", Tensor<float>({1, 2}, {3, 4}));
  writer.add("other", Tensor<float>({2}));
  writer.write(path);
  Rng rng(1);
  const nn::Linear model({.in = 2, .out = 1}, rng);
  const Tensor<float> bias = model.bias.value();
  const io::LoadReport report = io::load_state_dict(path, model, {.strict = false});
  CHECK(report.missing == std::vector<std::string>{"bias"});
  CHECK(report.passed_over == std::vector<std::string>{"other"});
  CHECK(model.weight.value()(0, 1) == 4);
  CHECK(reference::identical(model.bias.value(), bias));
  const nn::Linear larger({.in = 3, .out = 1}, rng);
  CHECK(message_of<IoError>([&] { io::load_state_dict(path, larger, {.strict = false}); }) ==
        path.string() + ": does not fit the model:\n  wrong shape: weight is [1, 2], expected [1, 3]");
}

TEST_CASE("state_dict: by prefix, it takes a part of a larger model, strictly within the part") {
  const TemporaryFolder folder;
  const auto path = folder / "x";
  io::SafeTensorsWriter writer;
  writer.add("encoder.weight", Tensor<float>({1, 2}, {3, 4}));
  writer.add("encoder.bias", Tensor<float>({1}, {5}));
  writer.add("decoder.weight", Tensor<float>({2, 1}));
  writer.write(path);
  Rng rng(1);
  const nn::Linear model({.in = 2, .out = 1}, rng);
  const io::LoadReport report = io::load_state_dict(path, model, {.prefix = "encoder."});
  CHECK(report.missing.empty());
  CHECK(report.passed_over == std::vector<std::string>{"decoder.weight"});
  CHECK(model.weight.value()(0, 1) == 4);
  CHECK(model.bias.value()(0) == 5);
  const nn::Linear without({.in = 2, .out = 1, .bias = false}, rng);
  CHECK(message_of<IoError>([&] { io::load_state_dict(path, without, {.prefix = "encoder."}); }) ==
        path.string() + ": does not fit the model:\n  unexpected: encoder.bias");
  CHECK(message_of<IoError>([&] { io::load_state_dict(path, model, {.prefix = "decoder."}); }) ==
        path.string() +
            ": does not fit the model:\n"
            "  missing: decoder.bias\n"
            "  wrong shape: decoder.weight is [2, 1], expected [1, 2]");
  CHECK(message_of<IoError>([&] { io::load_state_dict(path, model, {.prefix = "x."}); }) ==
        path.string() +
            ": does not fit the model:\n"
            "  missing: x.weight\n"
            "  missing: x.bias");
}

TEST_CASE("state_dict: a tensor of an unknown type is in the way only of the model that wants it") {
  const TemporaryFolder folder;
  const std::string header = R"({"weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
                             R"("bias":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[4,5]}})";
  folder.write("x", std::string{static_cast<char>(header.size()), 0, 0, 0, 0, 0, 0, 0} + header + "12345");
  Rng rng(1);
  CHECK(message_of<IoError>([&] { io::load_state_dict(folder / "x", nn::Linear({.in = 1, .out = 1}, rng)); }) ==
        (folder / "x").string() +
            ": does not fit the model:\n  unreadable: bias has elements of an unknown type, F8_E4M3");
  const nn::Linear without({.in = 1, .out = 1, .bias = false}, rng);
  CHECK(io::load_state_dict(folder / "x", without, {.strict = false}).passed_over == std::vector<std::string>{"bias"});
}
