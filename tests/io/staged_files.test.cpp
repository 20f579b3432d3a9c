#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <latent/io/staged_files.hpp>
#include <map>

#include "../errors.hpp"
#include "../temporary.hpp"

using namespace latent;
namespace fs = std::filesystem;

namespace {

/// All files of a folder, by name.
std::map<std::string, std::string> content(const TemporaryFolder& folder) {
  std::map<std::string, std::string> result;
  for (const auto& entry : fs::directory_iterator(folder / "")) {
    const std::string name = entry.path().filename().string();
    result[name] = entry.is_directory() ? "folder" : folder.read(name);
  }
  return result;
}

using Content = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("StagedFiles: files take their places together, and those that tell of others are removed before") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "metrics", "gone", "other"}) folder.write(name, "old");
  {
    io::StagedFiles files(folder / "");
    io::write_file(files / "a", "new a");
    io::write_file(files / "b", "new b");
    io::write_file(files / "metrics", "new metrics");
    CHECK(folder.read("a") == "old");
    CHECK(!fs::exists(folder / "b"));
    CHECK(folder.read("metrics") == "old");
    files.publish({"gone", "metrics"});
  }
  CHECK(content(folder) == Content{{"a", "new a"}, {"b", "new b"}, {"metrics", "new metrics"}, {"other", "old"}});
}

TEST_CASE("StagedFiles: what is not published leaves all as it was") {
  const TemporaryFolder folder;
  folder.write("a", "old");
  {
    const io::StagedFiles files(folder / "");
    io::write_file(files / "a", "new");
  }
  CHECK(content(folder) == Content{{"a", "old"}});
}

TEST_CASE("StagedFiles: if one file cannot be replaced, none is") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "metrics", "z"}) folder.write(name, "old");
  REQUIRE(::chmod((folder / "z").c_str(), 0444) == 0);
  for (const std::string name : {"a", "z"}) {
    io::StagedFiles files(folder / "");
    for (const char* file : {"a", "metrics", "z"}) io::write_file(files / file, "new");
    CHECK(message_of<IoError>([&] { files.publish({"metrics"}); }) ==
          (folder / "z").string() + ": cannot be written: it is read-only");
  }
  CHECK(content(folder) == Content{{"a", "old"}, {"metrics", "old"}, {"z", "old"}});
  CHECK(message_of<IoError>([&] { io::StagedFiles(folder / "none"); }) ==
        (folder / "none").string() + ": cannot be written to: No such file or directory");
}

TEST_CASE("StagedFiles: links stay, and the modes of earlier files") {
  const TemporaryFolder folder, elsewhere;
  elsewhere.write("x", "old");
  REQUIRE(::chmod((elsewhere / "x").c_str(), 0640) == 0);
  fs::create_symlink(elsewhere / "x", folder / "x");
  fs::create_symlink(elsewhere / "last", folder / "last");
  elsewhere.write("last", "old");
  io::StagedFiles files(folder / "");
  io::write_file(files / "x", "new");
  io::write_file(files / "last", "new");
  files.publish({"last"});
  CHECK(content(elsewhere) == Content{{"x", "new"}, {"last", "new"}});
  CHECK(fs::is_symlink(folder / "x"));
  CHECK(fs::is_symlink(folder / "last"));
  struct stat status = {};
  REQUIRE(::stat((elsewhere / "x").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("remove_unfinished: removes the hidden folder of a killed program, not one in use") {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    const io::StagedFiles files(folder / "");
    io::write_file(files / "a", "new");
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(content(folder).size() == 1);
  io::StagedFiles files(folder / "");
  io::write_file(files / "b", "new");
  io::remove_unfinished(folder / "");
  files.publish();
  CHECK(content(folder) == Content{{"b", "new"}, {files.path().filename().string(), "folder"}});
}

TEST_CASE("StagedFiles: where a link leads to another disk that is full, all stays as it was") {
  struct stat here = {}, there = {};
  const TemporaryFolder folder;
  if (::stat("/dev/shm", &there) != 0 || ::stat((folder / "").c_str(), &here) != 0 || here.st_dev == there.st_dev)
    return;
  const fs::path elsewhere = "/dev/shm" / (folder / "").parent_path().filename();
  fs::create_directory(elsewhere);
  fs::create_symlink(elsewhere / "x", folder / "x");
  for (const char* name : {"metrics", "x"}) folder.write(name, "old");
  const std::string larger(10'000, 'x');

  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const bool full : {true, false}) {
    io::StagedFiles files(folder / "");
    io::write_file(files / "metrics", "new");
    io::write_file(files / "x", larger);
    const rlimit small{full ? 5000 : before.rlim_cur, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    if (full) {
      CHECK(message_of<IoError>([&] { files.publish({"metrics"}); }) ==
            (elsewhere / "x").string() + ": cannot be written: File too large");
    } else {
      files.publish({"metrics"});
    }
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(folder.read("metrics") == (full ? "old" : "new"));
    CHECK(folder.read("x") == (full ? "old" : larger));
    CHECK(fs::is_symlink(folder / "x"));
    CHECK(std::distance(fs::directory_iterator(elsewhere), {}) == 1);
  }
  std::signal(SIGXFSZ, handler);
  fs::remove_all(elsewhere);
}
