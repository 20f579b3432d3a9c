#pragma once

#include <latent/io/staged_files.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "uses/anomaly_pictures.hpp"

// What is written after learning.

namespace uses {

/// A text as a field of a CSV file.
inline std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + '"';
}

/// A line for each test image: its name, its class, and its score from each detector.
inline std::string score_table(const ImageSets& sets, const std::vector<Detector>& detectors) {
  std::string table = "image,class";
  for (const Detector& detector : detectors) table.append(",").append(csv_field("score " + detector.title));
  for (std::size_t i = 0; i < sets.test_names.size(); ++i) {
    const std::uint8_t label = sets.test.labels(static_cast<Index>(i));
    table.append("\n").append(csv_field(sets.test_names[i]));
    table.append(",").append(csv_field(sets.test.class_names[label]));
    for (const Detector& detector : detectors) table.append(",").append(exact(detector.scores[i]));
  }
  return table.append("\n");
}

inline double mean_auroc(const std::vector<Detector>& detectors) {
  double sum = 0;
  for (const Detector& detector : detectors) sum += detector.auroc;
  return sum / static_cast<double>(detectors.size());
}

/// The file of a detector: there may be many, and names of classes need not be names of files.
inline std::string model_name(const std::vector<Detector>& detectors, std::size_t i) {
  return detectors.size() == 1 ? "model.safetensors" : message("model_", i + 1, ".safetensors");
}

inline nlohmann::ordered_json metrics_of(const Detector& detector) {
  nlohmann::ordered_json entry{
      {"class", detector.task.name}, {"learned", detector.title}, {"training_images", detector.task.training.size()}};
  const bool judged = !detector.task.anomalous.empty();
  if (judged) {
    entry["anomalous_test_images"] = std::ranges::count(detector.task.anomalous, true);
    entry["auroc"] = detector.auroc;
  }
  if (detector.has_threshold()) {
    entry["held_out_images"] = detector.threshold.held_out;
    entry["threshold"] = detector.threshold.score;
    if (judged) entry["test_false_alarms"] = detector.alarms(false), entry["test_hits"] = detector.alarms(true);
  }
  entry["train_loss"] = detector.losses;
  return entry;
}

inline void write_results(const ImageSets& sets, const std::vector<Detector>& detectors,
                          const AnomalyDescription& description, const std::filesystem::path& out,
                          const nlohmann::ordered_json& settings) {
  const bool judged = !detectors[0].task.anomalous.empty();
  nlohmann::ordered_json metrics{{"settings", settings}, {"test_images", sets.test.size()}};
  if (judged) metrics["mean_auroc"] = mean_auroc(detectors);
  io::StagedFiles files(out);
  for (std::size_t i = 0; i < detectors.size(); ++i) {
    const Detector& detector = detectors[i];
    AnomalyDescription own = description;
    own.learned = detector.title;
    save_detector(files / model_name(detectors, i), detector.model, own,
                  detector.has_threshold() ? std::optional(detector.threshold) : std::nullopt);
    metrics["classes"].push_back(metrics_of(detector));
    metrics["classes"].back()["model"] = model_name(detectors, i);
  }
  if (judged) write_roc(files / "roc.png", detectors);
  write_anomalies(files / "anomalies.png", detectors, sets.test);
  io::write_file(files / "scores.csv", score_table(sets, detectors));
  io::write_file(files / "metrics.json", json_text(metrics));
  // Earlier ones of these go too, if this run has none: one that cannot be judged, or of several models.
  files.publish({"roc.png", "model.safetensors", "metrics.json"});
  std::printf("Written: %s, %sanomalies.png, scores.csv and metrics.json in %s\n",
              detectors.size() == 1 ? "model.safetensors" : "model_*.safetensors", judged ? "roc.png, " : "",
              out.c_str());
}

}  // namespace uses
