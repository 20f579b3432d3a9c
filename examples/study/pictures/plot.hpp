#pragma once

#include "study/pictures/canvas.hpp"

/// Diagrams with axes.
namespace study {

struct Axis {
  std::string label;
  double low = 0, high = 1;
  bool logarithmic = false;
};

/// The numbers to write along an axis: 1, 2 or 5 times a power of ten, and, if logarithmic, as many as are legible.
std::vector<double> ticks(const Axis& axis);

/// A number without needless digits.
std::string short_number(double value);

struct LegendEntry {
  std::string name;
  Color color;
  bool dashed = false;
};

/// Entries one below the other, their upper left corner at `corner`.
void draw_legend(Canvas& canvas, Point corner, const std::vector<LegendEntry>& entries);

/// A diagram within a rectangle of a canvas: frame, grid, numbers and labels are drawn when it is made; what is shown
/// comes after, in the units of the axes.
class Plot {
 public:
  Plot(Canvas& canvas, Point from, Point to, const std::string& title, const Axis& x, const Axis& y);

  void lines(const std::vector<Point>& points, Color color, bool dashed = false);
  void points(const std::vector<Point>& points, Color color, double radius = 2, double opacity = 0.7);
  /// Bars of one width side by side from the low end of x to its high end, of the given heights.
  void bars(const std::vector<double>& heights, Color color);
  /// In the upper right corner, or the lower right one.
  void legend(const std::vector<LegendEntry>& entries, bool low = false);

 private:
  Point at(Point point) const;

  Canvas& canvas_;
  Point from_, to_;  // of the frame, without what is written around it
  Axis x_, y_;
};

/// The lowest and highest of the values, a little beyond them; of positive ones if logarithmic.
Axis axis_around(const std::string& label, const std::vector<double>& values, bool logarithmic = false);

}  // namespace study
