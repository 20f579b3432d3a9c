#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <latent/core/random.hpp>
#include <latent/io/png.hpp>
#include <map>
#include <sstream>
#include <vector>

#include "../io/png_files.hpp"
#include "../programs.hpp"
#include "../temporary.hpp"

// Models that the programs for one's own images have written, on images that they have not seen.

using namespace latent;

namespace {

constexpr Index plate_side = 32;

/// A brushed brass plate [H, W, 3], or one with a dark blue scratch across.
Tensor<float> plate(std::uint64_t number, bool scratched, Index h = plate_side, Index w = plate_side) {
  Rng rng(11, number);
  const Tensor<float> random = rng.uniform<float>({4}, 0, 1), noise = rng.normal<float>({h, w, 3}, 0, 0.02f);
  Tensor<float> result({h, w, 3});
  constexpr float tint[3] = {0.9f, 0.75f, 0.5f};
  for (Index y = 0; y < h; ++y)
    for (Index x = 0; x < w; ++x) {
      const float stripes = 0.55f + 0.12f * std::sin(0.785f * static_cast<float>(x) + 6.28f * random(0));
      const float across = static_cast<float>(y) - 10 - 10 * random(1) - (random(2) - 0.5f) * static_cast<float>(x);
      const bool scratch = scratched && std::abs(across) < 1.2f && x > 6 && x < 24;
      for (Index c = 0; c < 3; ++c)
        result(y, x, c) = (scratch ? (c == 2 ? 0.6f : 0.2f) : stripes * tint[c]) + noise(y, x, c);
    }
  return result;
}

/// A plate without a scratch, but with a blue disc of radius 6 in its middle.
Tensor<float> plate_with_disc(std::uint64_t number, Index h, Index w) {
  Tensor<float> result = plate(number, false, h, w);
  for (Index y = 0; y < h; ++y)
    for (Index x = 0; x < w; ++x)
      if (std::hypot(static_cast<float>(2 * y - h), static_cast<float>(2 * x - w)) < 12)
        for (Index c = 0; c < 3; ++c) result(y, x, c) = c == 2 ? 0.6f : 0.2f;
  return result;
}

/// A picture as a PNG file whose upper left corner, 8 x 8, is transparent, whatever colour it has.
std::string with_transparent_corner(const Tensor<float>& image, int color) {
  std::string rows;
  const auto pixels = image.elements();
  for (Index y = 0; y < image.size(0); ++y) {
    rows.push_back(0);
    for (Index x = 0; x < image.size(1); ++x) {
      const bool corner = y < 8 && x < 8;
      for (Index c = 0; c < 3; ++c) {
        const float value = std::clamp(pixels[static_cast<std::size_t>((y * image.size(1) + x) * 3 + c)], 0.0f, 1.0f);
        rows.push_back(static_cast<char>(corner ? color : std::lround(255 * value)));
      }
      rows.push_back(static_cast<char>(corner ? 0 : 255));
    }
  }
  return png_files::png(static_cast<std::size_t>(image.size(1)), static_cast<std::size_t>(image.size(0)), 8, 6, rows);
}

void write_plates(const TemporaryFolder& folder, const std::string& name, int count, bool scratched, int first) {
  std::filesystem::create_directories(folder / name);
  for (int i = 0; i < count; ++i) {
    const Tensor<float> image = plate(static_cast<std::uint64_t>(first + i), scratched);
    folder.write(name + "/" + std::to_string(i) + ".png", with_transparent_corner(image, 40 * i % 256));
  }
}

/// The fields of a table, by the first one of each line.
std::map<std::string, std::vector<std::string>> table(const std::string& text) {
  std::map<std::string, std::vector<std::string>> result;
  std::istringstream lines_of(text);
  for (std::string line, field; std::getline(lines_of, line);) {
    std::istringstream fields(line);
    std::string name;
    std::getline(fields, name, ',');
    while (std::getline(fields, field, ',')) result[name].push_back(field);
  }
  return result;
}

/// Of all pixels, or of those only in which `clean` differs from `without`.
double psnr(const Tensor<float>& clean, const Tensor<std::uint8_t>& found, const Tensor<float>& without = {}) {
  double squares = 0, count = 0;
  for (std::size_t i = 0; i < clean.elements().size(); ++i) {
    if (without.defined() && clean.elements()[i] == without.elements()[i]) continue;
    const double difference = std::clamp(clean.elements()[i], 0.0f, 1.0f) - found.elements()[i] / 255.0;
    squares += difference * difference;
    ++count;
  }
  return 10 * std::log10(count / squares);
}

/// An image and normal numbers of standard deviation 0.15.
Tensor<float> with_noise(const Tensor<float>& image, Rng& rng) {
  Tensor<float> noisy = rng.normal<float>(image.shape(), 0, 0.15f);
  for (std::size_t i = 0; i < noisy.elements().size(); ++i) noisy.elements()[i] += image.elements()[i];
  return noisy;
}

/// The first channel of an image in colour.
Tensor<float> red(const Tensor<float>& image) {
  Tensor<float> result({image.size(0), image.size(1)});
  for (Index i = 0; i < result.numel(); ++i) result.elements()[static_cast<std::size_t>(i)] = image.data()[3 * i];
  return result;
}

}  // namespace

TEST_CASE(
    "anomaly_detection: a model judges new plates in colour, as directly after learning, and says so to scripts") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  write_plates(folder, "train/good", 60, false, 0);
  write_plates(folder, "test/good", 12, false, 100);
  write_plates(folder, "test/scratched", 12, true, 200);
  const Outcome learned =
      run("anomaly_detection --epochs 40 --batch 8 --lr 0.003 --false-alarms 0.05 --held-out 0.4 --images " +
          path("train") + " --test-images " + path("test") + " --out " + path("out"));
  INFO(learned.output);
  REQUIRE(learned.status == 0);
  CHECK(contains(learned.output, "AUROC 1.0000"));
  const std::string model = " --model " + path("out/model.safetensors");

  const Outcome judged =
      run("anomaly_detection" + model + " --threads 1 --test-images " + path("test") + " --out " + path("judged"));
  INFO(judged.output);
  CHECK(judged.status == 3);
  const auto before = table(folder.read("out/scores.csv")), after = table(folder.read("judged/scores.csv"));
  CHECK(after.size() == 25);
  CHECK(after.at("image") == std::vector<std::string>{"score", "verdict"});
  int wrong = 0;
  for (const auto& row : after) {
    if (row.first == "image") continue;
    CHECK(row.second[0] == before.at(row.first)[1]);
    wrong += (row.second[1] == "anomaly") != row.first.starts_with("scratched");
  }
  CHECK(wrong <= 2);
  // Red where the scratch is, and grey elsewhere: what is transparent is white, and normal.
  const Tensor<std::uint8_t> map = io::read_png(folder / "judged/heat_maps/scratched/3.png");
  const Index scale = map.size(0) / plate_side;
  CHECK(scale == 7);
  int colored = 0, colored_corner = 0;
  for (Index y = 0; y < plate_side; ++y)
    for (Index x = 0; x < plate_side; ++x) {
      const bool is_colored = map(y * scale, x * scale, 0) > map(y * scale, x * scale, 2) + 20;
      colored += is_colored;
      colored_corner += is_colored && x < 6 && y < 6;
    }
  CHECK(colored > 10);
  CHECK(colored < 250);
  CHECK(colored_corner == 0);

  const Outcome normal = run("anomaly_detection" + model + " --heat-maps anomalies --test-images " + path("train") +
                             " --out " + path("normal"));
  INFO(normal.output);
  CHECK((normal.status == 0 || normal.status == 3));
  CHECK(contains(normal.output, normal.status == 0 ? "0 of 60 images are anomalous" : " of 60 images are anomalous"));
  write_plates(folder, "one", 1, false, 0);
  const Outcome one = run("anomaly_detection" + model + " --heat-maps none --test-images " + path("one") + " --out " +
                          path("one_judged"));
  CHECK(one.status == (contains(folder.read("one_judged/scores.csv"), "anomaly") ? 3 : 0));
  CHECK(!std::filesystem::exists(folder / "one_judged/heat_maps"));
}

TEST_CASE("anomaly_detection: models and images that do not fit are one line, and nothing is written") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  write_plates(folder, "train", 6, false, 0);
  std::filesystem::create_directories(folder / "grey");
  std::filesystem::create_directories(folder / "large");
  io::write_png(folder / "grey/1.png", Tensor<float>({plate_side, plate_side}));
  io::write_png(folder / "large/1.png", Tensor<float>({plate_side, plate_side + 1, 3}));
  const std::string learn = "anomaly_detection --epochs 1 --images " + path("train");
  REQUIRE(run(learn + " --out " + path("out")).status == 0);
  REQUIRE(run(learn + " --false-alarms 0 --out " + path("without")).status == 0);
  REQUIRE(run("denoising_autoencoder --network autoencoder --epochs 1 --noise gaussian --images " + path("train") +
              " --out " + path("noise"))
              .status == 0);
  const std::string whole = folder.read("out/model.safetensors");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string content = whole;
    content.replace(content.find(from), from.size(), to);
    folder.write("changed.safetensors", content);
    return "changed.safetensors";
  };
  const auto error = [&](const std::string& model, const std::string& images) {
    const Outcome outcome =
        run("anomaly_detection --model " + path(model) + " --test-images " + path(images) + " --out " + path("judged"));
    CHECK(outcome.status == 1);
    CHECK(lines(outcome.output) == 1);
    CHECK(!std::filesystem::exists(folder / "judged"));
    return outcome.output;
  };
  const std::string model = "out/model.safetensors";
  CHECK(error(model, "large") == "anomaly_detection: " + path("large") +
                                     ": images of 32 x 33 pixels found, expected 32 x 32 as " + path(model) +
                                     " has learned\n");
  CHECK(error(model, "grey") == "anomaly_detection: " + path("grey") +
                                    ": grey images found, expected images in colour as " + path(model) +
                                    " has learned; --channels 3 makes them such\n");
  CHECK(contains(error("without/model.safetensors", "train"), ": has no threshold, since no normal images were held"));
  CHECK(contains(error("noise/model_gaussian.safetensors", "train"),
                 R"(: a model of denoising autoencoder found, expected one of anomaly detector)"));
  CHECK(contains(error("none", "train"), path("none") + ": cannot be opened: No such file or directory"));
  CHECK(contains(error(changed(R"("network":"cnn")", R"("network":"rnn")"), "train"),
                 R"(: network rnn found, expected fc or cnn)"));
  CHECK(contains(error(changed(R"("version":"1")", R"("version":"2")"), "train"), R"(: version 2 found, expected 1)"));
  CHECK(contains(error(changed("0 to 255 becomes 0 to 1", "0 to 255 becomes 0 to 2"), "train"), ": normalisation "));
  CHECK(contains(error(changed(R"("held_out":"1")", R"("held_out":"x")"), "train"),
                 R"(: held_out x found, expected a number from 1 to )"));
  const Outcome alone = run("anomaly_detection --epochs 1 --test-images " + path("train") + " --images " +
                            path("large") + " --channels 3");
  CHECK(contains(alone.output, ": images of 32 x 32 pixels found, expected 32 x 33 as in " + path("large")));
  const Outcome few = run("anomaly_detection --epochs 1 --test-images " + path("large") + " --images " + path("large"));
  CHECK(contains(few.output, "1 normal image to learn from found, expected at least two"));
}

TEST_CASE("denoising_autoencoder: a model cleans pictures of any size, in grey and in colour, under their names") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  write_plates(folder, "train", 40, false, 0);
  const auto learn = [&](const std::string& channels) {
    const Outcome outcome =
        run("denoising_autoencoder --network autoencoder --epochs 40 --batch 4 --noise gaussian --sigma 0.15 "
            "--channels " +
            channels + " --images " + path("train") + " --out " + path("out" + channels));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
  };
  learn("3");
  learn("1");
  const std::vector<std::pair<Index, Index>> sizes{{32, 32}, {45, 63}, {3, 530}};
  std::filesystem::create_directories(folder / "noisy/a");
  Rng rng(5);
  std::vector<Tensor<float>> clean;
  for (const auto& size : sizes) {
    clean.push_back(plate(300, false, size.first, size.second));
    io::write_png(folder / ("noisy/a/" + std::to_string(clean.size()) + ".png"), with_noise(clean.back(), rng));
  }
  io::write_png(folder / "noisy/a/grey.png", Tensor<float>::full({5, 6}, 0.5f));
  for (const std::string channels : {"3", "1"}) {
    CAPTURE(channels);
    const std::string command =
        "denoising_autoencoder --model " + path("out" + channels + "/model_gaussian.safetensors");
    const Outcome outcome = run(command + " --images " + path("noisy") + " --out " + path("clean" + channels));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(contains(outcome.output, "4 pictures cleaned in "));
    for (std::size_t i = 0; i < clean.size(); ++i) {
      const std::string name = "a/" + std::to_string(i + 1) + ".png";
      const Tensor<std::uint8_t> found = io::read_png(folder / ("clean" + channels + "/" + name));
      CHECK(found.shape() == clean[i].shape());
      const double before = psnr(clean[i], io::read_png(folder / ("noisy/" + name))), after = psnr(clean[i], found);
      CAPTURE(before);
      CAPTURE(after);
      CHECK(after > before + (channels == "3" ? 3 : 1));
    }
    CHECK(io::read_png(folder / ("clean" + channels + "/a/grey.png")).shape() == Shape{5, 6});
    const Outcome same = run(command + " --images " + path("noisy") + " --out " + path("noisy"));
    CHECK(same.status == 1);
    CHECK(contains(same.output, "the cleaned pictures would replace those of --images, give another --out"));
  }
  folder.write("noisy/a/z.png", "no picture");
  const Outcome bad = run("denoising_autoencoder --model " + path("out3/model_gaussian.safetensors") + " --images " +
                          path("noisy") + " --out " + path("bad"));
  CHECK(bad.status == 1);
  CHECK(bad.output == "denoising_autoencoder: " + path("noisy/a/z.png") + ": no PNG file\n");
  CHECK(!std::filesystem::exists(folder / "bad"));
}

TEST_CASE("denoising_autoencoder: a residual network cleans a disc that no picture had, and leaves it there") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  for (const bool grey : {true, false}) {
    CAPTURE(grey);
    const std::string kind = grey ? "grey" : "colour";
    for (const char* name : {"train", "noisy"}) std::filesystem::create_directories(folder / (kind + "/" + name));
    const auto in_kind = [&](const Tensor<float>& image) { return grey ? red(image) : image; };
    for (int i = 0; i < 40; ++i)
      io::write_png(folder / (kind + "/train/" + std::to_string(i) + ".png"),
                    in_kind(plate(static_cast<std::uint64_t>(i), false)));
    const std::vector<std::pair<Index, Index>> sizes{{32, 32}, {45, 63}, {40, 530}};
    Rng rng(5);
    for (std::size_t i = 0; i < sizes.size(); ++i)
      io::write_png(folder / (kind + "/noisy/" + std::to_string(i) + ".png"),
                    with_noise(in_kind(plate_with_disc(300 + i, sizes[i].first, sizes[i].second)), rng));
    const Outcome learned =
        run("denoising_autoencoder --epochs 3 --batch 16 --lr 0.002 --noise gaussian --sigma 0.15 --images " +
            path(kind + "/train") + " --out " + path(kind + "/out"));
    INFO(learned.output);
    REQUIRE(learned.status == 0);
    CHECK(contains(folder.read(kind + "/out/model_gaussian.safetensors"), R"("network":"residual")"));
    const Outcome outcome = run("denoising_autoencoder --model " + path(kind + "/out/model_gaussian.safetensors") +
                                " --images " + path(kind + "/noisy") + " --out " + path(kind + "/cleaned"));
    INFO(outcome.output);
    REQUIRE(outcome.status == 0);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const Tensor<float> clean = in_kind(plate_with_disc(300 + i, sizes[i].first, sizes[i].second));
      const Tensor<float> without = in_kind(plate(300 + i, false, sizes[i].first, sizes[i].second));
      const std::string name = "/" + std::to_string(i) + ".png";
      const Tensor<std::uint8_t> noisy = io::read_png(folder / (kind + "/noisy" + name)),
                                 found = io::read_png(folder / (kind + "/cleaned" + name));
      CAPTURE(i);
      CHECK(found.shape() == clean.shape());
      CHECK(psnr(clean, found) > psnr(clean, noisy) + 5);
      CHECK(psnr(clean, found, without) > psnr(clean, noisy, without) + 2);  // upon the disc
    }
  }
}

TEST_CASE("denoising_autoencoder: model files say which network they have") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  std::filesystem::create_directories(folder / "train");
  for (int i = 0; i < 2; ++i)
    io::write_png(folder / ("train/" + std::to_string(i) + ".png"), Tensor<float>::full({3, 3}, 0.5f));
  const auto learn = [&](const std::string& network) {
    const std::string out = path(network);
    CHECK(run("denoising_autoencoder --epochs 1 --noise gaussian --network " + network + " --images " + path("train") +
              " --out " + out)
              .status == 0);
    return folder.read(network + "/model_gaussian.safetensors");
  };
  const auto clean = [&](std::string model, const std::string& from, const std::string& to) {
    model.replace(model.find(from), from.size(), to);
    folder.write("changed.safetensors", model);
    const Outcome outcome = run("denoising_autoencoder --model " + path("changed.safetensors") + " --images " +
                                path("train") + " --out " + path("cleaned"));
    CHECK(lines(outcome.output) == 1);
    return outcome;
  };
  const std::string residual = learn("residual"), autoencoder = learn("autoencoder");
  CHECK(clean(residual, R"("network":"residual")", R"("network":"residuum")").output ==
        "denoising_autoencoder: " + path("changed.safetensors") +
            ": network residuum found, expected residual or autoencoder\n");
  CHECK(clean(autoencoder, R"("network":)", R"("natwork":)").output ==
        "denoising_autoencoder: " + path("changed.safetensors") + ": does not say network in its metadata\n");
}
