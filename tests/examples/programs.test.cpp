#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "../programs.hpp"
#include "../temporary.hpp"

// The example programs, as somebody at a shell uses them.

namespace {

const std::string data = std::string(" --data ") + LATENT_TEST_DATA;

const std::vector<std::string> programs{"fc_autoencoder", "cnn_autoencoder", "sparse_autoencoder", "rnn_autoencoder",
                                        "variational_autoencoder"};

/// history.csv without its last column, the seconds.
std::string losses(const TemporaryFolder& folder, const std::string& name) {
  std::istringstream lines(folder.read(name));
  std::string result, line;
  while (std::getline(lines, line)) result += line.substr(0, line.rfind(',')) + '\n';
  return result;
}

bool is_png(const std::string& content) { return content.substr(0, 4) == "\x89PNG" && content.size() > 1000; }

/// The lines of a text.
long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("programs: each trains, writes its history and picture, and says so in plain lines") {
  for (const std::string& program : programs) {
    CAPTURE(program);
    const TemporaryFolder folder;
    const Outcome outcome = run(program + data + " --epochs 2 --limit 130 --out " + (folder / "a/b").string());
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    const std::string history = folder.read("a/b/history.csv");
    CHECK(history.find("epoch,train_loss,test_loss,test_mse,seconds\n1,0.") == 0);
    CHECK(lines(history) == 3);
    CHECK(is_png(folder.read("a/b/reconstructions.png")));
    CHECK(lines(outcome.output) == 3);
    CHECK(outcome.output.find('\r') == std::string::npos);
    CHECK(folder.read("a/b/model.safetensors").find(R"({"__metadata__":{"model":)") == 8);
    CHECK(std::distance(std::filesystem::directory_iterator(folder / "a/b"), {}) == 3);
  }
}

TEST_CASE("programs: the same seed gives the same losses, for any number of threads") {
  for (const std::string& program : programs) {
    CAPTURE(program);
    const TemporaryFolder folder;
    for (const std::string threads : {"1", "2", "3"})
      CHECK(run(program + data + " --epochs 1 --limit 150 --threads " + threads + " --out " + (folder / threads).string()).status == 0);
    CHECK(!losses(folder, "1/history.csv").empty());
    CHECK(losses(folder, "2/history.csv") == losses(folder, "1/history.csv"));
    CHECK(losses(folder, "3/history.csv") == losses(folder, "1/history.csv"));
  }
  const TemporaryFolder folder;
  CHECK(run("fc_autoencoder" + data + " --epochs 1 --seed 1 --out " + (folder / "1").string()).status == 0);
  CHECK(run("fc_autoencoder" + data + " --epochs 1 --seed 2 --out " + (folder / "2").string()).status == 0);
  CHECK(losses(folder, "1/history.csv") != losses(folder, "2/history.csv"));
}

TEST_CASE("programs: the options of single models matter") {
  const TemporaryFolder folder;
  const auto history = [&](const std::string& command, const std::string& name) {
    CHECK(run(command + data + " --epochs 1 --limit 128 --out " + (folder / name).string()).status == 0);
    return losses(folder, name + "/history.csv");
  };
  CHECK(history("sparse_autoencoder", "a") != history("sparse_autoencoder --l1 0", "b"));
  CHECK(history("sparse_autoencoder --l1 0", "c") == history("fc_autoencoder", "d"));
  CHECK(history("variational_autoencoder", "e") != history("variational_autoencoder --beta 0.25", "f"));
  CHECK(history("variational_autoencoder", "g") != history("variational_autoencoder --study-loss", "h"));
}

TEST_CASE("compare: ends with the study's lines and pictures of all five") {
  const TemporaryFolder folder;
  const Outcome outcome = run("compare" + data + " --epochs 1 --limit 64 --out " + (folder / "out").string());
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  std::size_t at = 0;
  for (const std::string name : {"FC-AE", "CNN-AE", "Sparse-AE", "RNN-AE", "VAE"}) {
    at = outcome.output.find("\n" + name + " - Train Loss: 0.", at);
    CHECK(at != std::string::npos);
  }
  CHECK(is_png(folder.read("out/reconstructions.png")));
  CHECK(is_png(folder.read("out/classes.png")));
  for (const std::string& program : programs) {
    CHECK(lines(folder.read("out/" + program + "/history.csv")) == 2);
    CHECK(is_png(folder.read("out/" + program + "/reconstructions.png")));
  }
}

TEST_CASE("programs: --help explains every option") {
  for (const std::string program : {"fc_autoencoder", "compare"}) {
    const Outcome outcome = run(program + " --help");
    CHECK(outcome.status == 0);
    for (const std::string option : {"--epochs", "--batch", "--lr", "--seed", "--threads", "--data", "--limit", "--out"})
      CHECK(outcome.output.find(option) != std::string::npos);
  }
  CHECK(run("sparse_autoencoder --help").output.find("--l1") != std::string::npos);
  CHECK(run("variational_autoencoder --help").output.find("--study-loss") != std::string::npos);
}

TEST_CASE("programs: mistakes are one line and status 1, and nothing is written") {
  const TemporaryFolder folder;
  folder.write("file", "not a folder");
  const std::string out = " --out " + (folder / "out").string();
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {data + " --epochs 0" + out, "--epochs"},
      {data + " --batch 0" + out, "--batch"},
      {data + " --batch many" + out, "--batch"},
      {data + " --lr -1" + out, "--lr"},
      {data + " --lr nan" + out, "--lr"},
      {data + " --threads -2" + out, "--threads"},
      {data + " --limit -1" + out, "--limit"},
      {data + " --colour red" + out, "--colour"},
      {" --data " + (folder / "none").string() + out, (folder / "none").string()},
      {data + " --out " + (folder / "file/out").string(), (folder / "file/out").string()},
  };
  for (const auto& mistake : mistakes)
    for (const std::string program : {"fc_autoencoder", "compare"}) {
      const Outcome outcome = run(program + mistake.first);
      INFO(mistake.first, " -> ", outcome.output);
      CHECK(outcome.status == 1);
      CHECK(lines(outcome.output) == 1);
      CHECK(outcome.output.find(program + ": ") == 0);
      CHECK(outcome.output.find(mistake.second) != std::string::npos);
    }
  CHECK(!std::filesystem::exists(folder / "out/history.csv"));
}

TEST_CASE("programs: damaged data are one line that names the file") {
  const TemporaryFolder folder;
  for (const auto& file : std::filesystem::directory_iterator(LATENT_TEST_DATA))
    std::filesystem::copy(file, folder / file.path().filename().string());
  const std::string name = "t10k-images-idx3-ubyte.gz";
  const std::string whole = folder.read(name);
  folder.write(name, whole.substr(0, whole.size() / 2));
  const Outcome outcome = run("cnn_autoencoder --data " + (folder / "").string() + " --out " + (folder / "out").string());
  INFO(outcome.output);
  CHECK(outcome.status == 1);
  CHECK(lines(outcome.output) == 1);
  CHECK(outcome.output.find((folder / name).string()) != std::string::npos);
}
