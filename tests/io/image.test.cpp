#include <filesystem>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image.h>
#pragma GCC diagnostic pop

using namespace latent;

TEST_CASE("write_png: another reader finds the same pixels") {
  const TemporaryFolder folder;
  for (Index channels : {1, 3}) {
    const auto image = reference::random<float>({5, 7, channels}, 1, -0.2f, 1.2f);
    io::write_png(folder / "x.png", image);
    int w = 0, h = 0, c = 0;
    stbi_uc* pixels = stbi_load((folder / "x.png").c_str(), &w, &h, &c, 0);
    REQUIRE(pixels != nullptr);
    CHECK(w == 7);
    CHECK(h == 5);
    CHECK(c == channels);
    for (std::size_t i = 0; i < image.elements().size(); ++i)
      CHECK(pixels[i] == std::lround(255 * std::clamp(image.elements()[i], 0.0f, 1.0f)));
    stbi_image_free(pixels);
  }
}

TEST_CASE("write_png: refuses other shapes, and leaves nothing behind where it cannot write") {
  const TemporaryFolder folder;
  CHECK(message_of<ShapeError>([&] {
          io::write_png(folder / "x.png", Tensor<float>({2, 2, 2}));
        }) == "write_png: image [2, 2, 2] given, expected [H, W], [H, W, 1] or [H, W, 3]");
  const auto missing = folder / "missing" / "x.png";
  CHECK(message_of<IoError>([&] {
          io::write_png(missing, Tensor<float>({2, 2}));
        }) == missing.string() + ": cannot be written: No such file or directory");
  CHECK(std::filesystem::is_empty(folder / ""));
}

TEST_CASE("write_file: replaces whole files and keeps the old one if it fails") {
  const TemporaryFolder folder;
  io::write_file(folder / "a", "first");
  io::write_file(folder / "a", "second and longer");
  CHECK(folder.read("a") == "second and longer");
  std::filesystem::create_directory(folder / "b");
  folder.write("b/inside", "kept");
  CHECK_THROWS_AS(io::write_file(folder / "b", "x"), IoError);
  CHECK(folder.read("b/inside") == "kept");
  CHECK(std::distance(std::filesystem::directory_iterator(folder / ""), {}) == 2);
}

TEST_CASE("draw_text: characters that the font does not have are question marks") {
  Tensor<float> odd({20, 60}), plain({20, 60});
  io::draw_text(odd, 0, 0, "\xC3\xA9\n\xFF", 2, 1);  // e with an accent, a new line, and no UTF-8
  io::draw_text(plain, 0, 0, "???", 2, 1);
  CHECK(std::ranges::equal(std::as_const(odd).elements(), std::as_const(plain).elements()));
  CHECK(io::text_width("\xC3\xA9", 2) == io::text_width("?", 2));
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
}
