#include "study/models/cnn_autoencoder.hpp"

#include <latent/data/dataset.hpp>

#include "study/models/model_of.hpp"
#include "study/models/models.hpp"
#include "study/pictures/pictures.hpp"

namespace study {

namespace {

struct CnnModelWithPictures final : ModelOf<CnnAutoencoder> {
  void write_pictures(const TrainedModel&, const data::ImageDataset& test,
                      const std::filesystem::path& folder) const override {
    const NoGrad no_grad;
    const auto& [conv1, relu1, pool1, conv2, relu2, pool2] = layers().encoder.layers;
    const std::vector<Index> first{0};
    const Variable<float> image(test.gather(first).images), edges = conv1(image, Activation::relu);
    const Variable<float> shapes = conv2(pool1(edges), Activation::relu), code = pool2(shapes);
    write_filters(folder / "filters.png", conv1.weight.value());
    write_feature_maps(folder / "feature_maps.png", image.value().reshape({28, 28}),
                       {{"First convolution: 16 maps of 28 x 28", edges.value()},
                        {"Second convolution: 32 maps of 14 x 14", shapes.value()},
                        {"Code: 32 maps of 7 x 7", code.value()}});
  }
};

}  // namespace

std::shared_ptr<Model> cnn_autoencoder() { return std::make_shared<CnnModelWithPictures>(); }

}  // namespace study
