#include <filesystem>

// A program may use the same libraries with other options, before and after latent's header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb_image_write.h>
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_MALLOC(size) nullptr
#define STBI_REALLOC(block, size) nullptr
#define STBI_FREE(block)
#include <latent/io/png.hpp>
#undef STBI_MALLOC
#undef STBI_REALLOC
#undef STBI_FREE
#include <stb_image.h>
#pragma GCC diagnostic pop

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"
#include "png_files.hpp"

using namespace latent;

using png_files::chunk;
using png_files::png;

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

TEST_CASE("write_png and read_png: the program's own stb_image has the formats that it asked for") {
  const std::vector<unsigned char> pixels{10, 20, 30, 40, 50, 60};
  std::string jpeg;
  const auto append = [](void* to, void* data, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  REQUIRE(stbi_write_jpg_to_func(append, &jpeg, 3, 2, 1, pixels.data(), 90) != 0);
  int w = 0, h = 0, c = 0;
  stbi_uc* found = stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(jpeg.data()), static_cast<int>(jpeg.size()),
                                         &w, &h, &c, 1);
  REQUIRE(found != nullptr);
  CHECK(w == 3);
  CHECK(h == 2);
  stbi_image_free(found);
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

TEST_CASE("read_png: finds what write_png wrote, of any size") {
  const TemporaryFolder folder;
  for (const Shape& shape : {Shape{1, 1}, Shape{9, 7}, Shape{64, 3}}) {
    const auto image = reference::random<float>(shape, 1, 0, 1);
    io::write_png(folder / "x.png", image);
    const Tensor<std::uint8_t> found = io::read_png(folder / "x.png");
    CHECK(found.shape() == shape);
    for (std::size_t i = 0; i < image.elements().size(); ++i)
      CHECK(found.elements()[i] == std::lround(255 * image.elements()[i]));
  }
}

TEST_CASE("read_png: colour becomes grey by its lightness if that is wanted, 1 and 16 bits become 8") {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& content) {
    folder.write("x.png", content);
    const Tensor<std::uint8_t> image = io::read_png(folder / "x.png", {.channels = 1});
    return std::vector<int>(image.elements().begin(), image.elements().end());
  };
  const std::vector<int> luma{76, 149, 28, 255};
  const std::string colors = bytes({255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255});
  CHECK(read(png(4, 1, 8, 2, '\0' + colors)) == luma);
  CHECK(read(png(4, 1, 2, 3, bytes({0, 0b00011011}), chunk("PLTE", colors))) == luma);
  CHECK(read(png(2, 1, 16, 0, bytes({0, 7, 255, 200, 0}))) == std::vector<int>{7, 200});
  CHECK(read(png(3, 1, 1, 0, bytes({0, 0b10100000}))) == std::vector<int>{255, 0, 255});
}

TEST_CASE("read_png: colour stays colour, and is read as it was written") {
  const TemporaryFolder folder;
  const auto image = reference::random<float>({4, 5, 3}, 1, 0, 1);
  io::write_png(folder / "x.png", image);
  const Tensor<std::uint8_t> found = io::read_png(folder / "x.png");
  CHECK(found.shape() == Shape{4, 5, 3});
  for (std::size_t i = 0; i < image.elements().size(); ++i)
    CHECK(found.elements()[i] == std::lround(255 * image.elements()[i]));
  CHECK(io::read_png(folder / "x.png", {.channels = 1}).shape() == Shape{4, 5});
  io::write_png(folder / "x.png", image.reshape({12, 5}));
  CHECK(io::read_png(folder / "x.png", {.channels = 3}).shape() == Shape{12, 5, 3});
  CHECK(message_of<ValueError>([&] { io::read_png(folder / "x.png", {.channels = 2}); }) ==
        "read_png: channels 2 given, expected 1 for grey, 3 for colour, or 0 for what the file has");
}

TEST_CASE("read_png: every kind of bad file is one line that names it") {
  const TemporaryFolder folder;
  const std::string name = (folder / "x.png").string();
  const auto error = [&](const std::string& content) {
    folder.write("x.png", content);
    return message_of<IoError>([&] { io::read_png(name); });
  };
  const std::string whole = png(3, 2, 8, 0, bytes({0, 1, 2, 3, 0, 4, 5, 6}));
  CHECK(message_of<IoError>([&] { io::read_png(folder / "none.png"); }) ==
        (folder / "none.png").string() + ": cannot be opened: No such file or directory");
  CHECK(message_of<IoError>([&] { io::read_png(folder / "."); }) == (folder / ".").string() + ": not a file");
  CHECK(error("") == name + ": no PNG file");
  CHECK(error("GIF89a and more") == name + ": no PNG file");
  for (std::size_t length = 8; length < whole.size(); ++length)
    CHECK(error(whole.substr(0, length)) == name + ": damaged PNG data: ends early");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    CAPTURE(at);
    CHECK(error(damaged).find(name + ": ") == 0);
  }
  std::string damaged = whole;
  damaged[45] = static_cast<char>(damaged[45] ^ 1);
  CHECK(error(damaged) == name + ": damaged PNG data: wrong checksum at byte 33");
  CHECK(error("\x89PNG\r\n\x1A\n" + chunk("IEND", "")) ==
        name + ": damaged PNG data: it does not begin with its sizes");
  CHECK(error(png(4, 2, 8, 0, bytes({0, 1, 2, 3, 0, 4, 5, 6}))) == name + ": damaged PNG data: not enough pixels");
  CHECK(error(png(0, 2, 8, 0, "")) == name + ": damaged PNG data: 2 x 0 pixels");
  // Promise half a gigabyte, and more than there are addresses; neither may be taken before it is there.
  CHECK(error(png(30000, 20000, 8, 0, "abc")) ==
        name + ": damaged PNG data: 20000 x 30000 pixels promised by a file of 68 bytes");
  CHECK(error(png(0xFFFFFFFF, 0xFFFFFFFF, 16, 6, "abc")) ==
        name + ": damaged PNG data: 4294967295 x 4294967295 pixels");
}

TEST_CASE("png: files and images that are too large are refused before memory is taken") {
  const TemporaryFolder folder;
  folder.write("x.png", "");
  std::filesystem::resize_file(folder / "x.png", std::uintmax_t{1} << 31);  // a hole takes no room
  CHECK(message_of<IoError>([&] { io::read_png(folder / "x.png"); }) ==
        (folder / "x.png").string() + ": 2147483648 bytes found, expected less than 2 GiB");
  const float pixel = 0;
  CHECK(message_of<ShapeError>([&] {
          io::write_png(folder / "y.png", Tensor<float>::borrow(&pixel, {1 << 15, 1 << 15}));
        }) == "write_png: image [32768, 32768] given, expected at most 1073741823 elements");
}
