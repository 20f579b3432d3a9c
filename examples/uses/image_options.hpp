#pragma once

#include <latent/data/dataset.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "study/training/checkpoints.hpp"
#include "study/training/options.hpp"

// What the programs share that also work on a person's own images: their options, and what they load.

namespace uses {

using namespace latent;
using study::CommandLine;

/// Images to learn from, and others to test on, of one size.
struct ImageSets {
  data::ImageDataset train, test;
  std::vector<std::string> test_names;  ///< indices, or files relative to their folder
};

/// The images of the given indices.
data::ImageDataset subset(const data::ImageDataset& from, const std::vector<Index>& indices);

/// Names with commas between.
std::string joined(const std::vector<std::string>& names);

/// Images, and the name of each: its file's within the folder, or its index. `labels` may be empty.
std::pair<data::ImageDataset, std::vector<std::string>> named_images(const std::string& path, const std::string& labels,
                                                                     const data::ReadOptions& options);

/// IoError, naming their path, for images of another size or in grey instead of colour; `as_in` says whose they are to
/// be like.
void check_alike(const std::string& path, const data::ImageDataset& images, const Shape& expected,
                 const std::string& as_in);

/// JSON as a file. Names of files need not be UTF-8, which JSON is; what is not becomes a replacement character.
std::string json_text(const nlohmann::ordered_json& json);

/// Options of a program, and what it loads by them.
struct ImageOptions : study::TrainingOptions {
  std::string images, test_images, labels, test_labels;
  std::string channels = "as they are", background = "white";

  void declare(CommandLine& line);
  /// Options for the classes of idx files, where a program needs them.
  void declare_labels(CommandLine& line);

  /// How image files are read.
  data::ReadOptions reading() const;

  /// IoError for files that are missing, damaged or do not fit each other, or too few images to learn and to test.
  ImageSets load() const;

  /// For the record: all that results depend on.
  nlohmann::ordered_json settings() const;

  /// The checkpoint in `out` of a run with such settings on these images.
  study::Checkpoints checkpoints(const nlohmann::ordered_json& settings, const ImageSets& sets) const;
};

}  // namespace uses
