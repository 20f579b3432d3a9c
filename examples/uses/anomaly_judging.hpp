#pragma once

#include <latent/io/png.hpp>
#include <string>

#include "uses/anomaly_results.hpp"
#include "uses/heat_map.hpp"
#include "uses/output_tree.hpp"

// New images are judged by a detector that was saved.

namespace uses {

/// Writes scores.csv and heat maps ("all", of "anomalies" only, or "none") of `options.test_images`; returns how many
/// are anomalies. IoError for another kind of model or of images.
inline Index judge(const std::string& model_file, const ImageOptions& options, const std::string& heat_maps) {
  const SavedDetector detector = load_detector(model_file);
  const auto& [architecture, score, background, learned] = detector.description;
  ImageOptions reading = options;
  reading.background = background;
  const std::pair<data::ImageDataset, std::vector<std::string>> found =
      named_images(options.test_images, {}, reading.reading());
  const data::ImageDataset& images = found.first;
  const std::vector<std::string>& names = found.second;
  const Index h = architecture.height, w = architecture.width, channels = architecture.channels;
  check_alike(options.test_images, images, {h, w, channels}, message("as ", model_file, " has learned"));

  const std::vector<double> scores = anomaly_scores(detector.model, images, score);
  std::vector<bool> anomalous;
  std::string table = "image,score,verdict\n";
  for (std::size_t i = 0; i < scores.size(); ++i) {
    check<Error>(std::isfinite(scores[i]), model_file, ": the score of ", names[i], " is no number");
    anomalous.push_back(scores[i] > detector.threshold.score);
    table.append(csv_field(names[i])).append(",").append(exact(scores[i]));
    table.append(anomalous[i] ? ",anomaly\n" : ",normal\n");
  }

  OutputTree files(options.out);
  if (heat_maps != "none") {
    const auto path = [&](std::size_t i) {
      const std::filesystem::path name = std::filesystem::path("heat_maps") / names[i];
      return files / (name.has_extension() ? name : std::filesystem::path(name).concat(".png"));
    };
    std::vector<std::filesystem::path> paths;
    for (std::size_t i = 0; i < names.size(); ++i)
      paths.push_back(heat_maps == "all" || anomalous[i] ? path(i) : std::filesystem::path());
    each_reconstruction(detector.model, images, [&](Index i, const float* image, const float* reconstruction) {
      const std::filesystem::path& to = paths[static_cast<std::size_t>(i)];
      if (to.empty()) return;
      const Tensor<float> errors = error_map(image, reconstruction, h, w, channels);
      io::write_png(to, heat_map(Tensor<float>::borrow(image, {h, w, channels}), errors, detector.threshold.error));
    });
  }
  io::write_file(files / "scores.csv", table);
  files.publish({"scores.csv"});
  const auto anomalies = std::ranges::count(anomalous, true);
  std::printf("%td of %td images are anomalous: above %.4g, as %.3g %% of normal images may be\n", anomalies,
              std::ssize(anomalous), detector.threshold.score, 100 * detector.threshold.false_alarms);
  std::printf("Written: scores.csv%s in %s\n", heat_maps == "none" ? "" : " and heat_maps", options.out.c_str());
  return anomalies;
}

}  // namespace uses
