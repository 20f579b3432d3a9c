#pragma once

#include <latent/io/images.hpp>
#include <latent/io/png.hpp>
#include <numeric>

#include "study/pictures/plot.hpp"
#include "uses/detector.hpp"
#include "uses/image_pictures.hpp"

// ROC curves, and what was found most and least anomalous.

namespace uses {

/// The ROC curves of the detectors, the first twenty, with their areas.
inline void write_roc(const std::filesystem::path& path, const std::vector<Detector>& detectors) {
  constexpr std::size_t most = 20;
  Canvas canvas(820, 860);
  Plot plot(canvas, {10, 10}, {850, 810}, "ROC curves and the areas under them (AUROC)",
            {"normal images above the threshold (false alarms)"}, {"anomalous images above it (hits)"});
  plot.lines({{0, 0}, {1, 1}}, grey, true);
  std::vector<LegendEntry> legend;
  for (std::size_t i = 0; i < std::min(detectors.size(), most); ++i) {
    std::vector<Point> points;
    for (const metrics::RocPoint& point : metrics::roc_curve(detectors[i].test_scores(), detectors[i].test_labels()))
      points.push_back({point.fpr, point.tpr});
    plot.lines(points, distinct_color(i), i >= 10);
    char area[16];
    std::snprintf(area, sizeof area, "%.3f  ", detectors[i].auroc);
    legend.push_back({area + detectors[i].title, distinct_color(i), i >= 10});
  }
  legend.push_back({"0.500  chance", grey, true});
  plot.legend(legend, true);
  io::write_png(path, canvas.picture());
}

/// A row for each detector, the first twenty: the ten test images with the highest and the ten with the lowest scores,
/// framed by what they are.
inline void write_anomalies(const std::filesystem::path& path, const std::vector<Detector>& detectors,
                            const data::ImageDataset& test) {
  constexpr std::size_t most_rows = 20;
  constexpr double side = 64, cell = side + 12, top = 84, gap = 40;
  const std::size_t rows = std::min(detectors.size(), most_rows);
  const auto each = static_cast<std::size_t>(std::clamp<Index>(test.size() / 2, 1, 10));
  const Color normal_color = distinct_color(0), anomalous_color = distinct_color(3);

  Index widest = 0;
  for (std::size_t r = 0; r < rows; ++r) widest = std::max(widest, io::text_width(detectors[r].title, 2));
  const double left = static_cast<double>(widest) + 36, half = cell * static_cast<double>(each);
  const double width = std::max(left + 2 * half + gap + 12, 640.0);
  Canvas canvas(static_cast<Index>(top + cell * static_cast<double>(rows)) + 14, static_cast<Index>(width));
  canvas.text({left, 54}, "most anomalous");
  canvas.text({left + half + gap, 54}, "least anomalous");
  const auto key = [&](double x, Color color, const std::string& text) {
    canvas.rectangle({x, 14}, {x + 22, 36}, color);
    canvas.rectangle({x + 4, 18}, {x + 18, 32}, white);
    canvas.text({x + 32, 18}, text);
  };
  if (!detectors[0].task.anomalous.empty()) {
    key(left, anomalous_color, "is anomalous");
    key(left + 220, normal_color, "is normal");
  }

  for (std::size_t r = 0; r < rows; ++r) {
    const Detector& detector = detectors[r];
    std::vector<std::size_t> order(detector.scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t image) { return std::pair(-detector.scores[image], image); });
    const double y = top + cell * static_cast<double>(r);
    canvas.text({left - 20, y + cell / 2 - 12}, detector.title, ink, Align::right);
    for (std::size_t i = 0; i < std::min(2 * each, order.size()); ++i) {
      const std::size_t number = i < each ? order[i] : order[order.size() - 2 * each + i];
      const double x = left + cell * static_cast<double>(i) + (i < each ? 0 : gap);
      const Color frame = detector.task.anomalous.empty()   ? grey
                          : detector.task.anomalous[number] ? anomalous_color
                                                            : normal_color;
      const auto one = std::vector<Index>{static_cast<Index>(number)};
      const Tensor<float> image =
          shrunk(test.gather(one).images.reshape({test.images.size(1), test.images.size(2), test.channels()}),
                 static_cast<Index>(side));
      const Index scale = static_cast<Index>(side) / std::max(image.size(0), image.size(1));
      const double h = static_cast<double>(image.size(0) * scale), w = static_cast<double>(image.size(1) * scale);
      const Point corner{std::round(x + (side - w) / 2), std::round(y + (side - h) / 2)};
      canvas.rectangle({corner.x - 4, corner.y - 4}, {corner.x + w + 4, corner.y + h + 4}, frame);
      canvas.image(corner, image, scale);
    }
  }
  io::write_png(path, canvas.picture());
}

}  // namespace uses
