#include "study/training/options.hpp"

#include <unistd.h>

#include <cerrno>
#include <latent/io/file.hpp>

#include "study/training/command_line.hpp"

namespace study {

void TrainingOptions::declare(CommandLine& line) {
  line.number("--epochs", epochs, "times to go through the training images", {1, 1e6});
  line.number("--batch", batch, "images per step", {1, 60000});
  line.number("--lr", lr, "learning rate of Adam", {1e-12, 10});
  line.seed("--seed", seed, "seed of initial weights, order of images, and noise");
  line.number("--threads", threads, "threads to use; 0: as many as OpenMP gives", {0, 1024});
  line.matmul_precision(matmul_precision);
  line.number("--limit", limit, "learn from N images only; 0: all", {0, 1e9});
  line.path("--out", out, "folder for what is written");
  line.flag("--detect-anomaly", detect_anomaly,
            "stop at the first infinite or NaN value, and name the operation that gives it");
  line.text("--data", data,
            "folder with the four idx files of FashionMNIST; without it $FASHION_MNIST_DIR, Debian's "
            "dataset-fashion-mnist and ~/.cache/fashion-mnist are tried");
  line.interval("--checkpoint-every", checkpoint_every,
                "write a checkpoint every so many steps, 500 for example, or seconds, 60s");
  line.flag("--resume", resume, "go on from the checkpoint in --out, if there is one, to the same results");
}

void TrainingOptions::declare_shards(CommandLine& line) {
  line.number("--shards", shards,
              "cut each batch into so many parts, a power of two, for the same results with any number of processes up "
              "to that, by mpirun -n; 0: one for each process",
              {0, 65536});
}

void prepare_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && ::access(folder.c_str(), W_OK) != 0) error.assign(errno, std::generic_category());
  check<IoError>(!error, folder.string(), ": cannot be written to: ", error.message());
  io::remove_unfinished(folder);
}

}  // namespace study
