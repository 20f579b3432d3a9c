#include <filesystem>
#include <latent/io/file.hpp>

#include "../errors.hpp"
#include "../temporary.hpp"

using namespace latent;

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
