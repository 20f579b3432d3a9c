#include <latent/io/png.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"
#include "png_files.hpp"

using namespace latent;

using png_files::chunk;
using png_files::png;

namespace {

/// The pixels of a file of such content.
std::vector<int> pixels_of(const std::string& content, const io::PngOptions& options = {}) {
  const TemporaryFolder folder;
  folder.write("x.png", content);
  const Tensor<std::uint8_t> image = io::read_png(folder / "x.png", options);
  return {image.elements().begin(), image.elements().end()};
}

}  // namespace

TEST_CASE("png: opacity from 0 to 255 mixes a pixel with the background, white by default") {
  const std::string colors = png(3, 1, 8, 6, bytes({0, 200, 100, 0, 0, 200, 100, 0, 51, 200, 100, 0, 255}));
  // 51 is a fifth of 255: 200 / 5 + 255 * 4 / 5 = 244, and so on.
  CHECK(pixels_of(colors) == std::vector<int>{255, 255, 255, 244, 224, 204, 200, 100, 0});
  CHECK(pixels_of(colors, {.background = {0, 50, 100}}) == std::vector<int>{0, 50, 100, 40, 60, 80, 200, 100, 0});
  const std::string greys = png(3, 1, 8, 4, bytes({0, 200, 0, 200, 51, 200, 255}));
  CHECK(pixels_of(greys) == std::vector<int>{255, 244, 200});
  CHECK(pixels_of(greys, {.background = {0, 0, 0}}) == std::vector<int>{0, 40, 200});
  CHECK(pixels_of(png(1, 1, 16, 4, bytes({0, 200, 9, 51, 9}))) == std::vector<int>{244});
}

TEST_CASE("png: a grey file before a coloured background stays grey, as light as the background is") {
  const std::string greys = png(2, 1, 8, 4, bytes({0, 9, 0, 9, 255}));
  CHECK(pixels_of(greys, {.background = {255, 0, 0}}) == std::vector<int>{76, 9});
  CHECK(pixels_of(greys, {.channels = 3, .background = {255, 0, 0}}) == std::vector<int>{76, 76, 76, 9, 9, 9});
}

TEST_CASE("png: tRNS gives opacities of a palette's first colours, or the one sample that is transparent") {
  const std::string palette = chunk("PLTE", bytes({10, 20, 30, 40, 50, 60, 70, 80, 90}));
  const std::string numbers = bytes({0, 0, 1, 2});
  CHECK(pixels_of(png(3, 1, 8, 3, numbers, palette + chunk("tRNS", bytes({0, 51})))) ==
        std::vector<int>{255, 255, 255, 212, 214, 216, 70, 80, 90});
  CHECK(pixels_of(png(3, 1, 8, 0, numbers, chunk("tRNS", bytes({0, 1})))) == std::vector<int>{0, 255, 2});
  CHECK(pixels_of(png(4, 1, 2, 0, bytes({0, 0b00011011}), chunk("tRNS", bytes({0, 2})))) ==
        std::vector<int>{0, 85, 255, 255});
  const std::string red = bytes({0, 255, 0, 0, 255, 0, 1});
  CHECK(pixels_of(png(2, 1, 8, 2, red, chunk("tRNS", bytes({0, 255, 0, 0, 0, 0})))) ==
        std::vector<int>{255, 255, 255, 255, 0, 1});
  // All sixteen bits count, not those only that are kept.
  CHECK(pixels_of(png(2, 1, 16, 0, bytes({0, 7, 1, 7, 2}), chunk("tRNS", bytes({7, 2})))) == std::vector<int>{7, 255});
}

TEST_CASE("png: a transparency that does not fit its pixels is refused") {
  const auto error = [](const std::string& file) {
    const std::string text = message_of<IoError>([&] { pixels_of(file); });
    return text.substr(text.find(": "));
  };
  const std::string row = bytes({0, 0}), palette = chunk("PLTE", "abc");
  for (const std::size_t size : {1, 3}) {
    const std::string expected = message(": damaged PNG data: a transparency of ", size, " bytes");
    CHECK(error(png(1, 1, 8, 0, row, chunk("tRNS", std::string(size, 'x')))) == expected);
    CHECK(error(png(1, 1, 8, 2, row, chunk("tRNS", std::string(size, 'x')))) == expected);
  }
  CHECK(error(png(1, 1, 8, 3, row, palette + chunk("tRNS", "xy"))) == ": damaged PNG data: a transparency of 2 bytes");
}
