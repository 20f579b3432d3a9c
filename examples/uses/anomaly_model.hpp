#pragma once

#include <filesystem>
#include <latent/io/state_dict.hpp>
#include <optional>

#include "uses/anomaly_scores.hpp"
#include "uses/image_options.hpp"
#include "uses/model_file.hpp"

// A detector in one file: its weights, and all that a score and a verdict depend on.

namespace uses {

/// From where on a score is an alarm, and how it was found.
struct Threshold {
  double score = 0;         ///< what is above is anomalous
  double error = 0;         ///< a smoothed error of a pixel that is as rare in normal images
  double false_alarms = 0;  ///< the share of normal images that may be above
  Index held_out = 0;       ///< normal images that it was found from

  template <class F>
  void visit(F&& f) {
    f("score", score), f("error", error), f("false_alarms", false_alarms), f("held_out", held_out);
  }
};

/// What a model was made for, beside its weights.
struct AnomalyDescription {
  AnomalyArchitecture architecture;
  std::string score;       ///< mean or peak
  std::string background;  ///< of transparent pixels, white or black
  std::string learned;     ///< the name of what is normal
};

inline constexpr const char* anomaly_kind = "anomaly detector";
inline constexpr const char* anomaly_normalisation = "0 to 255 becomes 0 to 1";

/// Writes a detector, with its threshold if it has one.
inline void save_detector(const std::filesystem::path& path, const AnomalyNetwork& model, const AnomalyDescription& d,
                          const std::optional<Threshold>& threshold) {
  std::map<std::string, std::string> metadata{{"model", anomaly_kind},
                                              {"version", "1"},
                                              {"network", d.architecture.network},
                                              {"height", std::to_string(d.architecture.height)},
                                              {"width", std::to_string(d.architecture.width)},
                                              {"channels", std::to_string(d.architecture.channels)},
                                              {"code", std::to_string(d.architecture.code)},
                                              {"normalisation", anomaly_normalisation},
                                              {"background", d.background},
                                              {"score", d.score},
                                              {"learned", utf8(d.learned)}};
  if (threshold) {
    metadata["threshold"] = exact(threshold->score);
    metadata["pixel_threshold"] = exact(threshold->error);
    metadata["false_alarms"] = exact(threshold->false_alarms);
    metadata["held_out"] = std::to_string(threshold->held_out);
  }
  io::save_state_dict(path, model, metadata);
}

/// A detector that was saved.
struct SavedDetector {
  AnomalyDescription description;
  Threshold threshold;
  AnomalyNetwork model;
};

/// IoError for a file that is no detector, of another version, architecture or normalisation, or has no threshold.
inline SavedDetector load_detector(const std::filesystem::path& path) {
  const ModelFile file(path, anomaly_kind);
  constexpr double most = 1e5;
  AnomalyDescription d{{.network = file.one_of("network", {"fc", "cnn"}),
                        .height = file.whole_number("height", 1, most),
                        .width = file.whole_number("width", 1, most),
                        .channels = file.whole_number("channels", 1, 3),
                        .code = file.whole_number("code", 1, most)},
                       file.one_of("score", {"mean", "peak"}),
                       file.one_of("background", {"white", "black"}),
                       file.text("learned")};
  file.one_of("normalisation", {anomaly_normalisation});
  check<IoError>(file.has("threshold"), file.name(),
                 ": has no threshold, since no normal images were held out; learn again with --false-alarms above 0");
  const Threshold threshold{file.number("threshold", 0, 1), file.number("pixel_threshold", 0, 1),
                            file.number("false_alarms", 0, 1), file.whole_number("held_out", 1, 1e12)};
  Rng rng(0);
  SavedDetector result{d, threshold, AnomalyNetwork(d.architecture, rng)};
  io::load_state_dict(path, result.model);
  return result;
}

}  // namespace uses
