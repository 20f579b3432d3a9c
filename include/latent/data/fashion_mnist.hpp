#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "latent/data/dataset.hpp"
#include "latent/data/folders.hpp"
#include "latent/data/idx.hpp"

namespace latent::data {

/// 60,000 pictures of clothes to learn from, 28 x 28 pixels, ten classes, and 10,000 others to test on.
/// Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms", 2017.
struct FashionMnist {
  ImageDataset train;  ///< 60,000 to learn from
  ImageDataset test;   ///< 10,000 others
};

/// What the labels 0 to 9 stand for.
[[gnu::cold]] inline const std::vector<std::string>& fashion_mnist_classes() {
  static constexpr const char* names[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                          "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  static const std::vector<std::string> classes(std::begin(names), std::end(names));
  return classes;
}

namespace detail {

/// The file in `folder`, gzipped or not, also with the dot that unpacking tools put into its name; empty if it is not
/// there. What cannot be looked at counts as found, so that reading it says why.
[[gnu::cold]] inline std::filesystem::path find_idx(const std::filesystem::path& folder, const std::string& name) {
  std::string with_dot = name;  // train-images.idx3-ubyte
  with_dot[name.rfind("-idx")] = '.';
  std::error_code ignored;
  for (const std::string& file : {name + ".gz", name, with_dot + ".gz", with_dot}) {
    std::filesystem::path path = folder / file;
    if (std::filesystem::status(path, ignored).type() != std::filesystem::file_type::not_found) return path;
  }
  return {};
}

[[gnu::cold]] inline ImageDataset read_images_and_labels(const std::filesystem::path& folder, const std::string& part) {
  const auto file = [&](const std::string& name) {
    std::filesystem::path path = find_idx(folder, name);
    check<IoError>(!path.empty(), (folder / name).string(), "[.gz]: no such file");
    return path;
  };
  const std::filesystem::path image_file = file(part + "-images-idx3-ubyte");
  const std::filesystem::path label_file = file(part + "-labels-idx1-ubyte");
  ImageDataset result{read_idx(image_file, 3), read_idx(label_file, 1), fashion_mnist_classes()};
  const Shape images = result.images.shape();
  check<IoError>(images[0] >= 1 && images[1] == 28 && images[2] == 28, image_file.string(), ": images ", images,
                 " found, expected [N, 28, 28]");
  check<IoError>(images[0] == result.labels.size(0), label_file.string(), ": ", result.labels.size(0),
                 " labels found, expected ", images[0], ", the number of images in ", image_file.string());
  for (const std::uint8_t label : std::as_const(result.labels).elements())
    check<IoError>(label < 10, label_file.string(), ": label ", int{label}, " found, expected 0 to 9");
  return result;
}

}  // namespace detail

/// Folders in which fashion_mnist() looks by itself: $FASHION_MNIST_DIR, where Debian's package
/// dataset-fashion-mnist puts it, and the user's cache, $XDG_CACHE_HOME/fashion-mnist or ~/.cache/fashion-mnist.
[[gnu::cold]] inline std::vector<std::filesystem::path> fashion_mnist_folders() {
  return dataset_folders("FASHION_MNIST_DIR", "fashion-mnist");
}

/// FashionMNIST from `folder`, or, if that is empty, from the first of fashion_mnist_folders() that has it: the files
/// {train,t10k}-{images-idx3,labels-idx1}-ubyte, each plain or with .gz, also called train-images.idx3-ubyte and so on.
/// IoError if there is none, with where it looked and how to get it, or if a file is damaged or does not fit.
[[gnu::cold, gnu::noinline]] inline FashionMnist fashion_mnist(const std::filesystem::path& folder = {}) {
  const std::vector<std::filesystem::path> folders =
      folder.empty() ? fashion_mnist_folders() : std::vector<std::filesystem::path>{folder};
  std::string looked;
  for (const std::filesystem::path& candidate : folders) {
    if (!detail::find_idx(candidate, "train-images-idx3-ubyte").empty())
      return {detail::read_images_and_labels(candidate, "train"), detail::read_images_and_labels(candidate, "t10k")};
    looked += (looked.empty() ? "" : ", ") + candidate.string();
  }
  fail<IoError>("FashionMNIST not found: no train-images-idx3-ubyte[.gz] in ", looked,
                "; install Debian's package dataset-fashion-mnist, or put the four idx files of "
                "https://github.com/zalandoresearch/fashion-mnist into one of these folders");
}

}  // namespace latent::data
