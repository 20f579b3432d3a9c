#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latent/core/tensor.hpp"
#include "latent/io/inflate.hpp"
#include "latent/io/png_pixels.hpp"

/// The PNG format (ISO/IEC 15948): chunks with checksums, one of sizes, others of packed rows. Rows are unpacked one at
/// a time, so that no more is held than the result and two rows.
namespace latent::io::detail {

inline std::uint32_t png_number(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

/// The sizes and the kind of pixels, from the content of the first chunk.
inline Png png_header(const std::string& name, std::span<const std::uint8_t> header, std::size_t file_size,
                      const PngOptions& options) {
  const std::uint32_t w = png_number(header), h = png_number(header.subspan(4));
  const int depth = header[8], color = header[9];
  const bool bits = depth == 1 || depth == 2 || depth == 4, bytes = depth == 8 || depth == 16;
  const bool known = color == 0                               ? bits || bytes
                     : color == 3                             ? bits || depth == 8
                     : color == 2 || color == 4 || color == 6 ? bytes
                                                              : false;
  check<IoError>(known && header[10] == 0 && header[11] == 0 && header[12] <= 1, name, ": damaged PNG data: ", depth,
                 " bits of colour type ", color, ", packed by ", int{header[10]}, ", filtered by ", int{header[11]},
                 ", interlaced by ", int{header[12]}, ", are none of PNG's formats");
  check<IoError>(w > 0 && h > 0 && w <= INT32_MAX && h <= INT32_MAX, name, ": damaged PNG data: ", h, " x ", w,
                 " pixels");
  Png png{.w = w,
          .h = h,
          .depth = depth,
          .color = color,
          .interlaced = header[12] == 1,
          .palette = {},
          .transparency = {},
          .data = {}};
  const double promised = static_cast<double>(h) * (static_cast<double>(w) * png.channels() * depth / 8);
  check<IoError>(promised <= static_cast<double>(most_inflated) * static_cast<double>(file_size), name,
                 ": damaged PNG data: ", h, " x ", w, " pixels promised by a file of ", file_size, " bytes");
  const auto channels = static_cast<std::size_t>(png.result_channels(options));
  const std::size_t unpacked = static_cast<std::size_t>(h) * std::max(w * channels, png.row_bytes(w));
  check<IoError>(std::cmp_less_equal(unpacked, options.max_bytes), name, ": ", h, " x ", w, " pixels take ", unpacked,
                 " bytes, at most ", options.max_bytes, " are allowed");
  return png;
}

/// Checks all of a file but its rows: what is no PNG file, ends early, was changed on its way, promises more pixels
/// than its bytes can hold, or unpacks to more than the options allow, is refused before memory is taken for pixels.
inline Png take_png_apart(const std::string& name, std::span<const std::uint8_t> bytes, const PngOptions& options) {
  constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  check<IoError>(bytes.size() >= 8 && std::ranges::equal(bytes.first(8), signature), name, ": no PNG file");
  Png png;
  std::string type;
  for (std::size_t at = 8; type != "IEND";) {
    check<IoError>(bytes.size() - at >= 12, name, ": damaged PNG data: ends early");
    const std::size_t length = png_number(bytes.subspan(at));
    check<IoError>(length <= bytes.size() - at - 12, name, ": damaged PNG data: ends early");
    const auto checked = bytes.subspan(at + 4, length + 4), content = checked.subspan(4);
    check<IoError>(png_number(bytes.subspan(at + 8 + length)) == crc32_z(0, checked.data(), checked.size()), name,
                   ": damaged PNG data: wrong checksum at byte ", at);
    type.assign(checked.begin(), checked.begin() + 4);
    if (at == 8) {
      check<IoError>(type == "IHDR" && length == 13, name, ": damaged PNG data: it does not begin with its sizes");
      png = png_header(name, content, bytes.size(), options);
    } else if (type == "IDAT") {
      png.data.push_back(content);
    } else if (type == "PLTE") {
      check<IoError>(length % 3 == 0 && length <= 768, name, ": damaged PNG data: a palette of ", length, " bytes");
      png.palette = content;
    } else if (type == "tRNS") {
      png.transparency = content;
    } else {
      const bool needed = (type[0] & 0x20) == 0;  // to know the pixels
      check<IoError>(!needed || type == "IEND", name, ": damaged PNG data: an unknown part at byte ", at);
    }
    at += length + 12;
  }
  const std::size_t found = png.transparency.size();
  if (png.channels() == 2 || png.channels() == 4) png.transparency = {};  // they say it themselves
  const bool fits = png.color == 3 ? found <= png.palette.size() / 3 : png.color == 2 ? found == 6 : found == 2;
  check<IoError>(png.transparency.empty() || fits, name, ": damaged PNG data: a transparency of ", found, " bytes");
  return png;
}

/// Undoes the prediction of a row from its left neighbours, `pixel` bytes away, and the row above; false for an unknown
/// filter.
inline bool unfilter_png_row(int filter, std::span<std::uint8_t> row, std::span<const std::uint8_t> above,
                             std::size_t pixel) {
  const auto add = [&](auto predicted) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool first = i < pixel;
      row[i] = static_cast<std::uint8_t>(
          row[i] + predicted(first ? 0 : int{row[i - pixel]}, int{above[i]}, first ? 0 : int{above[i - pixel]}));
    }
  };
  if (filter == 1) add([](int left, int, int) { return left; });
  if (filter == 2) add([](int, int up, int) { return up; });
  if (filter == 3) add([](int left, int up, int) { return (left + up) / 2; });
  if (filter == 4)
    add([](int left, int up, int corner) {  // Paeth's
      const int to_left = std::abs(up - corner), to_up = std::abs(left - corner);
      const int to_corner = std::abs(left + up - 2 * corner);
      return to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner;
    });
  return filter <= 4;
}

/// The pixels of a file's bytes, [H, W] in grey or [H, W, 3] in colour.
[[gnu::noinline]] inline Tensor<std::uint8_t> decode_png(const std::string& name, std::span<const std::uint8_t> bytes,
                                                         const PngOptions& options = {}) {
  const Png png = take_png_apart(name, bytes, options);
  Inflater packed(Inflater::zlib, message(name, ": damaged PNG data: "));
  auto next = png.data.begin();
  const auto read = [&](std::span<std::uint8_t> to) {
    while (!to.empty()) {
      const bool hungry = packed.is_hungry();
      check<IoError>(!packed.ended() && (!hungry || next != png.data.end()), name,
                     ": damaged PNG data: not enough pixels");
      if (hungry) packed.give(*next++);
      to = to.subspan(packed.read(to));
    }
  };

  struct Pass {
    Index left, top, right, down;  // its first pixel, and the steps to the next
  };
  constexpr Pass whole[] = {{0, 0, 1, 1}};
  constexpr Pass interlaced[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                 {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  const PngPixels rows{name, png, png.result_channels(options), options.background};
  const Shape grey{png.h, png.w}, colors{png.h, png.w, 3};
  auto result = Tensor<std::uint8_t>::uninitialized(rows.channels == 1 ? grey : colors);
  std::uint8_t* const pixels = result.data();
  const auto pixel_bytes = static_cast<std::size_t>(std::max(png.channels() * png.depth / 8, 1));
  for (const Pass& pass : png.interlaced ? std::span<const Pass>(interlaced) : std::span<const Pass>(whole)) {
    const Index count = (png.w - pass.left + pass.right - 1) / pass.right;
    if (count <= 0) continue;
    std::vector<std::uint8_t> row(1 + png.row_bytes(count)), above(row.size());
    for (Index y = pass.top; y < png.h; y += pass.down) {
      read(row);
      check<IoError>(unfilter_png_row(row[0], std::span(row).subspan(1), std::span(above).subspan(1), pixel_bytes),
                     name, ": damaged PNG data: unknown filter ", int{row[0]});
      rows.read(std::span(row).subspan(1), count, pixels + (y * png.w + pass.left) * rows.channels, pass.right);
      std::swap(row, above);
    }
  }
  return result;
}

}  // namespace latent::io::detail
