#pragma once

#include "latent/data/idx.hpp"
#include "latent/data/image_folder.hpp"

namespace latent::data {

/// Images of one's own: a folder of PNG files, as image_folder() reads it, or an idx file of images [N, H, W], plain or
/// gzipped, of any size. `labels`, an idx file of as many labels, goes with an idx file of images only; the names of
/// its classes are the numbers "0", "1" .. up to the largest. Without labels there is one class with no name.
/// IoError naming the file, what was found and what was expected.
inline ImageDataset image_set(const std::filesystem::path& path, const std::filesystem::path& labels = {},
                              const ReadOptions& options = {}) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    check<IoError>(labels.empty(), labels.string(), ": labels given for the folder ", path.string(),
                   ", whose sub-folders are its classes");
    return image_folder(path, options);
  }
  ImageDataset result{read_idx(path, 3, options), {}, {}};
  const Shape& shape = result.images.shape();
  check<IoError>(shape.numel() >= 1, path.string(), ": images ", shape,
                 " found, expected at least one of at least 1 x 1");
  if (labels.empty()) {
    result.labels = Tensor<std::uint8_t>({shape[0]});
    result.class_names = {""};
    return result;
  }
  result.labels = read_idx(labels, 1, options);
  check<IoError>(result.labels.size(0) == shape[0], labels.string(), ": ", result.labels.size(0),
                 " labels found, expected ", shape[0], ", the number of images in ", path.string());
  for (int label = 0; label <= std::ranges::max(std::as_const(result.labels).elements()); ++label)
    result.class_names.push_back(std::to_string(label));
  return result;
}

}  // namespace latent::data
