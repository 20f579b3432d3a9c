#include <sys/resource.h>
#include <zlib.h>

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
        (folder / "none").string() + ": cannot be opened: No such file or directory");
  CHECK(message_of<IoError>([&] { data::read_idx(folder / ".", 3); }) == (folder / ".").string() + ": not a file");
  CHECK(error("", 1) == name + ": no idx file, it does not begin with two zero bytes and is shorter than a header");
  CHECK(error("PNG and more", 1) == name + ": no idx file, it does not begin with two zero bytes");
  CHECK(error(bytes({0, 0, 13, 1, 0, 0, 0, 1}), 1) ==
        name + ": idx data of type 0x0d found, expected unsigned bytes, 0x08");
  CHECK(error(header({3}) + "abc", 3) == name + ": idx data of 1 dimensions found, expected 3 (images)");
  CHECK(error(header({1, 1, 1}) + "a", 1) == name + ": idx data of 3 dimensions found, expected 1 (labels)");
  CHECK(error(bytes({0, 0, 8, 3, 0, 0}), 3) == name + ": ends within its header");
  CHECK(error(bytes({0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255}), 2) ==
        name + ": its header promises 1.84467e+19 bytes, more than any file holds");
  CHECK(error(header({4, 5, 5}) + "abc", 3) == name + ": 3 bytes of data found, expected 100 for [4, 5, 5]");
  CHECK(error(header({2}) + "abc", 1) == name + ": more data found than the 2 bytes expected for [2]");
  CHECK(error(bytes({0, 0, 8, 3, 127, 255, 255, 255, 127, 255, 255, 255, 0, 0, 0, 1}), 3)
            .find("more than any file holds") != std::string::npos);
  CHECK(error(bytes({0, 0, 8, 3, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255}), 3) ==  // a shape that cannot be
        name + ": its header promises 1.84467e+19 bytes, more than any file holds");
  // Promises nearly 1 GiB, which must not be taken before it is there.
  CHECK(error(bytes({0, 0, 8, 1, 63, 255, 255, 255}) + "abc", 1) ==
        name + ": 3 bytes of data found, expected 1073741823 for [1073741823]");
  CHECK(error(bytes({0, 0, 8, 1, 127, 255, 255, 255}) + "abc", 1) ==
        name + ": its header promises 2147483647 bytes, at most 1073741824 are allowed");
  const std::string whole = gzipped(header({200}) + std::string(200, 'x'), folder);
  CHECK(error(whole.substr(0, whole.size() - 12), 1).find(name + ": ") == 0);
  std::string damaged = whole;
  damaged[whole.size() - 6] = static_cast<char>(damaged[whole.size() - 6] ^ 0x55);
  CHECK(error(damaged, 1) == name + ": damaged gzip data: incorrect data check");
  for (std::size_t length = 2; length < whole.size(); ++length)
    CHECK(error(whole.substr(0, length), 1) == name + ": damaged gzip data: ends early");
}

TEST_CASE("idx: gzipped data may have several parts, and nothing else behind them") {
  const TemporaryFolder folder;
  const std::string name = (folder / "f").string();
  const std::string first = gzipped(header({4464, 2}), folder), second = gzipped("abc", folder);
  const std::string parts = first + gzipped(std::string(4464 * 2 - 3, 'x'), folder) + gzipped("", folder) + second;
  folder.write("f", parts);
  CHECK(data::read_idx(name, 2)(4463, 1) == 'c');
  const auto error = [&](const std::string& behind) {
    folder.write("f", parts + behind);
    return message_of<IoError>([&] { data::read_idx(name, 2); });
  };
  CHECK(error("x") == name + ": damaged gzip data: something else follows it");
  CHECK(error(std::string(1, '\0')) == name + ": damaged gzip data: something else follows it");
  CHECK(error(std::string(100'000, 'x')) == name + ": damaged gzip data: something else follows it");
  CHECK(error("\x1f") == name + ": damaged gzip data: ends early");
  CHECK(error("\x1f and more") == name + ": damaged gzip data: incorrect header check");
  CHECK(error(second) == name + ": more data found than the 8928 bytes expected for [4464, 2]");
}

TEST_CASE("idx: unpacks no more than is allowed, and holds it once") {
  const TemporaryFolder folder;
  const auto path = folder / "f";
  const gzFile file = gzopen(path.c_str(), "wb9");
  const std::string content = bytes({0, 0, 8, 1, 4, 0, 0, 0});  // 64 MiB
  gzwrite(file, content.data(), 8);
  for (int i = 0; i < 64; ++i) gzwrite(file, std::string(1 << 20, '\0').data(), 1 << 20);
  gzclose(file);
  CHECK(message_of<IoError>([&] { data::read_idx(path, 1, {.max_bytes = (1 << 26) - 1}); }) ==
        path.string() + ": its header promises 67108864 bytes, at most 67108863 are allowed");
  const auto peak = [] {
    struct rusage usage = {};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = peak();
  CHECK(data::read_idx(path, 1).size(0) == 1 << 26);
  CHECK(peak() - before < 100'000);  // KiB
  folder.write("f", gzipped(bytes({0, 0, 8, 1, 63, 255, 255, 255}), folder));
  CHECK(message_of<IoError>([&] {
          data::read_idx(path, 1);
        }).ends_with(" bytes of data found, expected 1073741823 for [1073741823]"));
}
