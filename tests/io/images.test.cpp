#include <latent/io/images.hpp>

#include "../errors.hpp"

using namespace latent;

TEST_CASE("draw_text: characters that the font does not have are question marks") {
  Tensor<float> odd({20, 60}), plain({20, 60});
  io::draw_text(odd, 0, 0, "\xC3\xA9\n\xFF", 2, 1);  // e with an accent, a new line, and no UTF-8
  io::draw_text(plain, 0, 0, "???", 2, 1);
  CHECK(std::ranges::equal(std::as_const(odd).elements(), std::as_const(plain).elements()));
  CHECK(io::text_width("\xC3\xA9", 2) == io::text_width("?", 2));
}

TEST_CASE("images: places and scales near the largest numbers overflow nothing") {
  constexpr Index most = std::numeric_limits<Index>::max();
  Tensor<float> image({8, 8});
  for (const Index place : {most, -most}) {
    io::draw_text(image, place, 0, "x", 2, 1);
    io::draw_text(image, 0, place, "x", 2, 1);
  }
  CHECK(std::ranges::count(std::as_const(image).elements(), 0.0f) == 64);
  for (const Index scale : {Index{0}, Index{-1}, Index{1} << 62}) {
    const std::string rest = ": scale " + std::to_string(scale) + " given, expected 1 to 1000";
    CHECK(message_of<ValueError>([&] { io::draw_text(image, 0, 0, "x", scale, 1); }) == "draw_text" + rest);
    CHECK(message_of<ValueError>([&] { io::text_width("x", scale); }) == "text_width" + rest);
    CHECK(message_of<ValueError>([&] { io::image_grid({{image}}, {.scale = scale}); }) == "image_grid" + rest);
    CHECK(message_of<ValueError>([&] { io::image_grid({{image}}, {.text_scale = scale}); }) == "image_grid" + rest);
  }
  CHECK(message_of<ShapeError>([&] {
          io::image_grid({{Tensor<float>({0, Index{1} << 40})}}, {});
        }) == "image_grid: image [0, 1099511627776] given, expected [H, W], [H, W, 1] or [H, W, 3]");
}

TEST_CASE("image_grid: places images in rows and columns and draws captions") {
  const auto dark = Tensor<float>::full({4, 6}, 0.25f), light = Tensor<float>::full({4, 6}, 0.75f);
  const Tensor<float> plain = io::image_grid({{dark, light}, {light}}, {.scale = 2});
  CHECK(plain.shape() == Shape{4 + 2 * (8 + 4), 4 + 2 * (12 + 4), 1});
  CHECK(plain(4, 4, 0) == 0.25f);
  CHECK(plain(11, 15, 0) == 0.25f);
  CHECK(plain(4, 20, 0) == 0.75f);
  CHECK(plain(16, 4, 0) == 0.75f);
  CHECK(plain(16, 20, 0) == 1);
  CHECK(plain(0, 0, 0) == 1);
  const Tensor<float> captioned =
      io::image_grid({{dark, light}}, {.column_captions = {"Original", "FC-AE"}, .row_captions = {"Row"}, .scale = 2});
  Index black = 0;
  for (float v : captioned.elements()) black += v == 0;
  CHECK(black > 100);
  CHECK(captioned.size(1) > plain.size(1));
  auto red = Tensor<float>({4, 6, 3});
  for (Index i = 0; i < 24; ++i) red.data()[3 * i] = 0.5f;
  const Tensor<float> colored = io::image_grid({{red, red}}, {.column_captions = {"Red"}, .scale = 2});
  CHECK(colored.rank() == 3);
  const Index bottom = colored.size(0) - 5, middle = 4 + io::text_width("Red", 2) / 2;
  CHECK(colored(bottom, middle, 0) == 0.5f);
  CHECK(colored(bottom, middle, 1) == 0);
  CHECK(colored(0, 0, 2) == 1);
  CHECK(message_of<ShapeError>([&] {
          io::image_grid({{dark, Tensor<float>({4, 4})}}, {});
        }) == "image_grid: images of shapes [4, 6] and [4, 4]");
  CHECK(message_of<ShapeError>([] { io::image_grid({{}}, {}); }) == "image_grid: at least one image expected");
  Tensor<float> line({7});
  CHECK(message_of<ShapeError>([&] { io::draw_text(line, 0, 0, "x", 1, 0); }) ==
        "draw_text: image [H, W] or [H, W, C] expected, got shape [7]");
}
