#pragma once

// What the programs share that also work on a person's own images: their options, and what they load.

#include <latent/data/fashion_mnist.hpp>
#include <latent/data/image_set.hpp>
#include <nlohmann/json.hpp>

#include "program.hpp"

namespace examples {

using namespace latent;

/// Images to learn from, and others to test on, of one size.
struct ImageSets {
  data::ImageDataset train, test;
  std::vector<std::string> test_names;  ///< numbers, or files relative to their folder
};

/// The images of the given numbers.
inline data::ImageDataset subset(const data::ImageDataset& from, const std::vector<Index>& numbers) {
  const Index count = std::ssize(numbers), size = from.images.shape().stride(0);
  data::ImageDataset result{Tensor<std::uint8_t>(from.images.shape().with(0, count)), Tensor<std::uint8_t>({count}),
                            from.class_names};
  std::uint8_t* pixels = result.images.data();
  std::uint8_t* label = result.labels.data();
  for (const Index number : numbers) {
    pixels = std::copy_n(from.images.data() + number * size, size, pixels);
    *label++ = from.labels.data()[number];
  }
  return result;
}

/// JSON as a file. Names of files need not be UTF-8, which JSON is; what is not becomes a replacement character.
inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

/// Options of a program, and what it loads by them.
struct ImageOptions : TrainingOptions {
  std::string images, test_images, labels, test_labels;

  void declare(CLI::App& app) {
    CLI::Option* const fashion = TrainingOptions::declare(app);
    app.add_option("--images", images,
                   "learn from your own images instead, all of one size: an idx file [N, H, W], plain or gzipped, or a "
                   "folder of PNG files or of one sub-folder of them for each class; colours become grey")
        ->excludes(fashion);
    app.add_option(
           "--test-images", test_images,
           "your own images to test on; without them the last sixth of each class of --images, at least one, is "
           "not learned from but kept for testing")
        ->needs("--images");
  }
  /// Options for the classes of idx files, where a program needs them.
  void declare_labels(CLI::App& app) {
    app.add_option("--labels", labels, "idx file with the classes of --images, if that is an idx file")
        ->needs("--images");
    app.add_option("--test-labels", test_labels, "idx file with the classes of --test-images, if that is an idx file")
        ->needs("--test-images");
  }

  /// IoError for files that are missing, damaged or do not fit each other, or too few images to learn and to test.
  ImageSets load() const {
    ImageSets sets = images.empty() ? fashion_mnist() : own_images();
    if (limit > 0) sets.train = images.empty() ? sets.train.first(limit) : evenly_chosen(sets.train, limit);
    return sets;
  }

  /// For the record: all that results depend on.
  nlohmann::ordered_json settings() const {
    nlohmann::ordered_json result{{"epochs", epochs}, {"batch", batch}, {"lr", lr}, {"seed", seed}, {"limit", limit}};
    if (images.empty()) {
      result["data"] = "FashionMNIST";
      return result;
    }
    for (const auto& [name, value] : {std::pair("images", images), std::pair("test_images", test_images),
                                      std::pair("labels", labels), std::pair("test_labels", test_labels)})
      if (!value.empty()) result[name] = value;
    return result;
  }

 private:
  ImageSets fashion_mnist() const {
    data::FashionMnist mnist = data::fashion_mnist(data);
    return {mnist.train, mnist.test, numbers_of(mnist.test)};
  }

  ImageSets own_images() const {
    const auto [train, train_names] = named_images(images, labels);
    if (test_images.empty()) return split(train, train_names);
    const auto [test, test_names] = named_images(test_images, test_labels);
    const Shape learned = train.images.shape(), tested = test.images.shape();
    check<IoError>(learned[1] == tested[1] && learned[2] == tested[2], test_images, ": images of ", tested[1], " x ",
                   tested[2], " pixels found, expected ", learned[1], " x ", learned[2], " as in ", images);
    return {train, test, test_names};
  }

  /// Keeps the last sixth of each class for testing, at least one image, but never the only one of a class.
  ImageSets split(const data::ImageDataset& all, const std::vector<std::string>& names) const {
    std::vector<std::vector<Index>> classes(all.class_names.size());
    for (Index i = 0; i < all.size(); ++i) classes[all.labels(i)].push_back(i);
    std::vector<Index> train, test;
    for (const std::vector<Index>& members : classes) {
      const Index count = std::ssize(members), kept = count > 1 ? std::max<Index>(count / 6, 1) : 0;
      train.insert(train.end(), members.begin(), members.end() - kept);
      test.insert(test.end(), members.end() - kept, members.end());
    }
    check<IoError>(!test.empty(), images, ": ", all.size(),
                   all.size() == 1 ? " image" : " images, each of another class,",
                   " found, expected at least two, one to learn from and one to test on");
    std::ranges::sort(train);
    std::ranges::sort(test);
    ImageSets sets{subset(all, train), subset(all, test), {}};
    for (const Index number : test) sets.test_names.push_back(names[static_cast<std::size_t>(number)]);
    return sets;
  }

  /// Images, and the name of each: its file's within the folder, or its number.
  static std::pair<data::ImageDataset, std::vector<std::string>> named_images(const std::string& path,
                                                                              const std::string& labels) {
    std::error_code ignored;
    if (!labels.empty() || !std::filesystem::is_directory(path, ignored)) {
      data::ImageDataset set = data::image_set(path, labels);
      return {set, numbers_of(set)};
    }
    const data::ImageFiles files = data::image_files(path);
    std::vector<std::string> names;
    for (const std::filesystem::path& file : files.files) names.push_back(file.lexically_relative(path).string());
    return {data::read_images(files), names};
  }

  static std::vector<std::string> numbers_of(const data::ImageDataset& set) {
    std::vector<std::string> names;
    for (Index i = 0; i < set.size(); ++i) names.push_back(std::to_string(i));
    return names;
  }

  /// So many of the images, of each class a like share, since folders are read class by class.
  static data::ImageDataset evenly_chosen(const data::ImageDataset& set, Index count) {
    if (count >= set.size()) return set;
    std::vector<Index> numbers;
    for (Index i = 0; i < count; ++i) numbers.push_back(i * set.size() / count);
    return subset(set, numbers);
  }
};

}  // namespace examples
