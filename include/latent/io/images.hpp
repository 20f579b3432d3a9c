#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "latent/core/tensor.hpp"
#include "latent/io/stb.hpp"

/// Pictures made of images and texts, as tensors for write_png.
namespace latent::io {

namespace detail {

/// A text as the font has it, which knows printable ASCII only: a question mark for any other character of UTF-8.
inline std::string printable(const std::string& text) {
  std::string result;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) result += c >= ' ' && c <= '~' ? c : '?';
  return result;
}

/// ValueError for a scale at which sizes might overflow.
inline void check_scale(const char* operation, Index scale) {
  check<ValueError>(scale >= 1 && scale <= 1000, operation, ": scale ", scale, " given, expected 1 to 1000");
}

}  // namespace detail

/// Draws text into an image [H, W] or [H, W, C], its upper left corner at (top, left), giving `value` to all channels
/// of its pixels; what is outside is cut off, and characters beyond ASCII are question marks. ValueError for a scale
/// that is not 1 to 1000, here and below.
inline void draw_text(Tensor<float>& image, Index top, Index left, const std::string& text, Index scale, float value) {
  check<ShapeError>(image.rank() == 2 || image.rank() == 3, "draw_text: image [H, W] or [H, W, C] expected, got shape ",
                    image.shape());
  detail::check_scale("draw_text", scale);
  const Index h = image.size(0), w = image.size(1), channels = image.shape().stride(1);
  if (top >= h || left >= w) return;
  struct Corner {
    float x, y, z;
    std::uint32_t color;
  };
  std::string copy = detail::printable(text);
  std::vector<Corner> corners(text.size() * 80 + 16);  // 270 bytes a character at most, says stb_easy_font
  const int quads = latent_stb::stb_easy_font_print(0, 0, copy.data(), nullptr, corners.data(),
                                                    static_cast<int>(corners.size() * sizeof(Corner)));
  const std::span<float> pixels = image.elements();
  for (int quad = 0; quad < quads; ++quad) {
    const Corner& from = corners[4 * static_cast<std::size_t>(quad)];
    const Corner& to = corners[4 * static_cast<std::size_t>(quad) + 2];
    const auto place = [scale](float x) { return static_cast<Index>(x) * scale; };
    for (Index y = std::max<Index>(top + place(from.y), 0); y < std::min(top + place(to.y), h); ++y)
      for (Index x = std::max<Index>(left + place(from.x), 0); x < std::min(left + place(to.x), w); ++x)
        std::ranges::fill(
            pixels.subspan(static_cast<std::size_t>((y * w + x) * channels), static_cast<std::size_t>(channels)),
            value);
  }
}

/// Width of a text in pixels.
inline Index text_width(const std::string& text, Index scale) {
  detail::check_scale("text_width", scale);
  std::string copy = detail::printable(text);
  return latent_stb::stb_easy_font_width(copy.data()) * scale;
}

/// ValueError for scales below 1.
struct GridOptions {
  std::vector<std::string> column_captions = {};  ///< above the columns
  std::vector<std::string> row_captions = {};     ///< before the rows
  Index scale = 4;                                ///< pixels of the picture for one of an image
  Index text_scale = 2;                           ///< pixels of the picture for one of a letter
};

/// Images [H, W], [H, W, 1] or [H, W, 3] in rows and columns on white, with captions: a picture for write_png, [H, W,
/// C]. All images must have one shape, else ShapeError; rows may be shorter than others.
inline Tensor<float> image_grid(const std::vector<std::vector<Tensor<float>>>& rows, const GridOptions& options) {
  check<ShapeError>(!rows.empty() && !rows[0].empty(), "image_grid: at least one image expected");
  const Shape shape = rows[0][0].shape();
  const Index channels = shape.rank() == 3 ? shape[2] : 1;
  check<ShapeError>((shape.rank() == 2 || shape.rank() == 3) && (channels == 1 || channels == 3) && shape.numel() > 0,
                    "image_grid: image ", shape, " given, expected [H, W], [H, W, 1] or [H, W, 3]");
  detail::check_scale("image_grid", options.scale);
  detail::check_scale("image_grid", options.text_scale);
  const Index gap = 2 * options.scale;
  const Index line = 10 * options.text_scale;  // the font is 7 pixels high, 9 with descenders
  Index widest = shape[1] * options.scale;
  for (const std::string& caption : options.column_captions)
    widest = std::max(widest, text_width(caption, options.text_scale));
  Index margin = gap;
  for (const std::string& caption : options.row_captions)
    margin = std::max(margin, text_width(caption, options.text_scale) + 2 * gap);
  std::size_t columns = 0;
  for (const auto& row : rows) columns = std::max(columns, row.size());
  const Index cell_h = shape[0] * options.scale + gap;
  const Index cell_w = widest + gap;
  const Index top = options.column_captions.empty() ? gap : 2 * gap + line;
  auto picture = Tensor<float>::full(
      {top + std::ssize(rows) * cell_h, margin + static_cast<Index>(columns) * cell_w, channels}, 1.0f);

  for (std::size_t c = 0; c < std::min(columns, options.column_captions.size()); ++c) {
    const Index free = widest - text_width(options.column_captions[c], options.text_scale);
    draw_text(picture, gap, margin + static_cast<Index>(c) * cell_w + free / 2, options.column_captions[c],
              options.text_scale, 0);
  }
  const Index width = picture.size(1);
  const std::span<float> pixels = picture.elements();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Index y0 = top + static_cast<Index>(r) * cell_h;
    if (r < options.row_captions.size())
      draw_text(picture, y0 + (cell_h - gap - line) / 2, gap, options.row_captions[r], options.text_scale, 0);
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      check<ShapeError>(rows[r][c].shape() == shape, "image_grid: images of shapes ", shape, " and ",
                        rows[r][c].shape());
      const Index x0 = margin + static_cast<Index>(c) * cell_w + (widest - shape[1] * options.scale) / 2;
      const std::span<const float> from = rows[r][c].elements();
      for (Index y = 0; y < shape[0] * options.scale; ++y)
        for (Index x = 0; x < shape[1] * options.scale; ++x)
          for (Index channel = 0; channel < channels; ++channel)
            pixels[static_cast<std::size_t>(((y0 + y) * width + x0 + x) * channels + channel)] =
                from[static_cast<std::size_t>((y / options.scale * shape[1] + x / options.scale) * channels + channel)];
    }
  }
  return picture;
}

}  // namespace latent::io
