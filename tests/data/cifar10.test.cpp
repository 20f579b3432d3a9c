#include <cstdlib>
#include <latent/data/cifar10.hpp>
#include <latent/data/loader.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

using namespace latent;

namespace {

/// A label, and planes of which pixel p has 100 c + first + p, modulo 256.
std::string cifar10_record(int label, int first) {
  std::string result(1, static_cast<char>(label));
  for (int c = 0; c < 3; ++c)
    for (int p = 0; p < 1024; ++p) result.push_back(static_cast<char>(100 * c + first + p));
  return result;
}

/// Six files, of which the i-th has i + 1 records of label i.
void write_cifar10(const TemporaryFolder& folder, const std::string& prefix = "") {
  const char* const names[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                               "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
  for (int i = 0; i < 6; ++i) {
    std::string content;
    for (int record = 0; record <= i; ++record) content += cifar10_record(i, 10 * i + record);
    folder.write(prefix + names[i], content);
  }
}

}  // namespace

TEST_CASE("cifar10: reads all files, planes of colours become channels of pixels") {
  const TemporaryFolder folder;
  write_cifar10(folder);
  const data::Cifar10 cifar = data::cifar10(folder / "");
  CHECK(cifar.train.images.shape() == Shape{15, 32, 32, 3});
  CHECK(cifar.test.images.shape() == Shape{6, 32, 32, 3});
  CHECK(cifar.train.labels(0) == 0);
  CHECK(cifar.train.labels(14) == 4);
  CHECK(cifar.test.labels(5) == 5);
  for (int p : {0, 1, 33, 1023})
    for (int c = 0; c < 3; ++c) {
      CHECK(cifar.train.images(1, p / 32, p % 32, c) == (100 * c + 10 + p) % 256);
      CHECK(cifar.test.images(2, p / 32, p % 32, c) == (100 * c + 52 + p) % 256);
    }
  CHECK(cifar.train.class_names[9] == "truck");
}

TEST_CASE("cifar10: batches have colours, scaled to 0 .. 1, and labels") {
  const TemporaryFolder folder;
  write_cifar10(folder);
  const data::Cifar10 cifar = data::cifar10(folder / "");
  data::Loader loader(cifar.train, {.batch_size = 4});
  for (const auto& batch : loader) CHECK(batch.images.shape() == Shape{batch.size(), 32, 32, 3});
  const auto batch = cifar.train.gather<double>(std::vector<Index>{14, 2});
  CHECK(batch.images(0, 3, 7, 2) == static_cast<double>(cifar.train.images(14, 3, 7, 2)) / 255);
  CHECK(batch.images(1, 31, 0, 1) == static_cast<double>(cifar.train.images(2, 31, 0, 1)) / 255);
  CHECK(batch.labels(0) == 4);
}

TEST_CASE("cifar10: is found where it was unpacked, and where the environment says") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "cifar-10-batches-bin");
  write_cifar10(folder, "cifar-10-batches-bin/");
  setenv("CIFAR10_DIR", (folder / "").c_str(), 1);
  CHECK(data::cifar10().test.size() == 6);
  unsetenv("CIFAR10_DIR");
}

TEST_CASE("cifar10: missing and damaged files are named") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  const auto error = [&] { return message_of<IoError>([&] { data::cifar10(folder / ""); }); };
  CHECK(error() == "CIFAR-10 not found: no data_batch_1.bin in " + path("") +
                       "; unpack cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html into one of "
                       "these folders");
  write_cifar10(folder);
  std::filesystem::remove(folder / "data_batch_4.bin");
  CHECK(error() == path("data_batch_4.bin") + ": cannot be opened: No such file or directory");
  folder.write("data_batch_4.bin", cifar10_record(1, 2).substr(0, 3000));
  CHECK(error() == path("data_batch_4.bin") +
                       ": 3000 bytes found, expected a multiple of 3073, records of a label and 32 x 32 pixels of 3 "
                       "colours");
  folder.write("data_batch_4.bin", "");
  CHECK(error().find(": 0 bytes found") != std::string::npos);
  folder.write("data_batch_4.bin", cifar10_record(9, 0) + cifar10_record(10, 2));
  CHECK(error() == path("data_batch_4.bin") + ": label 10 found in record 1, expected 0 to 9");
}
