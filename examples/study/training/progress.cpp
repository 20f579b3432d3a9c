#include "study/training/progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace study {

namespace {

/// Seconds as a person says them: 8 s, 3 min 20 s, 2 h 5 min.
std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

}  // namespace

std::string Overall::text(double more) const {
  const double part = total > 0 ? (done + more) / total : 0;
  if (!(part > 0)) return {};
  return " | all " + std::to_string(static_cast<int>(100 * part)) + " %, " +
         duration_text(clock.seconds() * (1 - part) / part) + " left";
}

Progress::Progress(std::string title, Index batches)
    : title_(std::move(title)), batches_(batches), terminal_(::isatty(STDOUT_FILENO) != 0) {}

Progress::~Progress() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stdout);
  std::fflush(stdout);
}

void Progress::show(Index batch, Index images, double loss, const Overall& overall, double work) {
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

}  // namespace study
