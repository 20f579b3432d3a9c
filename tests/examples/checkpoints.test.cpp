// The programs' checkpoints; that a killed run ends in the same bits is the matter of kills.py.

#include <latent/io/checkpoint.hpp>

#include "../programs.hpp"
#include "../temporary.hpp"

namespace {

std::string fc(const std::filesystem::path& out, const std::string& options) {
  return std::string("fc_autoencoder --data ") + LATENT_TEST_DATA + " --out " + out.string() + ' ' + options;
}

/// Runs a program that is stopped as soon as there is a file.
Outcome stop_at(const std::filesystem::path& file, const std::string& command) {
  return stop_when("[ -e " + file.string() + " ]", command);
}

}  // namespace

TEST_CASE("checkpoints: a signal ends a run behind its step, with a checkpoint from which it goes on") {
  const TemporaryFolder folder;
  const std::filesystem::path out = folder / "out", file = out / "checkpoint.safetensors";
  const Outcome stopped = stop_at(file, fc(out, "--epochs 100000 --checkpoint-every 1"));
  CHECK(stopped.status == 128 + 15);
  CHECK(stopped.output.ends_with("fc_autoencoder: stopped by SIGTERM; --resume goes on from there\n"));
  CHECK_FALSE(std::filesystem::exists(out / "model.safetensors"));

  const Outcome other = run(fc(out, "--epochs 3 --lr 0.1 --resume --threads 1 --checkpoint-every 5s"));
  CHECK(other.status == 1);
  CHECK(other.output == "fc_autoencoder: " + file.string() +
                            ": belongs to a run with other options: --epochs (epochs was 100000, is 3), --lr (lr was "
                            "0.001, is 0.1); take the same, or leave out --resume\n");

  const std::filesystem::path previous = latent::io::previous_checkpoint(file);
  std::filesystem::remove(previous);
  const Outcome again = stop_at(previous, fc(out, "--epochs 100000 --checkpoint-every 1 --resume"));
  CHECK(again.status == 128 + 15);
  CHECK(again.output.starts_with("FC-AE: goes on with epoch "));
}

TEST_CASE("checkpoints: --resume begins where there is none, and takes the one before where the last is damaged") {
  const TemporaryFolder folder;
  const std::filesystem::path out = folder / "out", file = out / "checkpoint.safetensors";
  const std::string options = "--epochs 2 --checkpoint-every 1 --resume";
  const Outcome first = run(fc(out, options));
  CHECK(first.status == 0);
  CHECK(first.output.starts_with("FC-AE     epoch 1/2"));
  const std::string weights = folder.read("out/model.safetensors");

  folder.write("out/checkpoint.safetensors", folder.read("out/checkpoint.safetensors").substr(0, 1000));
  const Outcome second = run(fc(out, options));
  CHECK(second.status == 0);
  CHECK(second.output.find("\nThe checkpoint before is taken, " + file.string() + ".previous\nFC-AE: goes on with ") !=
        std::string::npos);
  CHECK(folder.read("out/model.safetensors") == weights);
}

TEST_CASE("checkpoints: one that cannot be written is said, and training goes on") {
  const TemporaryFolder folder;
  const std::filesystem::path out = folder / "out";
  std::filesystem::create_directories(out / "checkpoint.safetensors");
  const Outcome outcome = run(fc(out, "--epochs 1 --checkpoint-every 2"));
  CHECK(outcome.status == 0);
  CHECK(outcome.output.find("No checkpoint: " + (out / "checkpoint.safetensors").string() +
                            ": cannot be written: Is a directory\n") != std::string::npos);
  CHECK(std::filesystem::exists(out / "model.safetensors"));
}

TEST_CASE("checkpoints: compare goes on within a model") {
  const TemporaryFolder folder;
  const std::string options = std::string(" --data ") + LATENT_TEST_DATA + " --models fc,vae --epochs 12 --limit 128 ";
  const auto compare = [&](const std::string& out) {
    return "compare" + options + "--checkpoint-every 1 --resume --out " + (folder / out).string();
  };
  CHECK(run(compare("unbroken")).status == 0);
  const Outcome stopped = stop_at(folder / "broken/variational_autoencoder/checkpoint.safetensors", compare("broken"));
  CHECK(stopped.status == 128 + 15);
  const Outcome resumed = run(compare("broken"));
  CHECK(resumed.status == 0);
  CHECK(resumed.output.find("FC-AE: trained already") != std::string::npos);
  CHECK(resumed.output.find("VAE: goes on with epoch ") != std::string::npos);
  for (const char* model : {"fc_autoencoder", "variational_autoencoder"}) {
    const std::string file = std::string("/") + model + "/model.safetensors";
    CHECK(folder.read("broken" + file) == folder.read("unbroken" + file));
  }
}

TEST_CASE("checkpoints: intervals are steps or seconds") {
  const TemporaryFolder folder;
  for (const char* wrong : {"0", "-1", "05", "1.5", "60m", "s", "", "5 s"}) {
    const Outcome outcome = run(fc(folder / "out", std::string("--checkpoint-every '") + wrong + "'"));
    CHECK(outcome.status == 1);
    CHECK(outcome.output == "fc_autoencoder: " + std::string(wrong) +
                                " is neither a number of steps nor one of seconds, as 500 and 60s are\n");
  }
}
