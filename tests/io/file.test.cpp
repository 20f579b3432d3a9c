#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <latent/io/file.hpp>
#include <thread>
#include <vector>

#include "../errors.hpp"
#include "../temporary.hpp"

using namespace latent;
namespace fs = std::filesystem;

namespace {

std::ptrdiff_t files_in(const fs::path& folder) { return std::distance(fs::directory_iterator(folder), {}); }

unsigned mode_of(const fs::path& path) {
  struct stat status = {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("write_file: replaces whole files and keeps the old one if it fails") {
  const TemporaryFolder folder;
  io::write_file(folder / "a", "first");
  io::write_file(folder / "a", "second and longer");
  CHECK(folder.read("a") == "second and longer");
  fs::create_directory(folder / "b");
  folder.write("b/inside", "kept");
  CHECK(message_of<IoError>([&] { io::write_file(folder / "b", "x"); }) ==
        (folder / "b").string() + ": cannot be written: Is a directory");
  CHECK(folder.read("b/inside") == "kept");
  CHECK(files_in(folder / "") == 2);
}

TEST_CASE("write_file: many writers and readers of one file see whole files only") {
  const TemporaryFolder folder;
  const fs::path path = folder / "x";
  std::atomic<int> failed = 0, damaged = 0;
  io::write_file(path, std::string(20'000, 'a'));
  std::vector<std::thread> threads;
  for (char letter = 'a'; letter < 'i'; ++letter)
    threads.emplace_back([&, letter] {
      for (int i = 0; i < 10; ++i) try {
          io::write_file(path, std::string(20'000, letter));
          std::string content(20'000, ' ');
          const io::InputFile file(path);
          file.read(0, std::as_writable_bytes(std::span(content)));
          damaged += content != std::string(20'000, content[0]) || file.size() != 20'000;
        } catch (const IoError&) {
          ++failed;
        }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(damaged == 0);
  CHECK(files_in(folder / "") == 1);
}

TEST_CASE("write_file: links stay and lead to the new content, also into nowhere; loops are refused") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "there");
  folder.write("there/x", "old");
  fs::create_symlink("there/x", folder / "link");
  fs::create_symlink("link", folder / "second");
  fs::create_symlink("there/new", folder / "nowhere");
  fs::create_symlink("loop", folder / "loop");
  io::write_file(folder / "second", "new");
  io::write_file(folder / "nowhere", "made");
  CHECK(folder.read("there/x") == "new");
  CHECK(folder.read("there/new") == "made");
  for (const char* link : {"link", "second", "nowhere", "loop"}) CHECK(fs::is_symlink(folder / link));
  CHECK(message_of<IoError>([&] { io::write_file(folder / "loop", "x"); }) ==
        (folder / "loop").string() + ": cannot be written: Too many levels of symbolic links");
}

TEST_CASE("write_file: keeps an earlier file's mode and owner; a new one has what the mask allows") {
  const TemporaryFolder folder;
  const mode_t mask = ::umask(027);
  io::write_file(folder / "new", "x");
  ::umask(mask);
  CHECK(mode_of(folder / "new") == 0640);
  for (const unsigned mode : {0600u, 0640u, 0755u, 0666u}) {
    REQUIRE(::chmod((folder / "new").c_str(), mode) == 0);
    io::write_file(folder / "new", "y");
    CHECK(mode_of(folder / "new") == mode);
  }
  if (::chown((folder / "new").c_str(), 1234, 5678) == 0) {  // as root
    io::write_file(folder / "new", "z");
    struct stat status = {};
    REQUIRE(::stat((folder / "new").c_str(), &status) == 0);
    CHECK(status.st_uid == 1234);
    CHECK(status.st_gid == 5678);
  }
}

TEST_CASE("write_file: what is read-only or no file is refused and stays") {
  const TemporaryFolder folder;
  const auto error = [&](const fs::path& path) { return message_of<IoError>([&] { io::write_file(path, "new"); }); };
  folder.write("kept", "old");
  REQUIRE(::chmod((folder / "kept").c_str(), 0444) == 0);
  CHECK(error(folder / "kept") == (folder / "kept").string() + ": cannot be written: it is read-only");
  CHECK(folder.read("kept") == "old");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  fs::create_symlink("pipe", folder / "link");
  for (const char* name : {"pipe", "link"})
    CHECK(error(folder / name) == (folder / name).string() + ": cannot be written: not a file");
  CHECK(fs::is_fifo(folder / "pipe"));
  if (::mknod((folder / "device").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0) {  // as root
    CHECK(error(folder / "device") == (folder / "device").string() + ": cannot be written: not a file");
    CHECK(fs::is_character_file(folder / "device"));
    fs::remove(folder / "device");
  }
  CHECK(files_in(folder / "") == 3);
}

TEST_CASE("write_file: names are as long as the system allows, and none has a NUL") {
  const TemporaryFolder folder;
  io::write_file(folder / std::string(255, 'x'), "long");
  CHECK(folder.read(std::string(255, 'x')) == "long");
  CHECK(message_of<IoError>([&] { io::write_file(folder / std::string(256, 'x'), ""); }) ==
        (folder / std::string(256, 'x')).string() + ": cannot be written: File name too long");
  CHECK(message_of<IoError>([&] {
          io::write_file(folder / std::string("a\0b", 3), "");
        }).ends_with("a\\u0000b: a NUL character in the name of a file"));
  CHECK(message_of<IoError>([&] {
          io::InputFile(folder / std::string("a\0b", 3));
        }).ends_with("a\\u0000b: a NUL character in the name of a file"));
  CHECK(!fs::exists(folder / "a"));
  CHECK(files_in(folder / "") == 1);
}

TEST_CASE("write_file: nothing is left behind where the space does not suffice, and the old file stays") {
  const TemporaryFolder folder;
  folder.write("x", "old");
  struct rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  struct rlimit small = before;
  small.rlim_cur = 1000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string error = message_of<IoError>([&] { io::write_file(folder / "x", std::string(2000, 'x')); });
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(error == (folder / "x").string() + ": cannot be written: File too large");
  CHECK(folder.read("x") == "old");
  CHECK(files_in(folder / "") == 1);
}

TEST_CASE("remove_unfinished: what a killed program left is removed, what is being written stays") {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    io::detail::TemporaryFile file(io::detail::target_of(folder / "x"));
    ::_exit(file.write("half") ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(files_in(folder / "") == 1);
  folder.write("other", "kept");
  folder.write(".latent-0123456789abcdef0", "kept");
  folder.write(".latent-notes", "kept");
  {
    io::detail::TemporaryFile file(io::detail::target_of(folder / "y"));
    REQUIRE(file.is_open());
    CHECK(files_in(folder / "") == 5);
    io::remove_unfinished(folder / "");
    CHECK(files_in(folder / "") == 4);
    CHECK(file.write("all"));
    CHECK(file.replace_target());
  }
  CHECK(folder.read("y") == "all");
  for (const char* name : {"other", ".latent-0123456789abcdef0", ".latent-notes"}) CHECK(folder.read(name) == "kept");
  CHECK(files_in(folder / "") == 4);
  io::remove_unfinished(folder / "none");
}

TEST_CASE("input file: one that is cut while it is read is an error") {
  const TemporaryFolder folder;
  folder.write("x", "0123456789");
  const io::InputFile file(folder / "x");
  fs::resize_file(folder / "x", 4);
  std::array<std::byte, 10> content;
  CHECK(message_of<IoError>([&] { file.read(0, content); }) ==
        (folder / "x").string() + ": ended early, it was cut while being read");
}
