#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "latent/data/dataset.hpp"
#include "latent/io/file.hpp"
#include "latent/io/png.hpp"

namespace latent::data {

/// The pictures of a folder, and what they show.
struct ImageFiles {
  std::vector<std::filesystem::path> files;  ///< sorted by name within a class
  std::vector<std::uint8_t> labels;          ///< of each file, numbers of classes
  std::vector<std::string> class_names;      ///< names of the sub-folders, by label
};

namespace detail {

/// What lies in a folder, sorted by name: files whose name ends in .png, or folders. Hidden ones are passed over.
inline std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder, bool folders) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> result;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename().string().starts_with('.')) continue;
    std::error_code ignored;  // a link into nowhere is no folder, and reading it says what is wrong
    std::string ending = path.extension().string();
    for (char& letter : ending)
      letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    if (entry->is_directory(ignored) ? folders : !folders && ending == ".png") result.push_back(path);
  }
  check<IoError>(!error, folder.string(), ": cannot be read: ", error.message());
  std::ranges::sort(result, {}, [](const fs::path& path) { return path.filename().string(); });
  return result;
}

}  // namespace detail

/// The PNG files of a folder (ending .png, .PNG ..): either all that lie in it, of one class with no name, or all that
/// lie in its sub-folders, which are the classes, named as they are; as torchvision's ImageFolder. Sorted by class,
/// then by name; what is hidden or lies deeper is passed over.
/// IoError if there is no such folder or no PNG file in it or in one of its classes, if there are files both in it and
/// in sub-folders, or for more than 256 classes.
inline ImageFiles image_files(const std::filesystem::path& folder) {
  const std::string name = io::file_name(folder);
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(folder, error);
  check<IoError>(status.type() != std::filesystem::file_type::not_found, name, ": no such folder");
  check<IoError>(!error, name, ": cannot be read: ", error.message());
  check<IoError>(std::filesystem::is_directory(status), name, ": not a folder");
  ImageFiles result{detail::list_folder(folder, false), {}, {}};
  const std::string loose = result.files.empty() ? "" : result.files[0].filename().string();
  std::filesystem::path with_files, without_files;
  for (const std::filesystem::path& part : detail::list_folder(folder, true)) {
    const std::vector<std::filesystem::path> files = detail::list_folder(part, false);
    (files.empty() ? without_files : with_files) = part;
    if (files.empty()) continue;
    check<IoError>(loose.empty(), folder.string(), ": PNG files found both in it (", loose, ") and in its folder ",
                   part.filename().string(), ", expected one or the other");
    check<IoError>(result.class_names.size() < 256, folder.string(),
                   ": more than 256 folders with PNG files found, "
                   "expected at most 256 classes");
    result.files.insert(result.files.end(), files.begin(), files.end());
    result.labels.resize(result.files.size(), static_cast<std::uint8_t>(result.class_names.size()));
    result.class_names.push_back(part.filename().string());
  }
  check<IoError>(!result.files.empty(), folder.string(), ": no PNG file found in it or in its folders");
  check<IoError>(with_files.empty() || without_files.empty(), without_files.string(),
                 ": no PNG file found, expected some "
                 "as in the class ",
                 with_files.filename().string());
  if (result.class_names.empty()) {
    result.class_names.emplace_back();
    result.labels.resize(result.files.size());
  }
  return result;
}

/// The pixels of such files, as io::read_png() gives them: images [N, H, W] of grey files, [N, H, W, 3] of files with
/// colours, or what the options make of them. IoError for a file that it refuses, if two files differ in size, or one
/// is grey and the other is not, or if all are larger than the options allow.
inline ImageDataset read_images(const ImageFiles& from, const ReadOptions& options = {}) {
  check<IoError>(!from.files.empty(), "read_images: no files given");
  const Index count = std::ssize(from.files);
  Tensor<std::uint8_t> images;
  std::uint8_t* pixels = nullptr;
  Shape size;
  for (const std::filesystem::path& file : from.files) {
    const Tensor<std::uint8_t> image =
        io::read_png(file, {.channels = options.channels, .background = options.background});
    if (!pixels) {
      size = image.shape();
      check<IoError>(size.numel() <= options.max_bytes / count, file.string(), ": ", count, " images of ", size[0],
                     " x ", size[1], " pixels, at most ", options.max_bytes, " bytes are allowed");
      images = Tensor<std::uint8_t>::uninitialized(size.rank() == 2 ? Shape{count, size[0], size[1]}
                                                                    : Shape{count, size[0], size[1], size[2]});
      pixels = images.data();
    }
    check<IoError>(image.rank() <= size.rank(), file.string(), ": colours found, expected a grey image as in ",
                   from.files[0].string(), "; channels 1 makes all of them grey, channels 3 gives all of them colours");
    check<IoError>(image.rank() >= size.rank(), file.string(), ": a grey image found, expected colours as in ",
                   from.files[0].string(), "; channels 1 makes all of them grey, channels 3 gives all of them colours");
    check<IoError>(image.size(0) == size[0] && image.size(1) == size[1], file.string(), ": ", image.size(0), " x ",
                   image.size(1), " pixels found, expected ", size[0], " x ", size[1], " as in ",
                   from.files[0].string());
    pixels = std::ranges::copy(image.elements(), pixels).out;
  }
  return {std::move(images), Tensor<std::uint8_t>({count}, from.labels), from.class_names};
}

/// All PNG files of a folder and its classes, as image_files() finds them:
///
///     const data::ImageDataset train = data::image_folder("shapes");  // shapes/circle/1.png, shapes/square/1.png ..
///
/// All must have one size, and be grey or all have colours, unless `.channels = 3` says what to make of them. IoError
/// as from image_files() and read_images().
inline ImageDataset image_folder(const std::filesystem::path& folder, const ReadOptions& options = {}) {
  return read_images(image_files(folder), options);
}

}  // namespace latent::data
