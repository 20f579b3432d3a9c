#pragma once

#include <array>
#include <latent/core/tensor.hpp>
#include <string>
#include <vector>

/// Drawing in colour, for the pictures that the programs write.
namespace study {

using latent::Index;
using latent::Tensor;
using Color = std::array<float, 3>;  ///< red, green, blue from 0 to 1

inline constexpr Color white{1, 1, 1}, black{0, 0, 0}, ink{0.13f, 0.14f, 0.17f}, grey{0.55f, 0.56f, 0.6f},
    faint{0.88f, 0.89f, 0.91f};

/// Ten colours that stay apart for most kinds of colour vision (after Paul Tol's and the Tableau palettes).
Color distinct_color(std::size_t number);

/// Colours for values from 0 to 1: white over orange and red to black, so that more is darker.
Color heat(float value);

/// Colours for values from -1 to 1: blue over white to red.
Color diverging(float value);

struct Point {
  double x = 0, y = 0;
};

/// Where a text stands relative to its point.
enum class Align { left, center, right };

/// A picture that is drawn on, in pixels from its upper left corner; edges are smoothed.
class Canvas {
 public:
  Canvas(Index height, Index width, Color background = white);

  Index height() const { return picture_.size(0); }
  Index width() const { return picture_.size(1); }

  void rectangle(Point from, Point to, Color color, double opacity = 1);
  void line(Point from, Point to, double width, Color color);
  /// Lines from point to point; `dash` is the length of dashes and gaps, 0 for none.
  void lines(const std::vector<Point>& points, double width, Color color, double dash = 0);
  void disc(Point center, double radius, Color color, double opacity = 1);

  /// A line of text in capitals 7 `scale` pixels high, its top at `at.y`.
  void text(Point at, const std::string& text, Color color = ink, Align align = Align::left, Index scale = 2);
  /// The same upwards, its lower end at `at`.
  void text_upwards(Point at, const std::string& text, Color color = ink, Index scale = 2);

  /// Values [H, W] or [H, W, 1], or colours [H, W, 3], each as a square of `scale` pixels.
  void image(Point at, const Tensor<float>& image, Index scale);

  /// [H, W, 3], for io::write_png.
  const Tensor<float>& picture() const { return picture_; }

 private:
  void blend(Index x, Index y, Color color, double opacity);
  void paint_text(Point at, const std::string& text, Color color, Index scale, bool upwards);

  Tensor<float> picture_;
};

/// Values [H, W] or [H, W, 1] as colours [H, W, 3].
Tensor<float> colored(const Tensor<float>& values, Color (*color)(float));

}  // namespace study
