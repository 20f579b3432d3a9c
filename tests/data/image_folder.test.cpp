#include <filesystem>
#include <latent/data/image_set.hpp>

#include "../errors.hpp"
#include "../io/png_files.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"
#include "plain_images.hpp"

using namespace latent;
using namespace plain_images;

TEST_CASE("image_folder: the images of one folder are one class, sorted by name") {
  const TemporaryFolder folder;
  io::write_png(folder / "b.png", plain(2, 3, 20));
  io::write_png(folder / "a.PNG", plain(2, 3, 10));
  io::write_png(folder / "c.Png", plain(2, 3, 30));
  io::write_png(folder / ".hidden.png", plain(9, 9, 0));
  folder.write("notes.txt", "no image");
  std::filesystem::create_directory(folder / "empty");
  const data::ImageDataset set = data::image_folder(folder / "");
  CHECK(set.images.shape() == Shape{3, 2, 3});
  CHECK(firsts(set) == std::vector<int>{10, 20, 30});
  CHECK(set.class_names == std::vector<std::string>{""});
  CHECK(set.labels.shape() == Shape{3});
  CHECK(set.labels(2) == 0);
}

TEST_CASE("image_folder: sub-folders are classes, sorted by name") {
  const TemporaryFolder folder;
  for (const std::string name : {"square", "circle", ".cache"}) std::filesystem::create_directory(folder / name);
  io::write_png(folder / "square/1.png", plain(5, 4, 3));
  io::write_png(folder / "circle/2.png", plain(5, 4, 2));
  io::write_png(folder / "circle/1.png", plain(5, 4, 1));
  io::write_png(folder / ".cache/1.png", plain(1, 1, 1));
  const data::ImageDataset set = data::image_folder(folder / "");
  CHECK(firsts(set) == std::vector<int>{1, 2, 3});
  CHECK(set.class_names == std::vector<std::string>{"circle", "square"});
  CHECK(std::ranges::equal(std::as_const(set.labels).elements(), std::vector<std::uint8_t>{0, 0, 1}));
  CHECK(data::image_files(folder / "").files[2] == folder / "square/1.png");
  CHECK(data::image_set(folder / "").class_names == set.class_names);
}

TEST_CASE("image_folder: colours stay, and a folder of grey and colour becomes one of them if that is wanted") {
  const TemporaryFolder folder;
  Tensor<float> color = Tensor<float>::full({2, 3, 3}, 0);
  for (Index x = 0; x < 3; ++x) color(1, x, 0) = 1;
  for (const char* name : {"1.png", "2.png"}) io::write_png(folder / name, color);
  const data::ImageDataset colors = data::image_folder(folder / "");
  CHECK(colors.images.shape() == Shape{2, 2, 3, 3});
  CHECK(colors.images(1, 1, 2, 0) == 255);
  CHECK(colors.images(1, 1, 2, 1) == 0);
  CHECK(data::image_folder(folder / "", {.channels = 1}).images(1, 1, 2) == 76);

  io::write_png(folder / "2.png", plain(2, 3, 7));
  const auto error = [&] { return message_of<IoError>([&] { data::image_folder(folder / ""); }); };
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  CHECK(error() == path("2.png") + ": a grey image found, expected colours as in " + path("1.png") +
                       "; channels 1 makes all of them grey, channels 3 gives all of them colours");
  CHECK(data::image_folder(folder / "", {.channels = 3}).images(1, 1, 2, 1) == 7);
  CHECK(data::image_folder(folder / "", {.channels = 1}).images.shape() == Shape{2, 2, 3});
  std::filesystem::rename(folder / "1.png", folder / "3.png");
  CHECK(error() == path("3.png") + ": colours found, expected a grey image as in " + path("2.png") +
                       "; channels 1 makes all of them grey, channels 3 gives all of them colours");

  folder.write("3.png", png_files::png(3, 2, 8, 4, bytes({0, 1, 0, 2, 0, 3, 255, 0, 4, 0, 5, 0, 6, 0})));
  CHECK(data::image_folder(folder / "").images(1, 0, 1) == 255);
  CHECK(data::image_folder(folder / "", {.background = {0, 0, 0}}).images(1, 0, 1) == 0);
}

TEST_CASE("image_folder: takes no more memory than the options allow") {
  const TemporaryFolder folder;
  for (const char* name : {"1.png", "2.png", "3.png"}) io::write_png(folder / name, plain(4, 5, 7));
  CHECK(data::image_folder(folder / "", {.max_bytes = 60}).images(2, 3, 4) == 7);
  CHECK(message_of<IoError>([&] { data::image_folder(folder / "", {.max_bytes = 59}); }) ==
        (folder / "1.png").string() + ": 3 images of 4 x 5 pixels, at most 59 bytes are allowed");
}

TEST_CASE("image_folder: every kind of wrong folder is one line that names it") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  const auto error = [&](const std::string& name) {
    return message_of<IoError>([&] { data::image_folder(folder / name); });
  };
  CHECK(error("none") == path("none") + ": no such folder");
  folder.write("file", "");
  CHECK(error("file") == path("file") + ": not a folder");
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK(error("loop") == path("loop") + ": cannot be read: Too many levels of symbolic links");
  const std::string longer(256, 'x');
  CHECK(error(longer) == path(longer) + ": cannot be read: File name too long");
  std::filesystem::create_directory(folder / "short");
  CHECK(error(std::string("short\0er", 8)) == path("short") + "\\u0000er: a NUL character in the name of a file");
  std::filesystem::create_directories(folder / "set/a");
  CHECK(error("set") == path("set") + ": no PNG file found in it or in its folders");

  io::write_png(folder / "set/x.png", plain(2, 2, 0));
  io::write_png(folder / "set/a/1.png", plain(2, 2, 0));
  CHECK(error("set") ==
        path("set") + ": PNG files found both in it (x.png) and in its folder a, expected one or the other");
  std::filesystem::remove(folder / "set/x.png");
  CHECK(data::image_folder(folder / "set").size() == 1);

  std::filesystem::create_directory(folder / "set/b");
  CHECK(error("set") == path("set/b") + ": no PNG file found, expected some as in the class a");
  io::write_png(folder / "set/b/1.png", plain(2, 3, 0));
  CHECK(error("set") == path("set/b/1.png") + ": 2 x 3 pixels found, expected 2 x 2 as in " + path("set/a/1.png"));
  folder.write("set/b/1.png", "no image");
  CHECK(error("set") == path("set/b/1.png") + ": no PNG file");
  std::filesystem::remove(folder / "set/b/1.png");
  std::filesystem::create_symlink("nowhere", folder / "set/b/1.png");
  CHECK(error("set") == path("set/b/1.png") + ": cannot be opened: No such file or directory");

  for (int i = 0; i < 257; ++i) {
    const std::string name = "many/" + std::to_string(i);
    std::filesystem::create_directories(folder / name);
    std::filesystem::copy_file(folder / "set/a/1.png", folder / (name + "/1.png"));
  }
  CHECK(error("many") == path("many") + ": more than 256 folders with PNG files found, expected at most 256 classes");
  std::filesystem::remove_all(folder / "many/0");
  CHECK(data::image_folder(folder / "many").labels(255) == 255);
}

TEST_CASE("read_images: an empty list of files is refused") {
  CHECK(message_of<IoError>([] { data::read_images({}); }) == "read_images: no files given");
}
