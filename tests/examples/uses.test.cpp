#include <doctest/doctest.h>

#include <algorithm>
#include <latent/io/png.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "../programs.hpp"
#include "../temporary.hpp"

// The programs that also work on a person's own images: noise removed, anomalies found.

using namespace latent;

namespace {

const std::string fashion = std::string(" --data ") + LATENT_TEST_DATA;
const std::vector<std::string> both{"denoising_autoencoder", "anomaly_detection"};

nlohmann::json metrics_of_run(const TemporaryFolder& folder, const std::string& out) {
  return nlohmann::json::parse(folder.read(out + "/metrics.json"));
}

/// A number as the programs print it.
std::string fixed(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// The line of an output that begins with a text.
std::string line_of(const std::string& output, const std::string& begin) {
  const std::size_t at = ("\n" + output).rfind("\n" + begin);
  return at == std::string::npos ? "" : output.substr(at, output.find('\n', at) - at);
}

/// Pictures of bright stripes, upright or lying, that begin anywhere.
Tensor<float> stripes(Index h, Index w, bool upright, Index shift) {
  Tensor<float> image({h, w});
  for (Index y = 0; y < h; ++y)
    for (Index x = 0; x < w; ++x) image(y, x) = ((upright ? x : y) + shift) % 3 == 0 ? 0.9f : 0.1f;
  return image;
}

/// A folder of PNG files of stripes.
void write_stripes(const TemporaryFolder& folder, const std::string& name, int count, bool upright, Index h = 9,
                   Index w = 7) {
  std::filesystem::create_directories(folder / name);
  for (int i = 0; i < count; ++i)
    io::write_png(folder / (name + "/" + std::to_string(i) + ".png"), stripes(h, w, upright, i));
}

std::string idx(std::initializer_list<int> sizes, const std::vector<int>& values) {
  std::string result{0, 0, 8, static_cast<char>(sizes.size())};
  for (const int size : sizes) result += {0, 0, static_cast<char>(size / 256), static_cast<char>(size % 256)};
  for (const int value : values) result.push_back(static_cast<char>(value));
  return result;
}

/// Writes idx files of `count` images of 9 x 7 pixels, dark ones of label 1 and bright ones of label 4 in turn.
void write_idx(const TemporaryFolder& folder, const std::string& name, int count) {
  std::vector<int> pixels, labels;
  for (int i = 0; i < count; ++i) {
    labels.push_back(i % 2 ? 4 : 1);
    for (int pixel = 0; pixel < 63; ++pixel) pixels.push_back((i % 2 ? 200 : 20) + (pixel + i) % 30);
  }
  folder.write(name, idx({count, 9, 7}, pixels));
  folder.write(name + "-labels", idx({count}, labels));
}

}  // namespace

TEST_CASE("denoising_autoencoder: writes pictures, weights and what it prints") {
  const TemporaryFolder folder;
  const Outcome outcome =
      run("denoising_autoencoder" + fashion + " --epochs 2 --limit 130 --out " + (folder / "a/b").string());
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(lines(outcome.output) == 4 + 4 + 1);
  CHECK(!contains(outcome.output, "\r"));
  CHECK(is_png(folder.read("a/b/denoised.png")));
  const auto found = metrics_of_run(folder, "a/b");
  CHECK(found["settings"]["epochs"] == 2);
  CHECK(found["images"]["train"] == 130);
  REQUIRE(found["noises"].size() == 2);
  for (const auto& noise : found["noises"]) {
    const std::string name = noise["noise"];
    CHECK(contains(folder.read("a/b/model_" + name + ".safetensors"), R"("noise":")" + name));
    const std::string line = line_of(outcome.output, name);
    for (const std::string key : {"psnr_before", "psnr_filter", "psnr_after"}) {
      const double psnr = noise[key];
      CHECK(psnr > 5);
      CHECK(psnr < 40);
      CHECK(contains(line, std::string(" ").append(fixed(psnr, 2))));
    }
    CHECK(noise["history"].size() == 2);
    CHECK(noise["history"][1]["test_psnr"] == noise["psnr_after"]);
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "a/b"), {}) == 4);
}

TEST_CASE("denoising_autoencoder: the noise is as strong as was asked for") {
  const TemporaryFolder folder;
  const auto before = [&](const std::string& options) {
    CHECK(run("denoising_autoencoder" + fashion + " --epochs 1 --limit 64 " + options + " --out " +
              (folder / "out").string())
              .status == 0);
    const auto found = metrics_of_run(folder, "out");
    CHECK(found["noises"].size() == 1);
    return found["noises"][0]["psnr_before"].get<double>();
  };
  CHECK(before("--noise gaussian --sigma 0.01") > before("--noise gaussian --sigma 0.1") + 15);
  CHECK(before("--noise gaussian --sigma 0.01") < 45);
  CHECK(before("--noise salt-and-pepper --amount 0.02") > before("--noise salt-and-pepper --amount 0.2") + 9);
}

TEST_CASE("anomaly_detection: writes pictures, scores and what it prints") {
  const TemporaryFolder folder;
  const Outcome outcome = run("anomaly_detection" + fashion +
                              " --epochs 30 --batch 8 --lr 0.003 --false-alarms 0 --out " + (folder / "out").string());
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(lines(outcome.output) == 10 + 1 + 1);
  CHECK(is_png(folder.read("out/roc.png")));
  CHECK(is_png(folder.read("out/anomalies.png")));
  const auto found = metrics_of_run(folder, "out");
  REQUIRE(found["classes"].size() == 10);
  double sum = 0;
  for (const auto& entry : found["classes"]) {
    const double auroc = entry["auroc"];
    CHECK(auroc >= 0);
    CHECK(auroc <= 1);
    CHECK(contains(line_of(outcome.output, entry["class"]), "AUROC " + fixed(auroc, 4)));
    sum += auroc;
  }
  CHECK(found["mean_auroc"].get<double>() == doctest::Approx(sum / 10));
  CHECK(sum / 10 > 0.7);
  CHECK(contains(line_of(outcome.output, "mean"), "AUROC " + fixed(found["mean_auroc"], 4)));
  const std::string scores = folder.read("out/scores.csv");
  CHECK(scores.find("image,class,score T-shirt/top,score Trouser,") == 0);
  CHECK(contains(scores, "\n0,Ankle boot,"));
  CHECK(lines(scores) == 129);
  CHECK(found["classes"][9]["model"] == "model_10.safetensors");
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "out"), {}) == 4 + 10);
}

TEST_CASE("anomaly_detection: learns the classes that were named, or all without them") {
  const TemporaryFolder folder;
  const auto classes = [&](const std::string& options) {
    const Outcome outcome = run("anomaly_detection" + fashion + " --epochs 1 --false-alarms 0 " + options + " --out " +
                                (folder / "out").string());
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    return metrics_of_run(folder, "out")["classes"];
  };
  const auto only = classes("--classes 'Ankle boot,Bag'");
  REQUIRE(only.size() == 2);
  CHECK(only[0]["class"] == "Ankle boot");
  CHECK(only[0]["anomalous_test_images"].get<int>() + only[1]["anomalous_test_images"].get<int>() > 200);
  const auto without = classes("--train without --classes Bag");
  REQUIRE(without.size() == 1);
  CHECK(without[0]["learned"] == "without Bag");
  CHECK(without[0]["training_images"].get<int>() + only[1]["training_images"].get<int>() == 256);
  CHECK(without[0]["anomalous_test_images"].get<int>() + only[1]["anomalous_test_images"].get<int>() == 128);
}

TEST_CASE("uses: the same seed gives the same files, for any number of threads") {
  for (const std::string& program : both) {
    CAPTURE(program);
    const TemporaryFolder folder;
    const std::string command = program + fashion + " --epochs 1 --limit 200";
    for (const std::string threads : {"1", "2", "3"})
      CHECK(run(command + " --threads " + threads + " --out " + (folder / threads).string()).status == 0);
    for (const auto& file : std::filesystem::directory_iterator(folder / "1")) {
      const std::string name = file.path().filename().string();
      CAPTURE(name);
      CHECK(folder.read("1/" + name).size() > 100);
      CHECK(folder.read("2/" + name) == folder.read("1/" + name));
      CHECK(folder.read("3/" + name) == folder.read("1/" + name));
    }
    CHECK(run(command + " --seed 2 --out " + (folder / "other").string()).status == 0);
    CHECK(folder.read("other/metrics.json") != folder.read("1/metrics.json"));
  }
}

TEST_CASE("denoising_autoencoder: a folder of one's own, and idx files, of any size") {
  const TemporaryFolder folder;
  const auto images = [&](const std::string& options) {
    const Outcome outcome = run("denoising_autoencoder --epochs 1 --out " + (folder / "out").string() + options);
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(is_png(folder.read("out/denoised.png")));
    return metrics_of_run(folder, "out")["images"];
  };
  write_stripes(folder, "own", 14, true);
  CHECK(images(" --images " + (folder / "own").string()) ==
        nlohmann::json{{"train", 12}, {"test", 2}, {"height", 9}, {"width", 7}});
  write_stripes(folder, "tiny/a", 2, true, 1, 1);
  write_stripes(folder, "tiny/b", 3, false, 1, 1);
  CHECK(images(" --images " + (folder / "tiny").string()) ==
        nlohmann::json{{"train", 3}, {"test", 2}, {"height", 1}, {"width", 1}});
  write_stripes(folder, "wide", 2, true, 3, 200);
  CHECK(images(" --images " + (folder / "wide").string())["width"] == 200);
  write_idx(folder, "idx", 8);
  CHECK(images(" --images " + (folder / "idx").string() + " --test-images " + (folder / "own").string()) ==
        nlohmann::json{{"train", 8}, {"test", 14}, {"height", 9}, {"width", 7}});
}

// One name is no UTF-8, and needs quotes in a table.
TEST_CASE("anomaly_detection: folders of one's own, good and bad ones as in MVTec AD") {
  const TemporaryFolder folder;
  write_stripes(folder, "train/good", 30, true);
  write_stripes(folder, "test/good", 6, true);
  write_stripes(folder, "test/Sprung, \"gro\xDF\"", 4, false);
  write_stripes(folder, "unsorted", 5, false);
  const auto check = [&](const std::string& options) {
    const Outcome outcome =
        run("anomaly_detection --epochs 60 --lr 0.01 --batch 8 --out " + (folder / "out").string() + options);
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(is_png(folder.read("out/anomalies.png")));
    return metrics_of_run(folder, "out");
  };
  const std::string test = " --test-images " + (folder / "test").string();
  for (const std::string& options : {" --images " + (folder / "train").string() + test,
                                     " --images " + (folder / "train/good").string() + test + " --classes good"}) {
    const auto found = check(options);
    CHECK(found["classes"].size() == 1);
    CHECK(found["classes"][0]["class"] == "good");
    CHECK(found["classes"][0]["training_images"] == 24);
    CHECK(found["classes"][0]["held_out_images"] == 6);
    CHECK(found["classes"][0]["anomalous_test_images"] == 4);
    CHECK(found["mean_auroc"] == 1);
    CHECK(is_png(folder.read("out/roc.png")));
    const std::string scores = folder.read("out/scores.csv");
    CHECK(scores.find("image,class,score good\n\"Sprung, \"\"gro\xDF\"\"/0.png\",\"Sprung, \"\"gro\xDF\"\"\",0.") == 0);
    CHECK(contains(scores, "\ngood/5.png,good,"));
  }
  const auto unlabelled =
      check(" --images " + (folder / "train").string() + " --test-images " + (folder / "unsorted").string());
  CHECK(!unlabelled.contains("mean_auroc"));
  CHECK(!std::filesystem::exists(folder / "out/roc.png"));
  CHECK(lines(folder.read("out/scores.csv")) == 6);
  const auto flat = check(" --images " + (folder / "unsorted").string());
  CHECK(flat["test_images"] == 1);
  CHECK(folder.read("out/scores.csv").find("image,class,score all images\n4.png,,0.") == 0);
}

TEST_CASE("anomaly_detection: a class that was never learned is anomalous, and --limit takes of every class") {
  const TemporaryFolder folder;
  write_stripes(folder, "train/good", 12, true);
  write_stripes(folder, "train/worn", 6, true);
  write_stripes(folder, "test/good", 5, true);
  write_stripes(folder, "test/worn", 4, true);
  write_stripes(folder, "test/dented", 3, false);
  const std::string sets = " --images " + (folder / "train").string() + " --test-images " + (folder / "test").string();
  const auto found = [&](const std::string& options) {
    const Outcome outcome =
        run("anomaly_detection --epochs 1 --false-alarms 0 --out " + (folder / "out").string() + sets + options);
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    return metrics_of_run(folder, "out")["classes"][0];
  };
  const auto without = found(" --train without --classes worn");
  CHECK(without["training_images"] == 12);
  CHECK(without["anomalous_test_images"] == 7);
  const auto limited = found(" --train without --classes worn --limit 6");
  CHECK(limited["training_images"] == 4);
  CHECK(limited["anomalous_test_images"] == 7);
}

TEST_CASE("anomaly_detection: idx files of one's own, with labels") {
  const TemporaryFolder folder;
  write_idx(folder, "train", 60);
  write_idx(folder, "test", 20);
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  const std::string images = " --images " + path("train") + " --labels " + path("train-labels");
  const std::string test = " --test-images " + path("test") + " --test-labels " + path("test-labels");
  for (const std::string& options : {images + test, images, images + test + " --train without"}) {
    const Outcome outcome = run("anomaly_detection --epochs 20 --batch 8 --out " + path("out") + options);
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    const auto found = metrics_of_run(folder, "out");
    REQUIRE(found["classes"].size() == 2);
    CHECK(found["classes"][0]["class"] == "1");
    CHECK(found["classes"][1]["class"] == "4");
    CHECK(found["mean_auroc"] == 1);
  }
}

TEST_CASE("uses: --help explains every option") {
  for (const std::string& program : both) {
    const Outcome outcome = run(program + " --help");
    CHECK(outcome.status == 0);
    for (const std::string option : {"--epochs", "--batch", "--lr", "--seed", "--threads", "--data", "--limit", "--out",
                                     "--images", "--test-images", "last sixth", "--resume", "--checkpoint-every"})
      CHECK(contains(outcome.output, option));
  }
  for (const std::string option : {"--noise", "--sigma", "--amount", "10 log10(1 / mean squared"})
    CHECK(contains(run("denoising_autoencoder --help").output, option));
  CHECK(contains(run("denoising_autoencoder --help").output, "--model"));
  for (const std::string option : {"--train", "--classes", "--code", "--labels", "--test-labels", "AUROC", "--model",
                                   "--false-alarms", "--held-out", "--score", "--heat-maps", "exit status"})
    CHECK(contains(run("anomaly_detection --help").output, option));
}

TEST_CASE("uses: mistakes are one line and status 1, and what is there stays") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  folder.write("file", "not a folder");
  write_idx(folder, "idx", 6);
  write_stripes(folder, "own", 3, true);
  write_stripes(folder, "large", 3, true, 9, 8);
  write_stripes(folder, "one", 1, true);
  write_stripes(folder, "singles/a", 1, true);
  write_stripes(folder, "singles/b", 1, true);
  write_stripes(folder, "classes/good", 3, true);
  write_stripes(folder, "classes/bad", 3, true);
  std::filesystem::create_directory(folder / "empty");
  std::filesystem::create_directory(folder / "out");
  folder.write("out/metrics.json", "earlier");
  const std::string out = " --out " + path("out");
  const std::string own = " --images " + path("own");
  using Mistakes = std::vector<std::pair<std::string, std::string>>;
  const auto all_fail = [&](const std::string& program, const Mistakes& mistakes) {
    for (const auto& mistake : mistakes) {
      const Outcome outcome = run(program + mistake.first);
      INFO(program, mistake.first, " -> ", outcome.output);
      CHECK(outcome.status == 1);
      CHECK(lines(outcome.output) == 1);
      CHECK(outcome.output.find(program + ": ") == 0);
      CHECK(contains(outcome.output, mistake.second));
    }
  };
  for (const std::string& program : both)
    all_fail(program,
             {
                 {fashion + " --epochs 0" + out, "--epochs: 0 is not a number from 1 to"},
                 {fashion + " --batch many" + out, "--batch"},
                 {fashion + " --lr nan" + out, "--lr"},
                 {fashion + " --threads -2" + out, "--threads"},
                 {fashion + " --limit -1" + out, "--limit"},
                 {fashion + " --colour red" + out, "--colour"},
                 {" --data " + path("none") + out, path("none")},
                 {fashion + " --out " + path("file/out"), path("file/out") + ": cannot be written to"},
                 {fashion + own + out, "--data excludes --images"},
                 {" --test-images " + path("own") + out, "--test-images requires --images"},
                 {" --images " + path("none") + out, path("none") + ": cannot be opened: No such file or directory"},
                 {" --images " + path("file") + out, path("file") + ": no idx file"},
                 {" --images " + path("empty") + out, path("empty") + ": no PNG file found"},
                 {" --images " + path("one") + out, path("one") + ": 1 image found, expected at least two"},
                 {" --images " + path("singles") + out, path("singles") + ": 2 images, each of another class, found"},
                 {own + " --test-images " + path("large") + out,
                  path("large") + ": images of 9 x 8 pixels found, expected 9 x 7 as in " + path("own")},
             });
  all_fail("denoising_autoencoder", {
                                        {fashion + " --noise rain" + out, "--noise"},
                                        {fashion + " --sigma 0" + out, "--sigma"},
                                        {fashion + " --amount 1.5" + out, "--amount"},
                                    });
  all_fail("anomaly_detection",
           {
               {fashion + " --train some" + out, "--train"},
               {fashion + " --code 0" + out, "--code"},
               {fashion + " --classes Hat" + out,
                "--classes: no training image of class Hat found; there are T-shirt/top, Trouser, "},
               {own + " --train without" + out,
                "--train without: training images of 1 class found, expected at least two classes"},
               {own + " --classes a,b" + out, "--classes: 2 classes named, but the training images have none"},
               {own + " --test-images " + path("classes") + out,
                "name by --classes which of them the training images show: bad, good"},
               {own + " --test-images " + path("classes") + " --classes ugly" + out,
                "class ugly: no test image is normal; the test images show bad, good"},
               {" --images " + path("classes") + " --labels " + path("idx-labels") + out,
                path("idx-labels") + ": labels given for the folder"},
               {" --images " + path("idx") + " --test-labels " + path("idx-labels") + out,
                "--test-labels requires --test-images"},
               {" --images " + path("idx") + " --labels " + path("none") + out,
                path("none") + ": cannot be opened: No such file or directory"},
           });
  CHECK(folder.read("out/metrics.json") == "earlier");
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "out"), {}) == 1);
}
