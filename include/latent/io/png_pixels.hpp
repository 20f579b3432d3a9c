#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "latent/core/shape.hpp"

/// What the unpacked rows of a PNG file (ISO/IEC 15948) say: samples of one to sixteen bits become bytes, in grey or in
/// colour, and what is transparent is laid over a background.
namespace latent::io {

/// Of read_png.
struct PngOptions {
  Index max_bytes = Index{1} << 28;  ///< that the pixels of a file may take, as they are in it and as they are given
  Index channels = 0;                ///< 1: grey, 3: red, green and blue, 0: as it is in the file
  std::array<std::uint8_t, 3> background = {255, 255, 255};  ///< of transparent pixels: red, green, blue
};

namespace detail {

/// A file taken apart. The rows are packed in `data`.
struct Png {
  Index w = 0, h = 0;
  int depth = 0, color = 0;  ///< bits of a channel; 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  bool interlaced = false;
  std::span<const std::uint8_t> palette;
  std::span<const std::uint8_t> transparency;  ///< of the palette's colours, or the samples that are transparent
  std::vector<std::span<const std::uint8_t>> data;

  int channels() const { return color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1; }
  bool is_grey() const { return color == 0 || color == 4; }
  Index result_channels(const PngOptions& options) const {
    return options.channels != 0 ? options.channels : is_grey() ? 1 : 3;
  }
  std::size_t row_bytes(Index width) const { return (static_cast<std::size_t>(width * channels() * depth) + 7) / 8; }
};

/// A pixel with bytes for its colour, or for its grey in all three, and its opacity.
struct PngPixel {
  std::array<unsigned, 3> color;
  unsigned alpha;
};

/// How the pixels of rows are read: what `Png` says of a file, and in what form they are wanted.
struct PngPixels {
  const std::string& name;
  const Png& png;
  Index channels;  ///< 1 or 3
  std::array<std::uint8_t, 3> background;

  static unsigned lightness(unsigned r, unsigned g, unsigned b) { return (77 * r + 150 * g + 29 * b) >> 8; }

  /// All pixels of a row, into every `step`-th place of `to`.
  void read(std::span<const std::uint8_t> row, Index count, std::uint8_t* to, Index step) const {
    std::array<unsigned, 3> below{background[0], background[1], background[2]};
    if (channels == 1 || png.is_grey()) below.fill(lightness(below[0], below[1], below[2]));
    for (Index x = 0; x < count; ++x, to += step * channels) {
      const PngPixel found = pixel(row, static_cast<std::size_t>(x));
      for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c)
        to[c] = static_cast<std::uint8_t>((found.color[c] * found.alpha + below[c] * (255 - found.alpha) + 127) / 255);
    }
  }

 private:
  unsigned sample(std::span<const std::uint8_t> row, std::size_t i) const {
    const auto depth = static_cast<std::size_t>(png.depth);
    if (depth == 8) return row[i];
    if (depth == 16) return static_cast<unsigned>(row[2 * i] << 8 | row[2 * i + 1]);
    return row[i * depth / 8] >> (8 - depth - i * depth % 8) & ((1u << depth) - 1);
  }

  PngPixel pixel(std::span<const std::uint8_t> row, std::size_t x) const {
    if (png.color == 3) return with_color(palette_color(sample(row, x)), 0);
    const auto channels_found = static_cast<std::size_t>(png.channels()), first = x * channels_found;
    const std::size_t colors = png.is_grey() ? 1 : 3;
    PngPixel result{{}, 255};
    bool transparent = !png.transparency.empty();
    for (std::size_t c = 0; c < 3; ++c) {
      result.color[c] = c < colors ? sample(row, first + c) : result.color[0];
      if (c < colors && transparent) transparent = result.color[c] == transparent_sample(c);
    }
    const int bits_beyond = png.depth == 16 ? 8 : 0;
    if (transparent) result.alpha = 0;
    if (channels_found == colors + 1) result.alpha = sample(row, first + colors) >> bits_beyond;
    if (png.depth < 8) result.color.fill(result.color[0] * 255 / ((1u << png.depth) - 1));
    return with_color(result, bits_beyond);
  }

  PngPixel palette_color(std::size_t number) const {
    check<IoError>(number < png.palette.size() / 3, name, ": damaged PNG data: colour ", number, " of ",
                   png.palette.size() / 3);
    const auto color = png.palette.subspan(3 * number, 3);
    return {{color[0], color[1], color[2]}, number < png.transparency.size() ? png.transparency[number] : 255u};
  }

  unsigned transparent_sample(std::size_t channel) const {
    const unsigned value =
        static_cast<unsigned>(png.transparency[2 * channel] << 8 | png.transparency[2 * channel + 1]);
    return png.depth == 16 ? value : value & 255;
  }

  /// In the form that is wanted: grey from all bits of the colours, then the upper eight.
  PngPixel with_color(PngPixel pixel, int bits_beyond) const {
    auto& [r, g, b] = pixel.color;
    if (channels == 1 && !png.is_grey()) r = lightness(r, g, b);
    for (unsigned& value : pixel.color) value >>= bits_beyond;
    return pixel;
  }
};

}  // namespace detail

}  // namespace latent::io
