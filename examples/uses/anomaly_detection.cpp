// Finds images unlike those it learned: an autoencoder reconstructs them worse.

#include "uses/anomaly_detection.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "study/training/command_line.hpp"
#include "uses/anomaly_judging.hpp"

namespace uses {

namespace {

constexpr int anomalies_found = 3;  // the exit status; 1 is an error, 2 what shells take for wrong usage

struct AnomalyOptions : ImageOptions {
  std::string train = "only", network = "auto", score = "auto", model, heat_maps = "all";
  std::vector<std::string> classes;
  Index code = 8;
  double false_alarms = 0.01, held_out = 0.2;

  void declare_all(CommandLine& line);

  AnomalyDescription description(const ImageSets& sets) const {
    const data::ImageDataset& set = sets.train;
    const std::string chosen = network != "auto" ? network : set.channels() == 1 ? "fc" : "cnn";
    const std::string scored = score != "auto" ? score : chosen == "fc" ? "mean" : "peak";
    return {{chosen, set.images.size(1), set.images.size(2), set.channels(), code}, scored, background, {}};
  }
};

void AnomalyOptions::declare_all(CommandLine& line) {
  declare(line);
  declare_labels(line);
  line.choice("--train", train,
              "only: learn one class, and all others are anomalous; without: learn all classes but one, and that one "
              "is anomalous",
              {"only", "without"});
  line.list("--classes", classes,
            "names of classes to take, with commas between; without it each one in turn. If the training images have "
            "no classes: the one name of what they show among the classes of the test images");
  line.choice("--network", network,
              "fc: fully connected, as the study's; cnn: convolutional, for textures and large images; auto: fc for "
              "grey images, cnn for images in colour",
              {"auto", "fc", "cnn"});
  line.number("--code", code, "numbers in the code of the autoencoder; for cnn, of each 8 x 8 pixels", {1, 1e5});
  line.choice("--score", score,
              "mean: the mean squared error of an image; peak: the largest one around any pixel, for faults that are "
              "small in their images; auto: mean for fc, peak for cnn",
              {"auto", "mean", "peak"});
  line.number("--false-alarms", false_alarms,
              "share of normal images that the threshold may call anomalous; 0: no threshold, all images are learned",
              {0, 0.5});
  line.number("--held-out", held_out,
              "share of the normal images, at least one, that is not learned from, but decides on the threshold",
              {0.001, 0.9});
  line.text("--model", model,
            "learn nothing, but judge --test-images by this model.safetensors that an earlier run has written");
  line.choice("--heat-maps", heat_maps, "with --model: which images get a picture of where they are anomalous",
              {"all", "anomalies", "none"});
  line.needs("--heat-maps", "--model");
  for (const char* learning : {"--images",
                               "--data",
                               "--labels",
                               "--test-labels",
                               "--train",
                               "--classes",
                               "--network",
                               "--code",
                               "--score",
                               "--false-alarms",
                               "--held-out",
                               "--epochs",
                               "--batch",
                               "--lr",
                               "--seed",
                               "--limit",
                               "--background",
                               "--detect-anomaly",
                               "--checkpoint-every",
                               "--resume"})
    line.excludes("--model", learning);
}

void learn(const AnomalyOptions& options) {
  const ImageSets sets = options.load();
  std::vector<Task> tasks = plan(sets, options.train == "without", options.classes);
  if (options.false_alarms > 0)
    for (Task& task : tasks) hold_out(task, options.held_out, options.seed);
  prepare_folder(options.out);
  const AnomalyDescription description = options.description(sets);
  std::vector<Detector> detectors;
  int widest = 0;
  for (const Task& task : tasks) {
    const auto images = static_cast<double>(options.epochs * std::ssize(task.training));
    const std::string title = task.name.empty()            ? "all images"
                              : options.train == "without" ? "without " + task.name
                                                           : task.name;
    Rng rng(options.seed, 1ULL << 33);
    detectors.push_back({.task = task,
                         .title = title,
                         .model = AnomalyNetwork(description.architecture, rng),
                         .work = images,
                         .threshold = {.false_alarms = options.false_alarms, .held_out = std::ssize(task.held_out)}});
    widest = std::max(widest, static_cast<int>(title.size()));
  }
  for (Detector& detector : detectors) detector.width = widest;

  nlohmann::ordered_json settings = options.settings();
  settings.update({{"train", options.train},
                   {"code", options.code},
                   {"network", description.architecture.network},
                   {"score", description.score},
                   {"false_alarms", options.false_alarms},
                   {"held_out", options.held_out}});
  nlohmann::ordered_json all = settings;
  for (const Task& task : tasks) all["classes"].push_back(task.name);
  learn_in_turn(
      detectors,
      [&](Detector& detector) {
        return std::make_unique<DetectorLearning>(detector, sets, options, description.score);
      },
      options.checkpoints(all, sets), options.resume);
  if (!tasks[0].anomalous.empty()) std::printf("%-*s  AUROC %.4f\n", widest, "mean", mean_auroc(detectors));
  for (const Detector& detector : detectors)
    if (detector.has_threshold() && least_false_alarms(detector.threshold.held_out) > options.false_alarms)
      std::printf("%s: %td held-out images are too few for %.3g %% of false alarms; expect up to %.2g %%\n",
                  detector.title.c_str(), detector.threshold.held_out, 100 * options.false_alarms,
                  100 * least_false_alarms(detector.threshold.held_out));
  write_results(sets, detectors, description, options.out, settings);
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
      "test images have none, there are scores only.\n"
      "What was learned is written into model.safetensors, with a threshold that normal images which were held out "
      "decide on. --model FILE --test-images FOLDER judges new images by it: scores.csv has the score and the verdict "
      "of each, and heat_maps where they are anomalous.\n"
      "The exit status is 0 if all went well, with --model if all images are normal; 3 if --model has found "
      "anomalies; 1 for errors.");
  AnomalyOptions options;
  options.epochs = 10;
  options.out = "results/anomaly_detection";
  options.declare_all(line);
  int result = 0;
  const int status = line.run(argc, argv, options.threads, [&] {
    if (options.model.empty()) return learn(options);
    check<Error>(!options.test_images.empty(), "--model requires --test-images, the images to judge");
    if (judge(options.model, options, options.heat_maps) > 0) result = anomalies_found;
  });
  return status != 0 ? status : result;
}
