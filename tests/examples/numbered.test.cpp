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

/// A program that reads and writes where it is started.
Outcome run_in(const TemporaryFolder& folder, const std::string& command) {
  return run(command, "cd '" + (folder / "").string() + "' && ");
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
  const Outcome outcome = run_in(folder, "05_saving_and_loading");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "hidden.weight [32, 16]\n"));
  CHECK(contains(outcome.output, "\nmade by 05_saving_and_loading\n"));
  CHECK(contains(outcome.output, "\nthe same before loading: false, after: true\n"));
  CHECK(contains(outcome.output, "wrong shape: output.weight is [10, 32], expected [3, 32]\n"));
  CHECK(contains(outcome.output, "refused: classifier.safetensors: hidden.bias has bytes"));
  CHECK(std::filesystem::is_empty(folder / ""));
}

TEST_CASE("06_classifier: learns to tell clothes from each other, and counts what it takes for what") {
  const TemporaryFolder folder;
  ::setenv("FASHION_MNIST_DIR", LATENT_TEST_DATA, 1);
  const Outcome outcome = run_in(folder, "06_classifier 15");
  ::unsetenv("FASHION_MNIST_DIR");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "147722 parameters\nepoch 1: loss "));
  CHECK(number_after(outcome.output, "epoch 1: loss ") > 1.5);
  CHECK(number_after(outcome.output, "epoch 15: loss ") < 0.9);  // with smoothed labels the best is 0.5
  const std::vector<std::string> lines = lines_of(outcome.output);
  REQUIRE(lines.size() == 28);
  int right = 0, all = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    std::istringstream counts(lines[17 + i].substr(11));
    for (std::size_t j = 0; j < 10; ++j) {
      int count = -1;
      counts >> count;
      CHECK(count >= 0);
      all += count;
      right += i == j ? count : 0;
    }
  }
  CHECK(all == 128);
  CHECK(std::strtod(lines[27].c_str(), nullptr) == doctest::Approx(100.0 * right / 128).epsilon(1e-4));
  CHECK(right > 64);  // half of them, five times as many as by chance, after 30 steps
  CHECK(is_png(folder.read("confusion.png")));
}

TEST_CASE("07_forecaster: is nearer to the temperatures of the last weeks than the last value and the day before") {
  const TemporaryFolder folder;
  const Outcome outcome = run_in(folder, "07_forecaster");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "3600 hours, 2827 windows to learn from, 715 later ones\n"));
  const double last = number_after(outcome.output, "the last value "),
               day = number_after(outcome.output, "a day before "), network = number_after(outcome.output, "LSTM ");
  CHECK(network > 0.3);  // what is random in an hour alone
  CHECK(network < 0.8 * last);
  CHECK(network < 0.8 * day);
  CHECK(folder.read("weather.csv").starts_with("temperature,sunshine\n"));
  CHECK(lines(folder.read("weather.csv")) == 3601);
}

TEST_CASE("09_fine_tuning: frozen weights stay, and a new head learns from few images") {
  ::setenv("FASHION_MNIST_DIR", LATENT_TEST_DATA, 1);
  const Outcome outcome = run("09_fine_tuning 10");
  ::unsetenv("FASHION_MNIST_DIR");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(number_after(outcome.output, "coats, bags: ") > 55);
  CHECK(contains(outcome.output, "frozen weights are the same to the bit: true\n50 images of trousers"));
  CHECK(number_after(outcome.output, "shoes: ") > 70);  // of all images, as .ci/full runs it, more than from nothing
}

TEST_CASE("10_own_layer: its derivatives are right, and it knows how a wave goes on") {
  const Outcome outcome = run("10_own_layer");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.output, "gradcheck: all 180 derivatives agree"));
  const double snake = number_after(outcome.output, "Snake is off by "),
               tanh = number_after(outcome.output, "Tanh by ");
  CHECK(snake < 0.5);  // of a wave from -1 to 1 on a slope
  CHECK(snake < tanh / 2);
}

TEST_CASE("11_own_dataset: learns shapes, and goes on after an interruption to the same bits") {
  const TemporaryFolder folder;
  const Outcome whole = run_in(folder, "11_own_dataset");
  const std::string weights = folder.read("own_dataset.safetensors");
  std::filesystem::remove(folder / "own_dataset.safetensors");
  std::filesystem::remove(folder / "own_dataset.safetensors.previous");
  const Outcome first = run_in(folder, "11_own_dataset 170"), second = run_in(folder, "11_own_dataset");
  const std::string weights_again = folder.read("own_dataset.safetensors");
  INFO(whole.output << first.output << second.output);
  CHECK(whole.status == 0);
  CHECK(contains(whole.output, "from step 0, epoch 0\n"));
  CHECK(contains(second.output, "from step 170, epoch 2\n"));
  CHECK(number_after(whole.output, "at step 300 ") > 85);
  CHECK(weights == weights_again);
}

TEST_CASE("14_sensor_anomalies: finds faults, with few false alarms") {
  const Outcome outcome = run("14_sensor_anomalies");
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(number_after(outcome.output, "false alarms: ") < 2);  // set to 1 % on other data
  CHECK(number_after(outcome.output, "stuck: AUROC ") > 0.98);
  CHECK(number_after(outcome.output, "late: AUROC ") > 0.98);
  CHECK(number_after(outcome.output, "loud: AUROC ") > 0.9);
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
