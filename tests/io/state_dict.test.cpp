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
