#include "uses/image_options.hpp"

#include <algorithm>
#include <filesystem>
#include <latent/data/fashion_mnist.hpp>
#include <latent/data/image_set.hpp>
#include <nlohmann/json.hpp>

#include "study/training/command_line.hpp"

namespace uses {

data::ImageDataset subset(const data::ImageDataset& from, const std::vector<Index>& indices) {
  const Index count = std::ssize(indices), size = from.images.shape().stride(0);
  data::ImageDataset result{Tensor<std::uint8_t>(from.images.shape().with(0, count)), Tensor<std::uint8_t>({count}),
                            from.class_names};
  std::uint8_t* pixels = result.images.data();
  std::uint8_t* label = result.labels.data();
  for (const Index index : indices) {
    pixels = std::copy_n(from.images.data() + index * size, size, pixels);
    *label++ = from.labels.data()[index];
  }
  return result;
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

void ImageOptions::declare(CommandLine& line) {
  TrainingOptions::declare(line);
  line.text("--images", images,
            "learn from your own images instead, all of one size: an idx file [N, H, W], plain or gzipped, or a "
            "folder of PNG files or of one sub-folder of them for each class, all grey or all in colour");
  line.excludes("--images", "--data");
  line.text("--test-images", test_images,
            "your own images to test on; without them the last sixth of each class of --images, at least one, is "
            "not learned from but kept for testing");
  line.choice("--channels", channels, "of image files: 1 makes all of them grey, 3 all of them coloured",
              {"as they are", "1", "3"});
  line.choice("--background", background, "what is seen through transparent pixels of image files", {"white", "black"});
}

void ImageOptions::declare_labels(CommandLine& line) {
  line.text("--labels", labels, "idx file with the classes of --images, if that is an idx file");
  line.needs("--labels", "--images");
  line.text("--test-labels", test_labels, "idx file with the classes of --test-images, if that is an idx file");
  line.needs("--test-labels", "--test-images");
}

namespace {

std::vector<std::string> index_names(const data::ImageDataset& set) {
  std::vector<std::string> names;
  for (Index i = 0; i < set.size(); ++i) names.push_back(std::to_string(i));
  return names;
}

}  // namespace

std::pair<data::ImageDataset, std::vector<std::string>> named_images(const std::string& path, const std::string& labels,
                                                                     const data::ReadOptions& options) {
  std::error_code ignored;
  if (!labels.empty() || !std::filesystem::is_directory(path, ignored)) {
    data::ImageDataset set = data::image_set(path, labels, options);
    return {set, index_names(set)};
  }
  const data::ImageFiles files = data::image_files(path);
  std::vector<std::string> names;
  for (const std::filesystem::path& file : files.files) names.push_back(file.lexically_relative(path).string());
  return {data::read_images(files, options), names};
}

namespace {

ImageSets fashion_mnist(const std::string& folder) {
  const data::FashionMnist mnist = data::fashion_mnist(folder);
  return {mnist.train, mnist.test, index_names(mnist.test)};
}

/// Keeps the last sixth of each class for testing, at least one image, but never the only one of a class.
/// IoError, named by `path`, if there are too few.
ImageSets split(const std::string& path, const data::ImageDataset& all, const std::vector<std::string>& names) {
  std::vector<std::vector<Index>> classes(all.class_names.size());
  for (Index i = 0; i < all.size(); ++i) classes[all.labels(i)].push_back(i);
  std::vector<Index> train, test;
  for (const std::vector<Index>& members : classes) {
    const Index count = std::ssize(members), kept = count > 1 ? std::max<Index>(count / 6, 1) : 0;
    train.insert(train.end(), members.begin(), members.end() - kept);
    test.insert(test.end(), members.end() - kept, members.end());
  }
  check<IoError>(!test.empty(), path, ": ", all.size(), all.size() == 1 ? " image" : " images, each of another class,",
                 " found, expected at least two, one to learn from and one to test on");
  std::ranges::sort(train);
  std::ranges::sort(test);
  ImageSets sets{subset(all, train), subset(all, test), {}};
  for (const Index index : test) sets.test_names.push_back(names[static_cast<std::size_t>(index)]);
  return sets;
}

ImageSets own_images(const ImageOptions& options) {
  const auto [train, train_names] = named_images(options.images, options.labels, options.reading());
  if (options.test_images.empty()) return split(options.images, train, train_names);
  const auto [test, test_names] = named_images(options.test_images, options.test_labels, options.reading());
  check_alike(options.test_images, test, {train.images.size(1), train.images.size(2), train.channels()},
              message("as in ", options.images));
  return {train, test, test_names};
}

/// So many of the images, of each class a like share, since folders are read class by class.
data::ImageDataset evenly_chosen(const data::ImageDataset& set, Index count) {
  if (count >= set.size()) return set;
  std::vector<Index> indices;
  for (Index i = 0; i < count; ++i) indices.push_back(i * set.size() / count);
  return subset(set, indices);
}

}  // namespace

data::ReadOptions ImageOptions::reading() const {
  data::ReadOptions result;
  if (channels != "as they are") result.channels = channels == "1" ? 1 : 3;
  if (background == "black") result.background = {};
  return result;
}

void check_alike(const std::string& path, const data::ImageDataset& images, const Shape& expected,
                 const std::string& as_in) {
  const Index h = images.images.size(1), w = images.images.size(2);
  check<IoError>(h == expected[0] && w == expected[1], path, ": images of ", h, " x ", w, " pixels found, expected ",
                 expected[0], " x ", expected[1], ' ', as_in);
  const auto kind = [](Index channels) { return channels == 1 ? "grey images" : "images in colour"; };
  check<IoError>(images.channels() == expected[2], path, ": ", kind(images.channels()), " found, expected ",
                 kind(expected[2]), ' ', as_in, "; --channels ", expected[2], " makes them such");
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

ImageSets ImageOptions::load() const {
  check<Error>(test_images.empty() || !images.empty(), "--test-images requires --images");
  ImageSets sets = images.empty() ? fashion_mnist(data) : own_images(*this);
  if (limit > 0) sets.train = images.empty() ? sets.train.first(limit) : evenly_chosen(sets.train, limit);
  return sets;
}

nlohmann::ordered_json ImageOptions::settings() const {
  nlohmann::ordered_json result{{"epochs", epochs}, {"batch", batch}, {"lr", lr},
                                {"seed", seed},     {"limit", limit}, {"matmul_precision", matmul_precision}};
  if (images.empty()) {
    result["data"] = "FashionMNIST";
    return result;
  }
  for (const auto& [name, value] : {std::pair("images", images), std::pair("test_images", test_images),
                                    std::pair("labels", labels), std::pair("test_labels", test_labels)})
    if (!value.empty()) result[name] = value;
  if (channels != "as they are") result["channels"] = channels;
  if (background != "white") result["background"] = background;
  return result;
}

study::Checkpoints ImageOptions::checkpoints(const nlohmann::ordered_json& settings, const ImageSets& sets) const {
  nlohmann::json all = settings;
  std::map<std::string, std::string> set_by;
  const auto add = [&](const std::string& entry, std::span<const std::byte> content, const std::string& option) {
    all["crc32_of_" + entry] = study::checksum(content);
    set_by["crc32_of_" + entry] = option;
  };
  const auto add_set = [&](const std::string& name, const data::ImageDataset& set, const std::string& option,
                           const std::string& label_option) {
    add(name + "_images", std::as_bytes(set.images.elements()), option);
    add(name + "_labels", std::as_bytes(set.labels.elements()), label_option);
    const std::string classes = joined(set.class_names);
    add(name + "_classes", std::as_bytes(std::span(classes)), label_option);
  };
  const std::string learned = images.empty() ? "--data" : "--images";
  const std::string tested = test_images.empty() ? learned : "--test-images";
  add_set("training", sets.train, learned, labels.empty() ? learned : "--labels");
  add_set("test", sets.test, tested, test_labels.empty() ? tested : "--test-labels");
  const std::string names = joined(sets.test_names);
  add("test_names", std::as_bytes(std::span(names)), tested);
  return {out, all, set_by, checkpoint_every};
}

}  // namespace uses
