#pragma once

// What the example programs share at the command line: checked options, one-line errors, progress.

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <latent/core/check.hpp>
#include <latent/core/parallel.hpp>

namespace examples {

using latent::Index;

/// Accepts numbers from `least` to `most` only, which NaN is not.
inline CLI::Validator between(double least, double most) {
  return CLI::Validator(
      [least, most](std::string& text) {
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        const bool ok = !text.empty() && *end == '\0' && value >= least && value <= most;
        std::ostringstream message;
        message.precision(12);
        if (!ok) message << text << " is not a number from " << least << " to " << most;
        return message.str();
      },
      "");
}

/// What all programs that learn can be told.
struct TrainingOptions {
  Index epochs = 5;
  Index batch = 64;
  double lr = 0.001;
  std::uint64_t seed = 1;
  int threads = 0;
  std::string data;
  Index limit = 0;
  std::filesystem::path out;

  /// Returns the option that names the folder of FashionMNIST.
  CLI::Option* declare(CLI::App& app) {
    app.option_defaults()->always_capture_default();
    app.add_option("--epochs", epochs, "times to go through the training images")->check(between(1, 1e6));
    app.add_option("--batch", batch, "images per step")->check(between(1, 60000));
    app.add_option("--lr", lr, "learning rate of Adam")->check(between(1e-12, 10));
    app.add_option("--seed", seed, "seed of initial weights, order of images, and noise");
    app.add_option("--threads", threads, "threads to use; 0: as many as OpenMP gives")->check(between(0, 1024));
    app.add_option("--limit", limit, "learn from N images only; 0: all")->check(between(0, 1e9));
    app.add_option("--out", out, "folder for what is written");
    return app.add_option("--data", data,
                          "folder with the four idx files of FashionMNIST; without it $FASHION_MNIST_DIR, Debian's "
                          "dataset-fashion-mnist and ~/.cache/fashion-mnist are tried");
  }
};

/// Makes a folder, before hours of work are lost for want of one.
inline void prepare_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && ::access(folder.c_str(), W_OK) != 0) error.assign(errno, std::generic_category());
  latent::check<latent::IoError>(!error, folder.string(), ": cannot be written to: ", error.message());
}

/// Seconds since it was made.
class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Seconds as a person says them: 8 s, 3 min 20 s, 2 h 5 min.
inline std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

/// The progress of all that a program has to do, of which one epoch of one model is a part.
struct Overall {
  double total = 0;  ///< work, in any unit that all parts share
  double done = 0;   ///< of the parts that are finished
  Clock clock = {};

  /// " | all 12 %, 3 min 20 s left", with `more` work done within the present part; nothing if there is no total.
  std::string text(double more) const {
    const double part = total > 0 ? (done + more) / total : 0;
    if (!(part > 0)) return {};
    return " | all " + std::to_string(static_cast<int>(100 * part)) + " %, " +
           duration_text(clock.seconds() * (1 - part) / part) + " left";
  }
};

/// Rewrites one line on a terminal while an epoch goes on, and says nothing elsewhere.
class Progress {
 public:
  Progress(std::string title, Index batches) : title_(std::move(title)), batches_(batches) {}
  ~Progress() {
    if (drawn_) std::cout << "\r\033[K" << std::flush;
  }

  /// `overall` with the work of this epoch, if it is a part of more.
  void show(Index batch, Index images, double loss, const Overall& overall = {}, double work = 0) {
    const double seconds = elapsed();
    if (!terminal_ || (drawn_ && seconds - drawn_at_ < 0.1 && batch < batches_)) return;
    drawn_ = true;
    drawn_at_ = seconds;
    constexpr Index width = 20;
    const Index full = width * batch / batches_;
    const double part = static_cast<double>(batch) / static_cast<double>(batches_);
    const std::string bar =
        std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(width - full), '.');
    std::printf("\r%s [%s] %3d %%  loss %.4f  %.0f images/s%s\033[K", title_.c_str(), bar.c_str(),
                static_cast<int>(100 * part), loss, static_cast<double>(images) / seconds,
                overall.total > 0 ? overall.text(part * work).c_str()
                                  : ("  " + duration_text(seconds * (1 - part) / part) + " left").c_str());
    std::fflush(stdout);
  }

  double elapsed() const { return clock_.seconds(); }

 private:
  std::string title_;
  Index batches_;
  bool terminal_ = ::isatty(STDOUT_FILENO) != 0;
  bool drawn_ = false;
  double drawn_at_ = 0;
  Clock clock_;
};

/// Reads the options and calls `work`; whatever goes wrong is one line and exit status 1.
template <class F>
int guarded_main(CLI::App& app, int argc, char** argv, const int& threads, F work) {
  const std::string program = std::filesystem::path(argv[0]).filename().string();
  try {
    app.parse(argc, argv);
    latent::set_threads(threads);
    work();
    return 0;
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace examples
