// Checkpoints of the programs that learn several models in turn; kills.py kills them, too.

#include <latent/io/png.hpp>
#include <map>
#include <vector>

#include "../programs.hpp"
#include "../temporary.hpp"

namespace {

struct Use {
  std::string program, options;
  std::string first, second;  ///< the names of its two models
  std::size_t files;          ///< that it writes
  std::string few;            ///< options for one short run
  std::string small_files;    ///< a limit, in blocks of 512 bytes, between its models and its checkpoint
};

const std::vector<Use> all_uses{
    {"denoising_autoencoder", " --limit 64 --epochs 3 --batch 4", "gaussian", "salt-and-pepper", 4, "", "1000"},
    {"denoising_autoencoder", " --network residual --limit 64 --epochs 1", "gaussian", "salt-and-pepper", 4,
     " --network residual", "700"},
    {"anomaly_detection", " --classes Bag,Sandal --epochs 20 --batch 8", "Bag", "Sandal", 6, " --classes Bag,Sandal",
     "2000"},
};

const std::string learned_from = std::string(" --data ") + LATENT_TEST_DATA;

/// The results in a folder: all its files but the checkpoints.
std::map<std::string, std::string> results(const TemporaryFolder& folder, const std::string& name) {
  std::map<std::string, std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(folder / name))
    if (const std::string each = file.path().filename().string(); !each.starts_with("checkpoint."))
      files[each] = folder.read(name + "/" + each);
  return files;
}

}  // namespace

TEST_CASE("checkpoints of uses: a stopped run goes on within any of its models, or from the checkpoint before") {
  for (const Use& use : all_uses) {
    CAPTURE(use.program);
    const TemporaryFolder folder;
    const std::string checkpoint = (folder / "broken/checkpoint.safetensors").string();
    const auto command = [&](const std::string& out, const std::string& options) {
      return use.program + learned_from + use.options + " --out " + (folder / out).string() + options;
    };
    CHECK(run(command("unbroken", " --threads 1")).status == 0);
    const auto expected = results(folder, "unbroken");
    CHECK(expected.size() == use.files);

    const Outcome begun =
        stop_when("[ -e " + checkpoint + " ]", command("broken", " --resume --checkpoint-every 1 --threads 1"));
    INFO(begun.output);
    CHECK(begun.status == 128 + 15);
    CHECK(begun.output == use.program + ": stopped by SIGTERM; --resume goes on from there\n");
    CHECK(results(folder, "broken").empty());
    const std::string in_first_model = folder.read("broken/checkpoint.safetensors");

    const Outcome gone_on = stop_when("grep -q '\"stage\":\"1\"' " + checkpoint,
                                      command("broken", " --resume --checkpoint-every 7 --threads 3"));
    INFO(gone_on.output);
    CHECK(gone_on.status == 128 + 15);
    CHECK(gone_on.output.starts_with(use.first + ": goes on with epoch "));
    CHECK(results(folder, "broken").empty());
    const std::string in_second_model = folder.read("broken/checkpoint.safetensors");

    const Outcome ended = run(command("broken", " --resume --threads 2"));
    INFO(ended.output);
    CHECK(ended.status == 0);
    CHECK(contains(ended.output.substr(0, ended.output.find('\n')), "trained already"));
    CHECK(contains(ended.output, "\n" + use.second + ": goes on with epoch "));
    CHECK(results(folder, "broken") == expected);

    std::filesystem::remove_all(folder / "broken");
    std::filesystem::create_directory(folder / "broken");
    folder.write("broken/checkpoint.safetensors.previous", in_first_model);
    folder.write("broken/checkpoint.safetensors", in_second_model.substr(0, in_second_model.size() - 1000));
    const Outcome from_previous = run(command("broken", " --resume --threads 1"));
    INFO(from_previous.output);
    CHECK(from_previous.status == 0);
    CHECK(contains(from_previous.output, "\nThe checkpoint before is taken, " + checkpoint + ".previous\n" + use.first +
                                             ": goes on with epoch "));
    CHECK(results(folder, "broken") == expected);
  }
}

TEST_CASE("checkpoints of uses: a disk that is full for them is said, and training goes on") {
  for (const Use& use : all_uses) {
    CAPTURE(use.program);
    const TemporaryFolder folder;
    const std::filesystem::path out = folder / "out", file = out / "checkpoint.safetensors";
    const Outcome outcome = run(
        use.program + learned_from + " --limit 64 --epochs 1" + use.few + " --checkpoint-every 1 --out " + out.string(),
        "ulimit -f " + use.small_files + "; ");
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(contains(outcome.output, "No checkpoint: " + file.string() + ": cannot be written: File too large\n"));
    CHECK(!std::filesystem::exists(file));
    CHECK(results(folder, "out").size() == use.files);
  }
}

TEST_CASE("checkpoints of uses: other options are refused by name, but for those that change no result") {
  const TemporaryFolder folder;
  const std::filesystem::path out = folder / "out", file = out / "checkpoint.safetensors";
  const auto refusal = [&](const std::string& options) {
    const Outcome outcome = run(options + " --resume --out " + out.string());
    INFO(outcome.output);
    CHECK(outcome.status == 1);
    CHECK(lines(outcome.output) == 1);
    const std::string begin =
        options.substr(0, options.find(' ')) + ": " + file.string() + ": belongs to a run with other options: ";
    const std::string end = "; take the same, or leave out --resume\n";
    CHECK(outcome.output.starts_with(begin));
    CHECK(outcome.output.ends_with(end));
    return outcome.output.substr(begin.size(), outcome.output.size() - begin.size() - end.size());
  };
  const auto learn = [&](const std::string& command) {
    std::filesystem::remove_all(out);
    CHECK(run(command + " --checkpoint-every 1 --out " + out.string()).status == 0);
  };
  learn("denoising_autoencoder --epochs 1 --limit 8" + learned_from);
  CHECK(
      refusal("denoising_autoencoder --epochs 3 --limit 8 --sigma 0.5 --amount 0.2 --noise gaussian" + learned_from) ==
      "--amount (amount was 0.1, is 0.2), --epochs (epochs was 1, is 3), --noise (noise was \"both\", is "
      "\"gaussian\"), --sigma (sigma was 0.2, is 0.5)");
  learn("anomaly_detection --epochs 1 --classes Bag,Sandal" + learned_from);
  CHECK(refusal("anomaly_detection --epochs 1 --classes Bag --code 3 --train without --seed 2" + learned_from) ==
        R"(--classes (classes was ["Bag","Sandal"], is ["Bag"]), --code (code was 8, is 3), )"
        R"(--seed (seed was 1, is 2), --train (train was "only", is "without"))");

  const auto write_image = [&](const std::string& name, float value) {
    std::filesystem::create_directories((folder / name).parent_path());
    latent::io::write_png(folder / name, latent::Tensor<float>::full({3, 3}, value));
  };
  for (const char* name : {"own/a/1.png", "own/a/2.png", "own/b/1.png", "own/b/2.png", "test/a/1.png", "test/b/1.png"})
    write_image(name, 0.5f);
  const std::string own = "anomaly_detection --epochs 2 --false-alarms 0 --images " + (folder / "own").string();
  const std::string test = " --test-images " + (folder / "test").string();
  learn(own + test);
  CHECK(run(own + test + " --checkpoint-every 2 --threads 2 --detect-anomaly --resume --out " + out.string()).status ==
        0);
  const std::string split = refusal(own);
  CHECK(contains(split, "--test-images (test_images was \"" + (folder / "test").string() + "\", is nothing)"));
  CHECK(contains(split, "--images (crc32_of_training_images was "));
  write_image("test/a/1.png", 0.6f);
  CHECK(refusal(own + test).starts_with("--test-images (crc32_of_test_images was "));
  write_image("test/a/1.png", 0.5f);
  std::filesystem::rename(folder / "test/a/1.png", folder / "test/a/2.png");
  CHECK(refusal(own + test).starts_with("--test-images (crc32_of_test_names was "));
}
