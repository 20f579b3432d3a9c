#include <filesystem>
#include <fstream>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

using namespace latent;

namespace {

/// An idx header of unsigned bytes with small sizes.
std::string header(std::initializer_list<int> sizes) {
  std::string result = bytes({0, 0, 8, static_cast<int>(sizes.size())});
  for (int size : sizes) result += bytes({0, 0, size / 256, size % 256});
  return result;
}

std::string gzipped(const std::string& content, const TemporaryFolder& folder) {
  const std::string path = (folder / "packed").string();
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
  return folder.read("packed");
}

}  // namespace

TEST_CASE("idx: reads plain and gzipped files") {
  const TemporaryFolder folder;
  const std::string content = header({2, 1, 3}) + bytes({1, 2, 3, 4, 5, 255});
  for (const std::string& file : {content, gzipped(content, folder)}) {
    folder.write("images", file);
    const Tensor<std::uint8_t> x = data::read_idx(folder / "images", 3);
    CHECK(x.shape() == Shape{2, 1, 3});
    CHECK(x(1, 0, 2) == 255);
  }
}

TEST_CASE("idx: every kind of bad file is one line that names it") {
  const TemporaryFolder folder;
  const std::string name = (folder / "f").string();
  const auto error = [&](const std::string& content, Index rank) {
    folder.write("f", content);
    return message_of<IoError>([&] { data::read_idx(name, rank); });
  };
  CHECK(message_of<IoError>([&] { data::read_idx(folder / "none", 3); }) ==
        (folder / "none").string() + ": no such file");
  CHECK(message_of<IoError>([&] { data::read_idx(folder / ".", 3); }) == (folder / ".").string() + ": not a file");
  CHECK(error("", 1) == name + ": no idx file, it does not begin with two zero bytes and is shorter than a header");
  CHECK(error("PNG and more", 1) == name + ": no idx file, it does not begin with two zero bytes");
  CHECK(error(bytes({0, 0, 13, 1, 0, 0, 0, 1}), 1) ==
        name + ": idx data of type 0x0d found, expected unsigned bytes, 0x08");
  CHECK(error(header({3}) + "abc", 3) == name + ": idx data of 1 dimensions found, expected 3 (images)");
  CHECK(error(header({1, 1, 1}) + "a", 1) == name + ": idx data of 3 dimensions found, expected 1 (labels)");
  CHECK(error(bytes({0, 0, 8, 3, 0, 0}), 3) == name + ": ends within its header");
  CHECK(error(header({4, 5, 5}) + "abc", 3) == name + ": 3 bytes of data found, expected 100 for [4, 5, 5]");
  CHECK(error(header({2}) + "abc", 1) == name + ": more data found than the 2 bytes expected for [2]");
  CHECK(error(bytes({0, 0, 8, 3, 127, 255, 255, 255, 127, 255, 255, 255, 0, 0, 0, 1}), 3)
            .find("more than any file holds") != std::string::npos);
  // Promises 2 GiB, which must not be taken before it is there.
  CHECK(error(bytes({0, 0, 8, 1, 127, 255, 255, 255}) + "abc", 1) ==
        name + ": 3 bytes of data found, expected 2147483647 for [2147483647]");
  const std::string whole = gzipped(header({200}) + std::string(200, 'x'), folder);
  CHECK(error(whole.substr(0, whole.size() - 12), 1).find(name + ": ") == 0);
  std::string damaged = whole;
  damaged[whole.size() / 2] = static_cast<char>(damaged[whole.size() / 2] ^ 0x55);
  CHECK(error(damaged, 1).find(name + ": damaged gzip data: ") == 0);
}
