#include "study/pictures/canvas.hpp"

#include <algorithm>
#include <cmath>
#include <latent/io/images.hpp>

namespace study {

Color distinct_color(std::size_t number) {
  static constexpr std::array<Color, 10> colors{{{0.12f, 0.47f, 0.71f},
                                                 {0.90f, 0.45f, 0.05f},
                                                 {0.17f, 0.60f, 0.27f},
                                                 {0.80f, 0.15f, 0.20f},
                                                 {0.50f, 0.36f, 0.70f},
                                                 {0.52f, 0.32f, 0.27f},
                                                 {0.86f, 0.45f, 0.72f},
                                                 {0.40f, 0.40f, 0.42f},
                                                 {0.68f, 0.66f, 0.10f},
                                                 {0.08f, 0.70f, 0.77f}}};
  return colors[number % colors.size()];
}

namespace {

Color mix(Color a, Color b, float part) {
  return {a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part};
}

/// The colour at `value` from 0 to 1 of evenly spaced colours; that at 0 for NaN.
template <std::size_t N>
Color between_colors(const std::array<Color, N>& colors, float value) {
  const float place = (value > 0 ? std::min(value, 1.0f) : 0.0f) * (N - 1);
  const auto first = std::min(static_cast<std::size_t>(place), N - 2);
  return mix(colors[first], colors[first + 1], place - static_cast<float>(first));
}

}  // namespace

Color heat(float value) {
  static constexpr std::array<Color, 5> colors{
      {white, {1.0f, 0.85f, 0.45f}, {0.95f, 0.45f, 0.15f}, {0.65f, 0.08f, 0.20f}, {0.15f, 0.0f, 0.15f}}};
  return between_colors(colors, value);
}

Color diverging(float value) {
  static constexpr std::array<Color, 5> colors{
      {{0.02f, 0.19f, 0.45f}, {0.35f, 0.62f, 0.85f}, white, {0.95f, 0.55f, 0.40f}, {0.55f, 0.0f, 0.13f}}};
  return between_colors(colors, (value + 1) / 2);
}

Tensor<float> colored(const Tensor<float>& values, Color (*color)(float)) {
  auto result = Tensor<float>::uninitialized({values.size(0), values.size(1), 3});
  float* to = result.data();
  for (const float value : values.elements()) to = std::ranges::copy(color(value), to).out;
  return result;
}

Canvas::Canvas(Index height, Index width, Color background) : picture_({height, width, 3}) {
  rectangle({0, 0}, {static_cast<double>(width), static_cast<double>(height)}, background);
}

void Canvas::blend(Index x, Index y, Color color, double opacity) {
  if (x < 0 || y < 0 || x >= width() || y >= height() || !(opacity > 0)) return;
  float* pixel = picture_.data() + (y * width() + x) * 3;
  const auto part = static_cast<float>(std::min(opacity, 1.0));
  for (std::size_t c = 0; c < 3; ++c) pixel[c] += (color[c] - pixel[c]) * part;
}

void Canvas::rectangle(Point from, Point to, Color color, double opacity) {
  const auto cover = [](double first, double last, Index pixel) {
    const auto at = static_cast<double>(pixel);
    return std::clamp(std::min(last, at + 1) - std::max(first, at), 0.0, 1.0);
  };
  for (Index y = std::max<Index>(static_cast<Index>(from.y), 0);
       y < std::min<double>(to.y, static_cast<double>(height())); ++y)
    for (Index x = std::max<Index>(static_cast<Index>(from.x), 0);
         x < std::min<double>(to.x, static_cast<double>(width())); ++x)
      blend(x, y, color, opacity * cover(from.x, to.x, x) * cover(from.y, to.y, y));
}

void Canvas::line(Point from, Point to, double width, Color color) {
  const double dx = to.x - from.x, dy = to.y - from.y, length2 = dx * dx + dy * dy, reach = width / 2 + 1;
  for (auto y = static_cast<Index>(std::floor(std::min(from.y, to.y) - reach)); y <= std::max(from.y, to.y) + reach;
       ++y)
    for (auto x = static_cast<Index>(std::floor(std::min(from.x, to.x) - reach)); x <= std::max(from.x, to.x) + reach;
         ++x) {
      const double px = static_cast<double>(x) + 0.5 - from.x, py = static_cast<double>(y) + 0.5 - from.y;
      const double along = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0;
      blend(x, y, color, width / 2 + 0.5 - std::hypot(px - along * dx, py - along * dy));
    }
}

void Canvas::lines(const std::vector<Point>& points, double width, Color color, double dash) {
  double done = 0;  // length drawn so far, so that dashes go on around corners
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const Point a = points[i], b = points[i + 1];
    if (dash <= 0) {
      line(a, b, width, color);
      continue;
    }
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    const auto at = [&](double way) {
      return Point{a.x + (b.x - a.x) * way / length, a.y + (b.y - a.y) * way / length};
    };
    for (double way = 0; way < length;) {
      const double phase = std::fmod(done + way, 2 * dash);
      const double next = std::min(length, way + (phase < dash ? dash - phase : 2 * dash - phase) + 1e-9);
      if (phase < dash) line(at(way), at(next), width, color);
      way = next;
    }
    done += length;
  }
}

void Canvas::disc(Point center, double radius, Color color, double opacity) {
  for (auto y = static_cast<Index>(std::floor(center.y - radius - 1)); y <= center.y + radius + 1; ++y)
    for (auto x = static_cast<Index>(std::floor(center.x - radius - 1)); x <= center.x + radius + 1; ++x) {
      const double distance =
          std::hypot(static_cast<double>(x) + 0.5 - center.x, static_cast<double>(y) + 0.5 - center.y);
      blend(x, y, color, opacity * std::clamp(radius + 0.5 - distance, 0.0, 1.0));
    }
}

void Canvas::paint_text(Point at, const std::string& text, Color color, Index scale, bool upwards) {
  Tensor<float> mask({10 * scale, latent::io::text_width(text, scale) + scale});
  latent::io::draw_text(mask, 0, 0, text, scale, 1);
  const auto left = std::lround(at.x), top = std::lround(at.y);
  for (Index y = 0; y < mask.size(0); ++y)
    for (Index x = 0; x < mask.size(1); ++x)
      if (const float value = std::as_const(mask)(y, x); value > 0)
        upwards ? blend(left + y, top - x, color, value) : blend(left + x, top + y, color, value);
}

void Canvas::text(Point at, const std::string& text, Color color, Align align, Index scale) {
  const auto width = static_cast<double>(latent::io::text_width(text, scale));
  at.x -= align == Align::left ? 0 : align == Align::center ? width / 2 : width;
  paint_text(at, text, color, scale, false);
}

void Canvas::text_upwards(Point at, const std::string& text, Color color, Index scale) {
  paint_text(at, text, color, scale, true);
}

void Canvas::image(Point at, const Tensor<float>& image, Index scale) {
  const auto left = std::lround(at.x), top = std::lround(at.y);
  const Index channels = image.numel() / (image.size(0) * image.size(1));
  const float* const values = image.data();
  for (Index y = 0; y < image.size(0) * scale; ++y)
    for (Index x = 0; x < image.size(1) * scale; ++x) {
      const float* from = values + (y / scale * image.size(1) + x / scale) * channels;
      const auto channel = [&](Index c) { return std::clamp(from[channels == 3 ? c : 0], 0.0f, 1.0f); };
      blend(left + x, top + y, {channel(0), channel(1), channel(2)}, 1);
    }
}

}  // namespace study
