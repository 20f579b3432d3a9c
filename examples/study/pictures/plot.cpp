#include "study/pictures/plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <latent/io/images.hpp>

namespace study {

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, std::abs(value) >= 1e6 ? "%.2g" : "%.6g", value == 0 ? 0 : value);
  return text;
}

std::vector<double> ticks(const Axis& axis) {
  std::vector<double> result;
  if (axis.logarithmic) {
    const double decades = std::log10(axis.high / axis.low);
    const std::vector<int> steps = decades > 4   ? std::vector<int>{1}
                                   : decades > 2 ? std::vector<int>{1, 3}
                                                 : std::vector<int>{1, 2, 5};
    for (double power = std::floor(std::log10(axis.low)); power <= std::ceil(std::log10(axis.high)); ++power)
      for (const int step : steps)
        if (const double value = step * std::pow(10, power); value >= axis.low * 0.999 && value <= axis.high * 1.001)
          result.push_back(value);
    return result;
  }
  const double rough = (axis.high - axis.low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  const double step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
  for (double number = std::ceil(axis.low / step - 1e-9); number * step <= axis.high + 1e-9 * step; ++number)
    result.push_back(number * step);
  return result;
}

Axis axis_around(const std::string& label, const std::vector<double>& values, bool logarithmic) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : values)
    if (std::isfinite(value) && (value > 0 || !logarithmic)) low = std::min(low, value), high = std::max(high, value);
  if (!(low <= high)) low = high = 1;
  if (logarithmic) return {label, low / 1.15, high * 1.15, true};
  const double margin = high > low ? 0.05 * (high - low) : 0.5;
  return {label, low - margin, high + margin};
}

Plot::Plot(Canvas& canvas, Point from, Point to, const std::string& title, const Axis& x, const Axis& y)
    : canvas_(canvas),
      from_{from.x, from.y + (title.empty() ? 10 : 34)},
      to_{to.x - 16, to.y - (x.label.empty() ? 34 : 62)},
      x_(x),
      y_(y) {
  const std::vector<double> x_ticks = ticks(x), y_ticks = ticks(y);
  Index widest = 0;
  for (const double value : y_ticks) widest = std::max(widest, latent::io::text_width(short_number(value), 2));
  from_.x += static_cast<double>(widest) + (y.label.empty() ? 14 : 42);

  for (const double value : x_ticks) {
    const double place = at({value, y.low}).x;
    canvas.line({place, from_.y}, {place, to_.y}, 1, faint);
    canvas.text({place, to_.y + 10}, short_number(value), ink, Align::center);
  }
  for (const double value : y_ticks) {
    const double place = at({x.low, value}).y;
    canvas.line({from_.x, place}, {to_.x, place}, 1, faint);
    canvas.text({from_.x - 8, place - 7}, short_number(value), ink, Align::right);
  }
  canvas.lines({from_, {from_.x, to_.y}, to_}, 2, grey);
  canvas.text({(from_.x + to_.x) / 2, from.y + 4}, title, ink, Align::center);
  canvas.text({(from_.x + to_.x) / 2, to.y - 22}, x.label, ink, Align::center);
  canvas.text_upwards({from.x, (from_.y + to_.y) / 2 + static_cast<double>(latent::io::text_width(y.label, 2)) / 2},
                      y.label);
}

Point Plot::at(Point point) const {
  const auto part = [](const Axis& axis, double value) {
    return axis.logarithmic ? std::log(std::max(value, axis.low) / axis.low) / std::log(axis.high / axis.low)
                            : (value - axis.low) / (axis.high - axis.low);
  };
  return {from_.x + (to_.x - from_.x) * part(x_, point.x), to_.y - (to_.y - from_.y) * part(y_, point.y)};
}

void Plot::lines(const std::vector<Point>& points, Color color, bool dashed) {
  std::vector<Point> places;
  for (const Point& point : points) places.push_back(at(point));
  if (places.size() == 1) canvas_.disc(places[0], 4, color);
  canvas_.lines(places, dashed ? 2 : 3, color, dashed ? 7 : 0);
}

void Plot::points(const std::vector<Point>& points, Color color, double radius, double opacity) {
  for (const Point& point : points) canvas_.disc(at(point), radius, color, opacity);
}

void Plot::bars(const std::vector<double>& heights, Color color) {
  const double width = (to_.x - from_.x) / static_cast<double>(heights.size());
  for (std::size_t i = 0; i < heights.size(); ++i) {
    const double left = from_.x + width * static_cast<double>(i);
    canvas_.rectangle({left + 1, at({x_.low, heights[i]}).y}, {left + width - 1, to_.y - 1}, color);
  }
}

namespace {

constexpr double legend_line = 24;

double legend_width(const std::vector<LegendEntry>& entries) {
  Index widest = 0;
  for (const LegendEntry& entry : entries) widest = std::max(widest, latent::io::text_width(entry.name, 2));
  return static_cast<double>(widest) + 64;
}

}  // namespace

void draw_legend(Canvas& canvas, Point corner, const std::vector<LegendEntry>& entries) {
  const double height = legend_line * static_cast<double>(entries.size()) + 10;
  canvas.rectangle(corner, {corner.x + legend_width(entries), corner.y + height}, white, 0.85);
  double y = corner.y + 17;
  for (const LegendEntry& entry : entries) {
    canvas.lines({{corner.x + 8, y}, {corner.x + 44, y}}, entry.dashed ? 2 : 4, entry.color, entry.dashed ? 7 : 0);
    canvas.text({corner.x + 54, y - 7}, entry.name);
    y += legend_line;
  }
}

void Plot::legend(const std::vector<LegendEntry>& entries, bool low) {
  const double height = legend_line * static_cast<double>(entries.size()) + 10;
  draw_legend(canvas_, {to_.x - legend_width(entries) - 8, low ? to_.y - height - 8 : from_.y + 8}, entries);
}

}  // namespace study
