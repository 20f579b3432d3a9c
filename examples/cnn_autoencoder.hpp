#pragma once

#include "training.hpp"

namespace examples {

/// Convolutional: 28 x 28 x 1 -> 14 x 14 x 16 -> 7 x 7 x 32 and back.
struct CnnAutoencoder {
  static constexpr const char* name = "CNN-AE";
  static constexpr const char* folder = "cnn_autoencoder";
  static constexpr const char* id = "cnn";
  static constexpr double megaflops = 473;

  void declare(CLI::App&) {}
  nlohmann::json options() const { return nlohmann::json::object(); }

  template <Scalar T>
  auto model(Rng& rng) const {
    return Autoencoder{
        nn::Sequential{
            nn::Conv2d<T>({.in = 1, .out = 16, .kernel = 3, .padding = 1}, rng),
            nn::ReLU{},
            nn::MaxPool2d({.kernel = 2}),
            nn::Conv2d<T>({.in = 16, .out = 32, .kernel = 3, .padding = 1}, rng),
            nn::ReLU{},
            nn::MaxPool2d({.kernel = 2}),
        },
        nn::Sequential{
            nn::ConvTranspose2d<T>({.in = 32, .out = 16, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1},
                                   rng),
            nn::ReLU{},
            nn::ConvTranspose2d<T>({.in = 16, .out = 1, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1},
                                   rng),
            nn::Sigmoid{},
        },
    };
  }

  template <class Model, Scalar T>
  Variable<T> loss(const Model& model, const Variable<T>& x, Rng&) const {
    return mse_loss(model(x), x);
  }

  template <class Model>
  void write_pictures(const Model& model, const TrainedModel&, const data::ImageDataset& test,
                      const std::filesystem::path& folder) const {
    const NoGrad no_grad;
    const auto& [conv1, relu1, pool1, conv2, relu2, pool2] = model.encoder.layers;
    const std::vector<Index> first{0};
    const Floats image(test.gather(first).images), edges = conv1(image, Activation::relu);
    const Floats shapes = conv2(pool1(edges), Activation::relu), code = pool2(shapes);
    write_filters(folder / "filters.png", conv1.weight.value());
    write_feature_maps(folder / "feature_maps.png", image.value().reshape({28, 28}),
                       {{"First convolution: 16 maps of 28 x 28", edges.value()},
                        {"Second convolution: 32 maps of 14 x 14", shapes.value()},
                        {"Code: 32 maps of 7 x 7", code.value()}});
  }
};

}  // namespace examples
