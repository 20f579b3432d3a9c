#pragma once

#include <filesystem>
#include <latent/core/tensor.hpp>
#include <string>
#include <utility>
#include <vector>

namespace latent::data {
struct ImageDataset;
}

/// The pictures that the programs write.
namespace study {

using namespace latent;

struct TrainedModel;

/// Numbers of the first image of each class; fewer where a class has none.
std::vector<Index> one_of_each_class(const data::ImageDataset& images);

// Of one model.

/// One image of each class above what the model makes of it.
void write_reconstructions(const std::filesystem::path& path, const TrainedModel& model,
                           const data::ImageDataset& test);

/// What each unit of the code adds to the image of an empty code, when it is as strong as it is for a strong image.
void write_units(const std::filesystem::path& path, const TrainedModel& model, const data::ImageDataset& test);

/// Images decoded from 100 codes drawn from the standard normal distribution.
void write_samples(const std::filesystem::path& path, const TrainedModel& model);

/// Pairs of test images, and between them the images of codes on the straight way from one code to the other.
void write_interpolations(const std::filesystem::path& path, const TrainedModel& model, const data::ImageDataset& test);

/// For each of the units with the largest variance: the images of codes in which it alone goes from -3 to 3.
void write_traversal(const std::filesystem::path& path, const TrainedModel& model);

/// The filters [Out, 1, KH, KW] of a convolution, blue where they are negative and red where positive.
void write_filters(const std::filesystem::path& path, const Tensor<float>& filters);

/// An image [H, W] and the channels of layers [1, H, W, C] that it leads to, each channel by its own largest value.
void write_feature_maps(const std::filesystem::path& path, const Tensor<float>& image,
                        const std::vector<std::pair<std::string, Tensor<float>>>& layers);

// Of several, side by side.

/// One row: the first test image and what each model makes of it.
void write_row(const std::filesystem::path& path, const std::vector<TrainedModel>& models,
               const data::ImageDataset& test);

/// One image of each class, what each model makes of it, and how far off that is.
void write_classes(const std::filesystem::path& path, const std::vector<TrainedModel>& models,
                   const data::ImageDataset& test);

/// Training and test loss over the epochs.
void write_curves(const std::filesystem::path& path, const std::vector<TrainedModel>& models);

/// The codes of test images along their two principal components, coloured by class.
void write_codes(const std::filesystem::path& path, const std::vector<TrainedModel>& models,
                 const data::ImageDataset& test);

/// How often the units of each model fire, and how many fire for an image.
void write_activity(const std::filesystem::path& path, const std::vector<TrainedModel>& models);

}  // namespace study
