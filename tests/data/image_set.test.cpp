#include <filesystem>
#include <latent/data/image_set.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"
#include "plain_images.hpp"

using namespace latent;
using namespace plain_images;

TEST_CASE("image_set: reads idx files of any size, with labels or without") {
  const TemporaryFolder folder;
  const std::string images = bytes({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6});
  folder.write("images", images);
  folder.write("labels", bytes({0, 0, 8, 1, 0, 0, 0, 2, 3, 0}));
  const data::ImageDataset plain_set = data::image_set(folder / "images");
  CHECK(plain_set.images.shape() == Shape{2, 1, 3});
  CHECK(plain_set.class_names == std::vector<std::string>{""});
  CHECK(plain_set.labels(1) == 0);
  CHECK(plain_set.gather(std::vector<Index>{1}).images(0, 0, 2, 0) == 6.0f / 255);
  const data::ImageDataset labelled = data::image_set(folder / "images", folder / "labels");
  CHECK(labelled.class_names == std::vector<std::string>{"0", "1", "2", "3"});
  CHECK(labelled.labels(0) == 3);

  const gzFile packed = gzopen((folder / "packed.gz").c_str(), "wb");
  gzwrite(packed, images.data(), static_cast<unsigned>(images.size()));
  gzclose(packed);
  CHECK(firsts(data::image_set(folder / "packed.gz", folder / "labels")) == std::vector<int>{1, 4});
}

TEST_CASE("image_set: files that do not fit each other are named") {
  const TemporaryFolder folder;
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  const auto error = [&](const std::string& images, const std::string& labels = {}) {
    return message_of<IoError>([&] { data::image_set(folder / images, labels.empty() ? "" : folder / labels); });
  };
  folder.write("images", bytes({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2}));
  folder.write("one", bytes({0, 0, 8, 1, 0, 0, 0, 1, 3}));
  folder.write("none", bytes({0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}));
  std::filesystem::create_directory(folder / "set");
  io::write_png(folder / "set/x.png", plain(2, 2, 0));
  CHECK(error("nothing") == path("nothing") + ": cannot be opened: No such file or directory");
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK(error("loop") == path("loop") + ": cannot be opened: Too many levels of symbolic links");
  const std::string longer(256, 'x');
  CHECK(error(longer) == path(longer) + ": cannot be opened: File name too long");
  CHECK(error(std::string("set\0x", 5)) == path("set") + "\\u0000x: a NUL character in the name of a file");
  CHECK(error("images", std::string("one\0x", 5)) == path("one") + "\\u0000x: a NUL character in the name of a file");
  CHECK(message_of<IoError>([&] { data::image_set(folder / "images", {}, {.max_bytes = 1}); }) ==
        path("images") + ": its header promises 2 bytes, at most 1 are allowed");
  CHECK(error("one") == path("one") + ": idx data of 1 dimensions found, expected 3 (images)");
  CHECK(error("none") == path("none") + ": images [0, 1, 1] found, expected at least one of at least 1 x 1");
  CHECK(error("images", "one") ==
        path("one") + ": 1 labels found, expected 2, the number of images in " + path("images"));
  CHECK(error("images", "nothing") == path("nothing") + ": cannot be opened: No such file or directory");
  CHECK(error("set", "one") ==
        path("one") + ": labels given for the folder " + path("set") + ", whose sub-folders are its classes");
}
