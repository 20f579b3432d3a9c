#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "latent/data/dataset.hpp"
#include "latent/data/folders.hpp"
#include "latent/io/file.hpp"

namespace latent::data {

/// 50,000 photographs to learn from, 32 x 32 pixels, ten classes, and 10,000 others to test on.
/// Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
struct Cifar10 {
  ImageDataset train;  ///< 50,000 to learn from, [N, 32, 32, 3]
  ImageDataset test;   ///< 10,000 others
};

/// What the labels 0 to 9 stand for.
inline const std::vector<std::string>& cifar10_classes() {
  static const std::vector<std::string> names{"airplane", "automobile", "bird",  "cat",  "deer",
                                              "dog",      "frog",       "horse", "ship", "truck"};
  return names;
}

namespace detail {

/// The records of some files one behind the other: a byte of label, then 32 x 32 bytes of red, of green, of blue.
[[gnu::cold]] inline ImageDataset read_cifar10(const std::vector<std::filesystem::path>& paths) {
  constexpr Index pixels = Index{32} * 32, record = 1 + 3 * pixels;
  std::vector<io::InputFile> files;
  Index count = 0;
  for (const std::filesystem::path& path : paths) {
    const io::InputFile& file = files.emplace_back(path);
    const auto bytes = static_cast<Index>(file.size());
    check<IoError>(bytes > 0 && bytes % record == 0, file.name(), ": ", bytes, " bytes found, expected a multiple of ",
                   record, ", records of a label and 32 x 32 pixels of 3 colours");
    count += bytes / record;
  }
  ImageDataset result{Tensor<std::uint8_t>::uninitialized({count, 32, 32, 3}),
                      Tensor<std::uint8_t>::uninitialized({count}), cifar10_classes()};
  std::uint8_t* to = result.images.data();
  std::uint8_t* label = result.labels.data();
  std::array<std::uint8_t, record> bytes;
  for (const io::InputFile& file : files)
    for (std::uint64_t offset = 0; offset < file.size(); offset += record) {
      file.read(offset, std::as_writable_bytes(std::span(bytes)));
      check<IoError>(bytes[0] < 10, file.name(), ": label ", int{bytes[0]}, " found in record ", offset / record,
                     ", expected 0 to 9");
      *label++ = bytes[0];
      for (std::size_t pixel = 1; pixel <= pixels; ++pixel)
        for (std::size_t channel = 0; channel < 3; ++channel) *to++ = bytes[pixel + channel * pixels];
    }
  return result;
}

}  // namespace detail

/// CIFAR-10 from `folder`, or, if that is empty, from the first that has it of $CIFAR10_DIR,
/// /usr/share/datasets/cifar-10 and the user's cache, $XDG_CACHE_HOME/cifar-10 or ~/.cache/cifar-10: the binary
/// version, data_batch_1.bin to data_batch_5.bin and test_batch.bin, also in a folder cifar-10-batches-bin within, as
/// they are unpacked. IoError if there is none, with where it looked and how to get it, or if a file is missing or
/// damaged.
[[gnu::noinline]] inline Cifar10 cifar10(const std::filesystem::path& folder = {}) {
  namespace fs = std::filesystem;
  const std::vector<fs::path> folders =
      folder.empty() ? dataset_folders("CIFAR10_DIR", "cifar-10") : std::vector<fs::path>{folder};
  std::string looked;
  for (const fs::path& candidate : folders) {
    for (const fs::path& place : {candidate, candidate / "cifar-10-batches-bin"}) {
      std::error_code ignored;  // what cannot be looked at counts as found, so that reading it says why
      if (fs::status(place / "data_batch_1.bin", ignored).type() == fs::file_type::not_found) continue;
      std::vector<fs::path> train;
      for (const char* const number : {"1", "2", "3", "4", "5"})
        train.push_back(place / fs::path("data_batch_").concat(number).concat(".bin"));
      return {detail::read_cifar10(train), detail::read_cifar10({place / "test_batch.bin"})};
    }
    looked.append(looked.empty() ? "" : ", ").append(candidate.string());
  }
  fail<IoError>(
      "CIFAR-10 not found: no data_batch_1.bin in ", looked,
      "; unpack cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html into one of these folders");
}

}  // namespace latent::data
