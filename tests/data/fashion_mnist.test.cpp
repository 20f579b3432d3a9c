#include <cstdlib>
#include <filesystem>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

using namespace latent;

namespace {
const std::filesystem::path shipped = LATENT_TEST_DATA;
}

TEST_CASE("fashion_mnist: reads the images that come with the tests") {
  const data::FashionMnist mnist = data::fashion_mnist(shipped);
  CHECK(mnist.train.size() == 256);
  CHECK(mnist.test.size() == 128);
  CHECK(mnist.train.images.shape() == Shape{256, 28, 28});
  CHECK(mnist.test.class_names.size() == 10);
  CHECK(mnist.test.class_names[mnist.test.labels(0)] == "Ankle boot");
  std::array<int, 10> counts{};
  for (std::uint8_t label : mnist.train.labels.elements()) ++counts[label];
  for (int count : counts) CHECK(count > 5);
}

TEST_CASE("fashion_mnist: without data says where it looked and how to get it") {
  const TemporaryFolder folder;
  const std::string text = message_of<IoError>([&] { data::fashion_mnist(folder / "nothing"); });
  CHECK(text == "FashionMNIST not found: no train-images-idx3-ubyte[.gz] in " + (folder / "nothing").string() +
                    "; install Debian's package dataset-fashion-mnist, or put the four idx files of "
                    "https://github.com/zalandoresearch/fashion-mnist into one of these folders");
}

TEST_CASE("fashion_mnist: looks into its folders in order") {
  setenv("FASHION_MNIST_DIR", shipped.c_str(), 1);
  setenv("XDG_CACHE_HOME", "/cache", 1);
  CHECK(data::fashion_mnist_folders() ==
        std::vector<std::filesystem::path>{shipped, "/usr/share/datasets/fashion-mnist", "/cache/fashion-mnist"});
  CHECK(data::fashion_mnist().train.size() == 256);
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", "/home/somebody", 1);
  CHECK(data::fashion_mnist_folders().back() == "/home/somebody/.cache/fashion-mnist");
  unsetenv("FASHION_MNIST_DIR");
  CHECK(data::fashion_mnist_folders().front() == "/usr/share/datasets/fashion-mnist");
}

TEST_CASE("fashion_mnist: files that do not fit each other are named") {
  const TemporaryFolder folder;
  for (const auto& file : std::filesystem::directory_iterator(shipped))
    std::filesystem::copy(file, folder / file.path().filename().string());
  const auto exchange = [&](const std::string& to, const std::string& from) {
    std::filesystem::copy_file(shipped / from, folder / to, std::filesystem::copy_options::overwrite_existing);
  };
  const auto error = [&] { return message_of<IoError>([&] { data::fashion_mnist(folder / ""); }); };
  const std::string labels = "train-labels-idx1-ubyte.gz", images = "train-images-idx3-ubyte.gz";
  exchange(labels, "t10k-labels-idx1-ubyte.gz");
  CHECK(error() == (folder / labels).string() + ": 128 labels found, expected 256, the number of images in " +
                       (folder / images).string());
  folder.write(images, std::string({0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6}));
  CHECK(error() == (folder / images).string() + ": images [1, 1, 2] found, expected [N, 28, 28]");
  exchange(images, images);
  exchange(labels, images);
  CHECK(error() == (folder / labels).string() + ": idx data of 3 dimensions found, expected 1 (labels)");
  std::filesystem::remove(folder / labels);
  CHECK(error() == (folder / "train-labels-idx1-ubyte").string() + "[.gz]: no such file");
  std::string bad = {0, 0, 8, 1, 0, 0, 1, 0};
  folder.write("train-labels-idx1-ubyte", bad + std::string(256, '\n'));
  CHECK(error() == (folder / "train-labels-idx1-ubyte").string() + ": label 10 found, expected 0 to 9");
}

TEST_CASE("fashion_mnist: finds files with a dot in their names, as unpacking tools write them") {
  const TemporaryFolder folder;
  for (const auto& file : std::filesystem::directory_iterator(shipped)) {
    std::string name = file.path().filename().string();
    if (const auto at = name.find("-idx"); at != std::string::npos) name[at] = '.';
    std::filesystem::copy(file, folder / name);
  }
  CHECK(data::fashion_mnist(folder / "").train.size() == 256);
}

TEST_CASE("fashion_mnist: a file that cannot be looked at is named with the reason") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK(message_of<IoError>([&] { data::fashion_mnist(folder / "loop"); }) ==
        (folder / "loop/train-images-idx3-ubyte.gz").string() +
            ": cannot be opened: Too many levels of symbolic links");
}
