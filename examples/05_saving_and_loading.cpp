// Saving and loading: a model's parameters in a safetensors file, as PyTorch and Hugging Face read and write them.

#include <filesystem>
#include <iostream>
#include <latent/io/safetensors.hpp>
#include <latent/io/state_dict.hpp>
#include <latent/latent.hpp>
using namespace latent;

/// A model of one's own: its parameters are named by `visit`, and so are the tensors in the file.
struct Classifier {
  nn::Linear<> hidden, output;

  Classifier(Index classes, Rng& rng) : hidden({.in = 16, .out = 32}, rng), output({.in = 32, .out = classes}, rng) {}

  Variable<float> operator()(const Variable<float>& x) const { return output(hidden(x, Activation::relu)); }

  template <class F>
  void visit(F&& f) const {
    f("hidden", hidden);
    f("output", output);
  }
};

int main() {
  const std::filesystem::path file = "classifier.safetensors";
  Rng rng(1);
  const Classifier model(10, rng);

  // Written to a temporary file first and then renamed: there is an old file or a new one, never half of one.
  io::save_state_dict(file, model, {{"made by", "05_saving_and_loading"}});

  // What is in it, without a model. In Python: safetensors.torch.load_file("classifier.safetensors")
  const io::SafeTensorsFile content(file);
  for (const auto& [name, entry] : content.tensors()) std::cout << name << ' ' << entry.shape << '\n';
  std::cout << "made by " << content.metadata().at("made by") << '\n';

  // Another model with other weights becomes the same, to the bit.
  const Classifier copy(10, rng);
  const Variable<float> x(rng.normal<float>({1, 16}));
  std::cout << std::boolalpha << "the same before loading: " << (model(x).value()(0, 0) == copy(x).value()(0, 0));
  io::load_state_dict(file, copy);
  std::cout << ", after: " << (model(x).value()(0, 0) == copy(x).value()(0, 0)) << '\n';

  // What does not fit is refused whole, with all reasons, and the model stays as it was.
  try {
    io::load_state_dict(file, Classifier(3, rng));
  } catch (const IoError& error) {
    std::cout << "refused: " << error.what() << '\n';
  }

  // So is a damaged file, before memory is taken for it.
  std::filesystem::resize_file(file, 1000);
  try {
    io::load_state_dict(file, copy);
  } catch (const IoError& error) {
    std::cout << "refused: " << error.what() << '\n';
  }
  std::filesystem::remove(file);
}
