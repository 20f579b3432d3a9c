// Finds images unlike those it learned: an autoencoder reconstructs them worse.

#include "uses/anomaly_detection.hpp"

#include <cstdio>
#include <iostream>
#include <latent/io/staged_files.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "study/training/command_line.hpp"
#include "uses/anomaly_pictures.hpp"

namespace uses {

namespace {

/// A text as a field of a CSV file.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + '"';
}

/// A line for each test image: its name, its class, and its score from each detector.
std::string score_table(const ImageSets& sets, const std::vector<Detector>& detectors) {
  std::ostringstream table;
  table.precision(9);
  table << "image,class";
  for (const Detector& detector : detectors) table << ',' << csv_field("score " + detector.title);
  for (std::size_t i = 0; i < sets.test_names.size(); ++i) {
    const std::uint8_t label = sets.test.labels(static_cast<Index>(i));
    table << '\n' << csv_field(sets.test_names[i]) << ',' << csv_field(sets.test.class_names[label]);
    for (const Detector& detector : detectors) table << ',' << detector.scores[i];
  }
  table << '\n';
  return table.str();
}

double mean_auroc(const std::vector<Detector>& detectors) {
  double sum = 0;
  for (const Detector& detector : detectors) sum += detector.auroc;
  return sum / static_cast<double>(detectors.size());
}

void write_results(const ImageSets& sets, const std::vector<Detector>& detectors, const std::filesystem::path& out,
                   const nlohmann::ordered_json& settings) {
  const bool judged = !detectors[0].task.anomalous.empty();
  nlohmann::ordered_json metrics{{"settings", settings}, {"test_images", sets.test.size()}};
  if (judged) metrics["mean_auroc"] = mean_auroc(detectors);
  for (const Detector& detector : detectors) {
    nlohmann::ordered_json entry{
        {"class", detector.task.name}, {"learned", detector.title}, {"training_images", detector.task.training.size()}};
    if (judged) {
      entry["anomalous_test_images"] = std::ranges::count(detector.task.anomalous, true);
      entry["auroc"] = detector.auroc;
    }
    entry["train_loss"] = detector.losses;
    metrics["classes"].push_back(entry);
  }
  io::StagedFiles files(out);
  if (judged) write_roc(files / "roc.png", detectors);
  write_anomalies(files / "anomalies.png", detectors, sets.test);
  io::write_file(files / "scores.csv", score_table(sets, detectors));
  io::write_file(files / "metrics.json", json_text(metrics));
  files.publish({"roc.png", "metrics.json"});  // an earlier roc.png goes too if this run cannot be judged
  std::cout << "Written: " << (judged ? "roc.png, " : "") << "anomalies.png, scores.csv and metrics.json in "
            << out.string() << '\n';
}

}  // namespace

}  // namespace uses

int main(int argc, char** argv) {
  using namespace uses;
  CommandLine line(
      "Finds anomalous images with an autoencoder that has learned normal ones: its mean squared error is the "
      "anomaly score of an image.\n"
      "Quality is the area under the ROC curve, AUROC: how often an anomalous test image has a higher score than a "
      "normal one; 1 is perfect, 0.5 is chance. Classes of training and test images are matched by name. Where the "
      "test images have none, there are scores only.");
  ImageOptions options;
  options.epochs = 10;
  options.out = "results/anomaly_detection";
  options.declare(line);
  options.declare_labels(line);
  std::string train = "only";
  std::vector<std::string> classes;
  Index code = 8;
  line.choice("--train", train,
              "only: learn one class, and all others are anomalous; without: learn all classes but one, and that one "
              "is anomalous",
              {"only", "without"});
  line.list("--classes", classes,
            "names of classes to take, with commas between; without it each one in turn. If the training images have "
            "no classes: the one name of what they show among the classes of the test images");
  line.number("--code", code, "numbers in the code of the autoencoder", {1, 1e5});
  return line.run(argc, argv, options.threads, [&] {
    const ImageSets sets = options.load();
    const std::vector<Task> tasks = plan(sets, train == "without", classes);
    prepare_folder(options.out);
    std::vector<Detector> detectors;
    int widest = 0;
    for (const Task& task : tasks) {
      const auto images = static_cast<double>(options.epochs * std::ssize(task.training));
      const std::string title = task.name.empty()    ? "all images"
                                : train == "without" ? "without " + task.name
                                                     : task.name;
      detectors.push_back({.task = task, .title = title, .work = images});
      widest = std::max(widest, static_cast<int>(title.size()));
    }
    for (Detector& detector : detectors) detector.width = widest;

    nlohmann::ordered_json settings = options.settings();
    settings.update({{"train", train}, {"code", code}});
    nlohmann::ordered_json all = settings;
    for (const Task& task : tasks) all["classes"].push_back(task.name);
    const auto begin = [&](Detector& detector) {
      Rng rng(options.seed, 1ULL << 33);
      return std::make_unique<DetectorLearning>(detector, sets, options,
                                                AnomalyAutoencoder(sets.train.images.shape().stride(0), code, rng));
    };
    learn_in_turn(detectors, begin, options.checkpoints(all, sets), options.resume);
    if (!tasks[0].anomalous.empty()) std::printf("%-*s  AUROC %.4f\n", widest, "mean", mean_auroc(detectors));
    write_results(sets, detectors, options.out, settings);
  });
}
