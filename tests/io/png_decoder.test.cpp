#include <sys/resource.h>

#include <latent/io/png_decoder.hpp>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#include <stb_image.h>
#pragma GCC diagnostic pop

#include "../errors.hpp"
#include "../reference.hpp"
#include "png_files.hpp"

using namespace latent;
using namespace png_files;

namespace {

std::span<const std::uint8_t> bytes_of(const std::string& file) {
  return {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
}

Tensor<std::uint8_t> decode(const std::string& file, const io::PngOptions& options = {}) {
  return io::detail::decode_png("x", bytes_of(file), options);
}

/// The same read by stb_image with so many channels, of which the last one of two or four is laid over a background.
std::vector<std::uint8_t> expected(const std::string& file, int wanted, std::array<int, 3> background = {}) {
  int w = 0, h = 0, channels = 0;
  stbi_uc* const pixels =
      stbi_load_from_memory(bytes_of(file).data(), static_cast<int>(file.size()), &w, &h, &channels, wanted);
  if (!pixels) return {};
  std::vector<std::uint8_t> result;
  const int colors = wanted % 2 == 0 ? wanted - 1 : wanted;
  for (std::ptrdiff_t i = 0; i < std::ptrdiff_t{w} * h; ++i)
    for (int c = 0; c < colors; ++c) {
      const double alpha = wanted == colors ? 1 : pixels[i * wanted + colors] / 255.0;
      const int below = background[static_cast<std::size_t>(c)];
      result.push_back(static_cast<std::uint8_t>(std::lround(alpha * pixels[i * wanted + c] + (1 - alpha) * below)));
    }
  stbi_image_free(pixels);
  return result;
}

/// Rows of random bytes with all filters, for one pass.
std::string random_rows(std::size_t w, std::size_t h, std::size_t bits, Rng& rng) {
  std::string rows;
  for (std::size_t y = 0; w > 0 && y < h; ++y) {
    rows.push_back(static_cast<char>(rng.below(5)));
    for (std::size_t i = 0; i < (w * bits + 7) / 8; ++i) rows.push_back(static_cast<char>(rng.below(256)));
  }
  return rows;
}

std::string random_png(std::size_t w, std::size_t h, int depth, int color, bool interlaced, Rng& rng,
                       const std::string& transparency = {}) {
  const int channels = color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1;
  const auto bits = static_cast<std::size_t>(channels * depth);
  const std::size_t passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                    {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::string rows;
  for (const auto& [left, top, right, down] : passes)
    rows += interlaced ? random_rows((w + right - 1 - left) / right, (h + down - 1 - top) / down, bits, rng) : "";
  if (!interlaced) rows = random_rows(w, h, bits, rng);
  std::string palette;
  for (int i = 0; i < 768; ++i) palette.push_back(static_cast<char>(rng.below(256)));
  const std::string data = packed(rows);
  const std::size_t half = data.size() / 2;
  return beginning(w, h, depth, color, interlaced) + (color == 3 ? chunk("PLTE", palette) : "") +
         (transparency.empty() ? "" : chunk("tRNS", transparency)) + chunk("tEXt", "passed over") +
         chunk("IDAT", data.substr(0, half)) + chunk("IDAT", data.substr(half)) + chunk("IEND", "");
}

}  // namespace

constexpr int formats[][2] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
                              {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};

TEST_CASE("decode_png: all formats have the pixels that stb_image finds, in grey and in colour") {
  Rng rng(1);
  for (const auto& format : formats)
    for (const bool interlaced : {false, true})
      for (const Shape& shape : {Shape{1, 1}, Shape{5, 2}, Shape{4, 9}, Shape{17, 33}}) {
        CAPTURE(format[0]);
        CAPTURE(format[1]);
        CAPTURE(interlaced);
        const std::string file = random_png(static_cast<std::size_t>(shape[1]), static_cast<std::size_t>(shape[0]),
                                            format[1], format[0], interlaced, rng);
        const bool grey = format[0] == 0 || format[0] == 4;
        CHECK(decode(file).shape() == (grey ? shape : Shape{shape[0], shape[1], 3}));
        const Tensor<std::uint8_t> in_color = decode(file, {.channels = 3, .background = {200, 100, 0}});
        CHECK(in_color.shape() == Shape{shape[0], shape[1], 3});
        if (format[0] != 4)  // grey stays grey, also before a coloured background
          CHECK(std::ranges::equal(std::as_const(in_color).elements(), expected(file, 4, {200, 100, 0})));
        const Tensor<std::uint8_t> in_grey = decode(file, {.channels = 1, .background = {90, 90, 90}});
        CHECK(in_grey.shape() == shape);
        CHECK(std::ranges::equal(std::as_const(in_grey).elements(), expected(file, 2, {90})));
      }
}

TEST_CASE("decode_png: transparent colours of palettes, and samples that are transparent, are those of stb_image") {
  Rng rng(2);
  std::string opacities;
  for (int i = 0; i < 256; ++i) opacities.push_back(static_cast<char>(rng.below(256)));
  const auto sample = [&](int depth) {
    const int value = static_cast<int>(rng.below(1U << std::min(depth, 3)));
    return bytes({depth == 16 ? 1 : 0, value});
  };
  for (const auto& format : formats)
    for (const bool interlaced : {false, true}) {
      const int depth = format[1], color = format[0];
      if (color == 4 || color == 6) continue;
      CAPTURE(color);
      CAPTURE(depth);
      const std::string transparency = color == 0   ? sample(depth)
                                       : color == 2 ? sample(depth) + sample(depth) + sample(depth)
                                                    : opacities.substr(0, depth == 8 ? 200 : 2);
      const std::string file = random_png(40, 30, depth, color, interlaced, rng, transparency);
      const Tensor<std::uint8_t> found = decode(file, {.channels = 3});
      CHECK(std::ranges::equal(std::as_const(found).elements(), expected(file, 4, {255, 255, 255})));
      const Tensor<std::uint8_t> before_black = decode(file, {.channels = 1, .background = {}});
      CHECK(std::ranges::equal(std::as_const(before_black).elements(), expected(file, 2)));
    }
}

TEST_CASE("decode_png: empty parts of data are passed over") {
  const std::string rows = bytes({0, 1, 2, 0, 3, 4});
  const std::string file =
      beginning(2, 2, 8, 0) + chunk("IDAT", "") + chunk("IDAT", packed(rows)) + chunk("IDAT", "") + chunk("IEND", "");
  CHECK(decode(file)(1, 0) == 3);
  CHECK(message_of<IoError>([&] { decode(beginning(2, 2, 8, 0) + chunk("IDAT", "") + chunk("IEND", "")); }) ==
        "x: damaged PNG data: not enough pixels");
}

TEST_CASE("decode_png: what no format allows is refused") {
  const auto error = [](const std::string& file) { return message_of<IoError>([&] { decode(file); }); };
  const std::string row = bytes({0, 1, 2});
  CHECK(error(png(2, 1, 4, 2, row)) ==
        "x: damaged PNG data: 4 bits of colour type 2, packed by 0, filtered by 0, interlaced by 0, are none of PNG's "
        "formats");
  CHECK(error(beginning(2, 1, 8, 0, 2) + chunk("IEND", "")).find("interlaced by 2") != std::string::npos);
  CHECK(error(png(2, 1, 8, 0, bytes({5, 1, 2}))) == "x: damaged PNG data: unknown filter 5");
  CHECK(error(png(2, 1, 8, 3, row, chunk("PLTE", "abcdef"))) == "x: damaged PNG data: colour 2 of 2");
  CHECK(error(png(2, 1, 8, 3, row)) == "x: damaged PNG data: colour 1 of 0");
  CHECK(error(png(2, 1, 8, 3, row, chunk("PLTE", "abcd"))) == "x: damaged PNG data: a palette of 4 bytes");
  CHECK(error(png(2, 1, 8, 0, row, chunk("ABCD", ""))) == "x: damaged PNG data: an unknown part at byte 33");
  CHECK(error(beginning(2, 1, 8, 0) + chunk("IDAT", "no zlib") + chunk("IEND", "")) ==
        "x: damaged PNG data: incorrect header check");
}

TEST_CASE("decode_png: takes no more memory than the options allow, and holds pixels once") {
  const auto plain = [](std::size_t w, std::size_t h, int depth, int color, std::size_t row_bytes) {
    return beginning(w, h, depth, color) + chunk("tRNS", bytes({0, 1})) +
           chunk("IDAT", packed(std::string(1 + row_bytes, '\0'), h)) + chunk("IEND", "");
  };
  const std::string bits = plain(40'000, 10'000, 1, 0, 5'000);
  CHECK(bits.size() < 60'000);
  CHECK(message_of<IoError>([&] { decode(bits); }) ==
        "x: 10000 x 40000 pixels take 400000000 bytes, at most 268435456 are allowed");
  const std::string colors = plain(1'000, 1'000, 16, 6, 8'000);
  CHECK(decode(colors, {.max_bytes = 8'000'000}).shape() == Shape{1000, 1000, 3});
  CHECK(message_of<IoError>([&] { decode(colors, {.max_bytes = 7'999'999}); }) ==
        "x: 1000 x 1000 pixels take 8000000 bytes, at most 7999999 are allowed");

  const auto peak = [] {
    struct rusage usage = {};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const std::string large = plain(8'000, 8'000, 8, 6, 32'000);
  const long before = peak();
  CHECK(decode(large, {.channels = 1}).size(0) == 8'000);
  CHECK(peak() - before < 110'000);  // KiB, of which the pixels take 62,500
}
