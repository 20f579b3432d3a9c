#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include "../programs.hpp"
#include "../temporary.hpp"

// The programs to read come to the results that their texts speak of.

namespace {

/// The number behind the last such text of an output; NaN if there is none.
double number_after(const std::string& output, const std::string& text) {
  const std::size_t at = output.rfind(text);
  return at == std::string::npos ? NAN : std::strtod(output.c_str() + at + text.size(), nullptr);
}

std::vector<std::string> lines_of(const std::string& output) {
  std::istringstream in(output);
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

}  // namespace

TEST_CASE("01_tensors: values stay what they are, Eigen shares them, and a mistake is named") {
  const Outcome outcome = run("01_tensors");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "\nb, a copy set to zero [2, 3]: 0 0 0 0 0 0\na is as it was [2, 3]: 1 2 3 4 5 60\n"));
  CHECK(contains(outcome.output, "\na transposed [3, 2]: 1 4 2 5 3 60\n"));
  const auto random = [&](const std::string& text) {
    const std::size_t at = outcome.output.find(text) + text.size();
    return outcome.output.substr(at, outcome.output.find('\n', at) - at);
  };
  CHECK(random("three of seed 7 ").size() > 10);
  CHECK(random("three of seed 7 ") == random("and once more "));
  CHECK(contains(outcome.output, "\nrefused: reshape: [2, 3] does not have the elements of [4, 2]\n"));
}

TEST_CASE("02_gradients: slopes are right, and the way down ends at the lowest point") {
  const Outcome outcome = run("02_gradients");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "y = x^2 + 3x at 2 is 10, its slope 7\nwith that of 5x: 12\n"));
  CHECK(contains(outcome.output, "in 4 rows, times 2: 8\nrecorded without gradients: false\ngradcheck: right\n"));
  CHECK(number_after(outcome.output, "step 0: height ") == doctest::Approx(24.2));
  CHECK(number_after(outcome.output, "lowest at (") == doctest::Approx(1).epsilon(1e-4));
  CHECK(number_after(outcome.output, ", ") == doctest::Approx(1).epsilon(1e-4));
}

TEST_CASE("03_regression: the curve that it draws is a sine") {
  const Outcome outcome = run("03_regression");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(number_after(outcome.output, "step 500: loss ") < 0.012);  // 0.01 is the noise
  CHECK(number_after(outcome.output, "at most ") < 0.12);
  std::vector<double> heights;
  for (const std::string& line : lines_of(outcome.output))
    if (line.ends_with('*')) heights.push_back((static_cast<double>(line.size()) - 31) / 28);
  REQUIRE(heights.size() == 21);
  for (std::size_t i = 0; i < 21; ++i)
    CHECK(std::abs(heights[i] - std::sin(3.14159265 * (static_cast<double>(i) / 10 - 1))) < 0.15);
}

TEST_CASE("04_autoencoder: learns, and draws a boot again from its code") {
  ::setenv("FASHION_MNIST_DIR", LATENT_TEST_DATA, 1);
  const Outcome outcome = run("04_autoencoder 40");
  ::unsetenv("FASHION_MNIST_DIR");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "256 training images, 128 test images\nepoch 1: loss "));
  CHECK(number_after(outcome.output, "epoch 1: loss ") > 0.1);
  CHECK(number_after(outcome.output, "epoch 40: loss ") < 0.04);
  CHECK(contains(outcome.output, "A test image (Ankle boot), and the same drawn from 32 numbers:"));
  const std::vector<std::string> lines = lines_of(outcome.output);
  REQUIRE(lines.size() > 14);
  const std::string shades = " .:-=+*#%@";
  int ink = 0, off = 0;  // of the original's letters, and those of its reconstruction that are far from it
  for (std::size_t y = lines.size() - 14; y < lines.size(); ++y) {
    REQUIRE(lines[y].size() == 64);
    for (std::size_t x = 0; x < 28; ++x) {
      const auto original = shades.find(lines[y][x]), drawn = shades.find(lines[y][32 + x]);
      ink += original > 2;
      off += std::max(original, drawn) - std::min(original, drawn) > 4;
    }
  }
  CHECK(ink > 80);
  CHECK(off < ink / 3);
}

TEST_CASE("05_saving_and_loading: what was saved comes back, and what does not fit is refused") {
  const TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  const Outcome outcome = run("05_saving_and_loading");
  std::filesystem::current_path(before);
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "hidden.weight [32, 16]\n"));
  CHECK(contains(outcome.output, "\nmade by 05_saving_and_loading\n"));
  CHECK(contains(outcome.output, "\nthe same before loading: false, after: true\n"));
  CHECK(contains(outcome.output, "wrong shape: output.weight is [10, 32], expected [3, 32]\n"));
  CHECK(contains(outcome.output, "refused: classifier.safetensors: hidden.bias has bytes"));
  CHECK(std::filesystem::is_empty(folder / ""));
}

TEST_CASE("06_classifier: learns to tell clothes from each other") {
  ::setenv("FASHION_MNIST_DIR", LATENT_TEST_DATA, 1);
  const Outcome outcome = run("06_classifier 40");
  ::unsetenv("FASHION_MNIST_DIR");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "20538 parameters\nepoch 1: loss "));
  CHECK(number_after(outcome.output, "epoch 1: loss ") > 1);
  CHECK(number_after(outcome.output, "epoch 40: loss ") < 0.3);
  const std::vector<std::string> lines = lines_of(outcome.output);
  REQUIRE(lines.size() == 46);
  CHECK(number_after(lines[40], ", ") > 65);  // per cent of the test images
  CHECK(contains(lines[41], "image 0, Ankle boot: taken for Ankle boot with "));
}

TEST_CASE("08_character_transformer: adds numbers that it has not seen together") {
  const Outcome outcome = run("08_character_transformer 1000");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  const double possible = number_after(outcome.output, "least possible loss is ");
  CHECK(possible > 0.95);
  CHECK(possible < 1);
  const double loss = number_after(outcome.output, "step 1000: loss ");
  CHECK(loss > 0.9 * possible);  // of one batch
  CHECK(loss < 1.08 * possible);
  const std::vector<std::string> lines = lines_of(outcome.output);
  REQUIRE(lines.size() == 17);
  CHECK(number_after(lines[5], ", ") > 90);  // per cent of the sums kept back
  int right = 0;
  for (std::size_t i = 7; i < 17; ++i) {
    int a = 0, b = 0, sum = 0;
    right += std::sscanf(lines[i].c_str(), "  %d+%d=%d", &a, &b, &sum) == 3 && a + b == sum;
  }
  CHECK(right >= 7);
}

TEST_CASE("08_character_transformer: has the same results with any number of threads") {
  const Outcome one = run("08_character_transformer 10", "OMP_NUM_THREADS=1 ");
  CHECK(one.status == 0);
  CHECK(contains(one.output, "step 10: loss "));
  CHECK(one.output == run("08_character_transformer 10", "OMP_NUM_THREADS=2 ").output);
}

TEST_CASE("12_pytorch_exchange: what it wrote is read with the same results, and names are PyTorch's") {
  const TemporaryFolder folder;
  const std::string path = (folder / "").string();
  const Outcome written = run("12_pytorch_exchange write " + path);
  INFO(written.output);
  CHECK(written.status == 0);
  CHECK(contains(written.output, "block1.norm.num_batches_tracked []\nblock1.norm.running_mean [8]\n"));
  CHECK(contains(written.output, "head.1.weight [32, 64]\n"));
  const Outcome read = run("12_pytorch_exchange read " + path);
  CHECK(read.status == 0);
  CHECK(read.output == "after 50 batches 32 of 32 are right, and logits differ by at most 0\n");
  CHECK(run("12_pytorch_exchange read " + path + "missing").status == 1);
  CHECK(run("12_pytorch_exchange").output == "usage: 12_pytorch_exchange write|read FOLDER\n");
}
