#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "../programs.hpp"
#include "../temporary.hpp"

// The example programs, as somebody at a shell uses them.

namespace {

const std::string data_option = std::string(" --data ") + LATENT_TEST_DATA;

const std::vector<std::string> programs{"fc_autoencoder", "cnn_autoencoder", "sparse_autoencoder", "rnn_autoencoder",
                                        "variational_autoencoder"};

/// history.csv without its last column, the seconds.
std::string losses(const TemporaryFolder& folder, const std::string& name) {
  std::istringstream lines(folder.read(name));
  std::string result, line;
  while (std::getline(lines, line)) result += line.substr(0, line.rfind(',')) + '\n';
  return result;
}

/// What a program draws besides reconstructions.png.
std::vector<std::string> pictures(const std::string& program) {
  if (program == "cnn_autoencoder") return {"filters.png", "feature_maps.png"};
  if (program == "variational_autoencoder") return {"samples.png", "interpolations.png", "traversal.png"};
  if (program == "rnn_autoencoder") return {};
  return {"units.png"};
}

/// The lines of a text.
}  // namespace

TEST_CASE("programs: each trains, writes its history and picture, and says so in plain lines") {
  for (const std::string& program : programs) {
    CAPTURE(program);
    const TemporaryFolder folder;
    const Outcome outcome = run(program + data_option + " --epochs 2 --limit 130 --out " + (folder / "a/b").string());
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    const std::string history = folder.read("a/b/history.csv");
    CHECK(history.find("epoch,train_loss,test_loss,test_mse,seconds\n1,0.") == 0);
    CHECK(lines(history) == 3);
    CHECK(is_png(folder.read("a/b/reconstructions.png")));
    CHECK(lines(outcome.output) == 3);
    CHECK(outcome.output.find('\r') == std::string::npos);
    CHECK(folder.read("a/b/model.safetensors").find(R"({"__metadata__":{"model":)") == 8);
    const auto metrics = nlohmann::json::parse(folder.read("a/b/metrics.json"));
    CHECK(metrics["history"].size() == 2);
    CHECK(metrics["test_mse"] == metrics["history"][1]["test_mse"]);
    for (const std::string& picture : pictures(program)) CHECK(is_png(folder.read("a/b/" + picture)));
    CHECK(std::distance(std::filesystem::directory_iterator(folder / "a/b"), {}) == 4 + std::ssize(pictures(program)));
  }
}

TEST_CASE("programs: the same seed gives the same losses, for any number of threads") {
  for (const std::string& program : programs) {
    CAPTURE(program);
    const TemporaryFolder folder;
    for (const std::string threads : {"1", "2", "3"})
      CHECK(run(program + data_option + " --epochs 1 --limit 150 --threads " + threads + " --out " +
                (folder / threads).string())
                .status == 0);
    CHECK(!losses(folder, "1/history.csv").empty());
    CHECK(losses(folder, "2/history.csv") == losses(folder, "1/history.csv"));
    CHECK(losses(folder, "3/history.csv") == losses(folder, "1/history.csv"));
  }
  const TemporaryFolder folder;
  CHECK(run("fc_autoencoder" + data_option + " --epochs 1 --seed 1 --out " + (folder / "1").string()).status == 0);
  CHECK(run("fc_autoencoder" + data_option + " --epochs 1 --seed 2 --out " + (folder / "2").string()).status == 0);
  CHECK(losses(folder, "1/history.csv") != losses(folder, "2/history.csv"));
}

TEST_CASE("programs: the options of single models matter") {
  const TemporaryFolder folder;
  const auto history = [&](const std::string& command, const std::string& name) {
    CHECK(run(command + data_option + " --epochs 1 --limit 128 --out " + (folder / name).string()).status == 0);
    return losses(folder, name + "/history.csv");
  };
  CHECK(history("sparse_autoencoder", "a") != history("sparse_autoencoder --l1 0", "b"));
  CHECK(history("sparse_autoencoder --l1 0", "c") == history("fc_autoencoder", "d"));
  CHECK(history("variational_autoencoder", "e") != history("variational_autoencoder --beta 0.25", "f"));
  CHECK(history("variational_autoencoder", "g") != history("variational_autoencoder --study-loss", "h"));
  CHECK(history("rnn_autoencoder", "i") != history("rnn_autoencoder --bottleneck", "j"));
  CHECK(nlohmann::json::parse(folder.read("i/metrics.json"))["code_size"] == 3584);
  CHECK(nlohmann::json::parse(folder.read("j/metrics.json"))["code_size"] == 128);
}

TEST_CASE("compare: ends with the study's lines and pictures of all five") {
  const TemporaryFolder folder;
  const Outcome outcome = run("compare" + data_option + " --epochs 1 --limit 64 --out " + (folder / "out").string());
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  std::size_t at = 0;
  for (const std::string name : {"FC-AE", "CNN-AE", "Sparse-AE", "RNN-AE", "VAE"}) {
    at = outcome.output.find("\n" + name + " - Train Loss: 0.", at);
    CHECK(at != std::string::npos);
  }
  for (const std::string picture : {"reconstructions", "classes", "curves", "codes", "activity"})
    CHECK(is_png(folder.read("out/" + picture + ".png")));
  const auto metrics = nlohmann::json::parse(folder.read("out/metrics.json"));
  CHECK(metrics["models"].size() == 5);
  CHECK(metrics["models"][0]["parameters"] == 218192);
  CHECK(metrics["models"][4].contains("kl_nats"));
  for (const std::string& program : programs) {
    CHECK(lines(folder.read("out/" + program + "/history.csv")) == 2);
    CHECK(is_png(folder.read("out/" + program + "/reconstructions.png")));
  }
}

TEST_CASE("compare: trains only what is asked for and not trained with the same options before") {
  const TemporaryFolder folder;
  const auto compare = [&](const std::string& options) {
    return run("compare" + data_option + " --epochs 1 --limit 64 --out " + (folder / "out").string() + options);
  };
  const auto trained = [](const Outcome& outcome, const std::string& name) {
    return outcome.output.find(name + " ") != std::string::npos &&
           outcome.output.find(" epoch 1/1", outcome.output.find(name)) != std::string::npos &&
           outcome.output.find(name + ": trained already") == std::string::npos;
  };
  const Outcome first = compare(" --models fc,vae");
  CHECK(first.status == 0);
  CHECK(trained(first, "FC-AE"));
  CHECK(trained(first, "VAE"));
  CHECK(!std::filesystem::exists(folder / "out/cnn_autoencoder"));
  const std::string weights = folder.read("out/fc_autoencoder/model.safetensors");

  const Outcome again = compare(" --models fc,sparse");
  CHECK(again.status == 0);
  CHECK(again.output.find("FC-AE: trained already, 1 epochs") != std::string::npos);
  CHECK(again.output.find("Sparse-AE epoch 1/1") != std::string::npos);
  CHECK(folder.read("out/fc_autoencoder/model.safetensors") == weights);
  CHECK(lines(folder.read("out/fc_autoencoder/history.csv")) == 2);

  const Outcome other = compare(" --models fc --seed 7");
  CHECK(other.output.find("trained already") == std::string::npos);
  CHECK(folder.read("out/fc_autoencoder/model.safetensors") != weights);
  CHECK(compare(" --models fc --seed 7").output.find("trained already") != std::string::npos);
  CHECK(compare(" --models fc --seed 7 --fresh").output.find("trained already") == std::string::npos);
  CHECK(compare(" --models vae --beta 0.5").output.find("trained already") == std::string::npos);

  folder.write("out/fc_autoencoder/model.safetensors", "damaged");
  const Outcome damaged = compare(" --models fc --seed 7");
  CHECK(damaged.status == 0);
  CHECK(damaged.output.find("Trained anew, since earlier results cannot be used") != std::string::npos);
  CHECK(folder.read("out/fc_autoencoder/model.safetensors").size() > 10000);

  folder.write("out/metrics.json", "earlier");
  folder.write("out/report.html", "earlier");
  const Outcome diverging = compare(" --models fc,vae --seed 9 --lr 10");
  INFO(diverging.output);
  CHECK(diverging.status == 1);
  CHECK(diverging.output.find("compare: VAE: the loss is no longer a number in epoch 1, ") != std::string::npos);
  CHECK(diverging.output.find("; a smaller --lr may help, and --detect-anomaly names the operation\n") !=
        std::string::npos);
  CHECK(folder.read("out/metrics.json") == "earlier");
  CHECK(folder.read("out/report.html") == "earlier");

  CHECK(compare(" --models fc,vae").status == 0);
  CHECK(std::filesystem::exists(folder / "out/activity.png"));
  CHECK(compare(" --models vae").status == 0);
  CHECK(!std::filesystem::exists(folder / "out/activity.png"));
  const auto modified = std::filesystem::last_write_time(folder / "out/fc_autoencoder/model.safetensors");

  const std::string kept = folder.read("out/fc_autoencoder/metrics.json");
  const Outcome unknown = compare(" --models fc,gan --seed 8");
  CHECK(unknown.status == 1);
  CHECK(lines(unknown.output) == 1);
  CHECK(unknown.output.find("gan") != std::string::npos);
  CHECK(folder.read("out/fc_autoencoder/metrics.json") == kept);
  CHECK(std::filesystem::last_write_time(folder / "out/fc_autoencoder/model.safetensors") == modified);
}

TEST_CASE("programs: --detect-anomaly names the operation that spoils a training, and leaves others as they are") {
  const TemporaryFolder folder;
  const auto train = [&](const std::string& options) {
    return run("variational_autoencoder --epochs 1 --limit 2000" + data_option + options);
  };
  const Outcome spoiled = train(" --lr 10 --detect-anomaly --out " + (folder / "spoiled").string());
  INFO(spoiled.output);
  CHECK(spoiled.status == 1);
  CHECK(lines(spoiled.output) == 1);
  CHECK(spoiled.output.find(": detect_anomaly: step ") != std::string::npos);
  CHECK(spoiled.output.find(" of ") != std::string::npos);

  CHECK(train(" --out " + (folder / "plain").string()).status == 0);
  CHECK(train(" --detect-anomaly --out " + (folder / "guarded").string()).status == 0);
  CHECK(folder.read("plain/model.safetensors") == folder.read("guarded/model.safetensors"));
}

TEST_CASE("programs: --matmul-precision changes what is learned, and belongs to a checkpoint") {
  const TemporaryFolder folder;
  const auto train = [&](const std::string& options) {
    return run("fc_autoencoder --epochs 2 --limit 640" + data_option + options);
  };
  const auto out = [&](const std::string& name) { return " --out " + (folder / name).string(); };
  CHECK(train(out("float")).status == 0);
  CHECK(train(" --matmul-precision bfloat16 --checkpoint-every 5" + out("bfloat16")).status == 0);
  CHECK(folder.read("float/model.safetensors") != folder.read("bfloat16/model.safetensors"));
  const std::string weights = folder.read("bfloat16/model.safetensors");

  CHECK(train(" --matmul-precision bfloat16 --resume" + out("bfloat16")).status == 0);
  CHECK(folder.read("bfloat16/model.safetensors") == weights);
  const Outcome other = train(" --resume" + out("bfloat16"));
  CHECK(other.status == 1);
  CHECK(other.output.find("--matmul-precision (matmul_precision was \"bfloat16\", is \"float32\")") !=
        std::string::npos);
  CHECK(train(" --matmul-precision float16").status == 1);
}

TEST_CASE("programs: --shards changes what is learned, belongs to a checkpoint, and is a power of two") {
  const TemporaryFolder folder;
  const auto train = [&](const std::string& options) {
    return run("variational_autoencoder --epochs 2 --limit 140" + data_option + options);
  };
  const auto out = [&](const std::string& name) { return " --out " + (folder / name).string(); };
  CHECK(train(out("whole")).status == 0);
  CHECK(train(" --shards 4 --checkpoint-every 4" + out("shards")).status == 0);
  CHECK(folder.read("whole/model.safetensors") != folder.read("shards/model.safetensors"));
  const auto metrics = nlohmann::json::parse(folder.read("shards/metrics.json"));
  CHECK(metrics["options"]["shards"] == 4);
  CHECK(metrics["trained"]["processes"] == 1);
  const std::string weights = folder.read("shards/model.safetensors");

  CHECK(train(" --shards 4 --threads 1 --resume" + out("shards")).status == 0);  // from step 4 of 6
  CHECK(folder.read("shards/model.safetensors") == weights);
  const Outcome other = train(" --shards 8 --resume" + out("shards"));
  CHECK(other.status == 1);
  CHECK(other.output.find("--shards (shards was 4, is 8)") != std::string::npos);
  const Outcome wrong = train(" --shards 3" + out("wrong"));
  CHECK(wrong.status == 1);
  CHECK(wrong.output ==
        "variational_autoencoder: DataParallel: shards must be a power of two from 1 to 65536, got 3\n");
}

TEST_CASE("programs: --help explains every option") {
  for (const std::string program : {"fc_autoencoder", "compare"}) {
    const Outcome outcome = run(program + " --help");
    CHECK(outcome.status == 0);
    for (const std::string option :
         {"--epochs", "--batch", "--lr", "--seed", "--threads", "--data", "--limit", "--out", "--detect-anomaly",
          "--shards", "--resume", "--checkpoint-every", "--matmul-precision"})
      CHECK(outcome.output.find(option) != std::string::npos);
  }
  CHECK(run("sparse_autoencoder --help").output.find("--l1") != std::string::npos);
  CHECK(run("variational_autoencoder --help").output.find("--study-loss") != std::string::npos);
}

TEST_CASE("programs: mistakes are one line and status 1, and earlier results stay as they are") {
  const TemporaryFolder folder;
  folder.write("file", "not a folder");
  for (const std::string name : {"out/", "out/fc_autoencoder/"})
    for (const std::string file :
         {"history.csv", "metrics.json", "model.safetensors", "reconstructions.png", "report.html"}) {
      std::filesystem::create_directories(folder / name);
      folder.write(name + file, "earlier");
    }
  const std::string out = " --out " + (folder / "out").string();
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {data_option + " --epochs 0" + out, "--epochs"},
      {data_option + " --epochs 010" + out, "--epochs: 010 is not a number from 1 to"},
      {data_option + " --epochs 0x2" + out, "--epochs: 0x2 is not a number from 1 to"},
      {data_option + " --epochs 1e1" + out, "--epochs: 1e1 is not a number from 1 to"},
      {data_option + " --lr 0x1p-9" + out, "--lr: 0x1p-9 is not a number"},
      {data_option + " --seed -1" + out, "--seed: -1 is not a number from 0 to"},
      {data_option + " --seed 012" + out, "--seed: 012 is not a number from 0 to"},
      {data_option + " --seed 18446744073709551616" + out, "--seed: 18446744073709551616 is not a number"},
      {data_option + " --batch 0" + out, "--batch"},
      {data_option + " --batch many" + out, "--batch"},
      {data_option + " --lr -1" + out, "--lr"},
      {data_option + " --lr nan" + out, "--lr"},
      {data_option + " --threads -2" + out, "--threads"},
      {data_option + " --limit -1" + out, "--limit"},
      {data_option + " --colour red" + out, "--colour"},
      {" --data " + (folder / "none").string() + out, (folder / "none").string()},
      {data_option + " --out " + (folder / "file/out").string(), (folder / "file/out").string()},
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
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder / "out"))
    if (file.is_regular_file()) CHECK(folder.read(file.path().lexically_relative(folder / "").string()) == "earlier");
  CHECK(std::distance(std::filesystem::recursive_directory_iterator(folder / "out"), {}) == 11);
}

TEST_CASE("programs: damaged data are one line that names the file") {
  const TemporaryFolder folder;
  for (const auto& file : std::filesystem::directory_iterator(LATENT_TEST_DATA))
    std::filesystem::copy(file, folder / file.path().filename().string());
  const std::string name = "t10k-images-idx3-ubyte.gz";
  const std::string whole = folder.read(name);
  folder.write(name, whole.substr(0, whole.size() / 2));
  const Outcome outcome =
      run("cnn_autoencoder --data " + (folder / "").string() + " --out " + (folder / "out").string());
  INFO(outcome.output);
  CHECK(outcome.status == 1);
  CHECK(lines(outcome.output) == 1);
  CHECK(outcome.output.find((folder / name).string()) != std::string::npos);
}

TEST_CASE("programs: earlier results stay until all that is new is written") {
  const TemporaryFolder folder;
  const std::string fc = data_option + " --epochs 1 --limit 64 --out " + (folder / "out").string();
  REQUIRE(run("fc_autoencoder" + fc).status == 0);
  const std::vector<std::string> files{"history.csv", "metrics.json", "model.safetensors", "reconstructions.png",
                                       "units.png"};
  std::vector<std::string> earlier;
  for (const std::string& file : files) earlier.push_back(folder.read("out/" + file));
  std::filesystem::create_directory(folder / "out/.latent-0123456789abcdef");  // of a killed run
  folder.write("out/.latent-0123456789abcdef/metrics.json", "unfinished");
  folder.write("out/.latent-0123456789abcdee", "unfinished");

  const Outcome outcome = run("fc_autoencoder" + fc + " --seed 2", "ulimit -f 500; ");
  INFO(outcome.output);
  CHECK(outcome.status == 1);
  CHECK(lines(outcome.output) == 2);
  CHECK(outcome.output.find("model.safetensors: cannot be written: File too large") != std::string::npos);
  for (std::size_t i = 0; i < files.size(); ++i) CHECK(folder.read("out/" + files[i]) == earlier[i]);
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "out"), {}) == std::ssize(files));
}

TEST_CASE("compare: where the disk is full at its second model, the first is kept and nothing earlier is gone") {
  const TemporaryFolder folder;
  const auto compare = [&](const std::string& options, const std::string& before = "") {
    return run("compare" + data_option + " --epochs 1 --limit 64 --out " + (folder / "out").string() + options, before);
  };
  const auto files = [&] {
    std::map<std::string, std::string> result;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder / "out")) {
      const std::string name = file.path().lexically_relative(folder / "").string();
      if (file.is_regular_file()) result[name] = folder.read(name);
    }
    return result;
  };
  REQUIRE(compare(" --models fc,vae").status == 0);
  auto expected = files();
  const std::size_t smaller = expected["out/fc_autoencoder/model.safetensors"].size();
  const std::size_t larger = expected["out/variational_autoencoder/model.safetensors"].size();
  REQUIRE(smaller < larger);

  const Outcome full =
      compare(" --models fc,vae --seed 2", "ulimit -f " + std::to_string((smaller + larger) / 2 / 512) + "; ");
  INFO(full.output);
  CHECK(full.status == 1);
  CHECK(full.output.find("model.safetensors: cannot be written: File too large") != std::string::npos);
  auto found = files();
  CHECK(found["out/fc_autoencoder/model.safetensors"] != expected["out/fc_autoencoder/model.safetensors"]);
  for (auto* all : {&found, &expected})
    std::erase_if(*all, [](const auto& file) { return file.first.starts_with("out/fc_autoencoder/"); });
  CHECK(found == expected);
  CHECK(compare(" --models fc --seed 2").output.find("FC-AE: trained already") != std::string::npos);
}

TEST_CASE("programs: results that cannot be printed are an error, and what is written is written") {
  const TemporaryFolder folder;
  const std::string fc = "fc_autoencoder" + data_option + " --epochs 1 --limit 64 --out ";
  const Outcome full = run(fc + (folder / "full").string(), "", " 2>&1 >/dev/full");
  CHECK(full.status == 1);
  CHECK(full.output == "fc_autoencoder: the results cannot be printed: No space left on device\n");
  const Outcome closed = run(fc + (folder / "closed").string(), "", " 2>&1 >&-");
  CHECK(closed.status == 1);
  CHECK(closed.output.find("fc_autoencoder: the results cannot be printed") == 0);
  for (const std::string name : {"full", "closed"}) {
    CHECK(folder.read(name + "/model.safetensors").find(R"({"__metadata__":{"model":)") == 8);
    CHECK(nlohmann::json::parse(folder.read(name + "/metrics.json"))["history"].size() == 1);
  }
  CHECK(run("fc_autoencoder --help", "", " 2>&1 >/dev/full").status == 1);
}
