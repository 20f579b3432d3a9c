#include "study/training/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

/// One less than the terminal has, since some begin a new line after the last one.
std::size_t usable_columns() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col - 1u : 79u;
}

}  // namespace

std::string Overall::text(double more) const {
  const double part = total > 0 ? (done + more) / total : 0;
  if (!(part > 0)) return {};
  return " | all " + std::to_string(static_cast<int>(100 * part)) + " %, " +
         duration_text(clock.seconds() * (1 - part) / part) + " left";
}

Progress::Progress(std::string title, Index batches, double before)
    : title_(std::move(title)), batches_(batches), before_(before), terminal_(::isatty(STDOUT_FILENO) != 0) {}

Progress::~Progress() {
  if (!drawn_) return;
  draw("");
  std::fputs("\r", stdout);
  std::fflush(stdout);
}

void Progress::draw(const std::string& line) {
  const std::size_t columns = usable_columns();
  const std::string shown = line.substr(0, columns);
  const std::size_t before = std::min(drawn_columns_, columns);
  const std::string blanks(before - std::min(before, shown.size()), ' ');
  std::printf("\r%s%s", shown.c_str(), blanks.c_str());
  std::fflush(stdout);
  drawn_columns_ = shown.size();
}

void Progress::show(Index batch, Index images, double loss, const Overall& overall, double work) {
  const double seconds = elapsed();
  if (!terminal_ || overall.silent || (drawn_ && seconds - drawn_at_ < 0.1 && batch < batches_)) return;
  drawn_ = true;
  drawn_at_ = seconds;
  constexpr Index width = 20;
  const Index full = width * batch / batches_;
  const double part = static_cast<double>(batch) / static_cast<double>(batches_);
  const std::string bar =
      std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(width - full), '.');
  std::array<char, 80> numbers{};
  std::snprintf(numbers.data(), numbers.size(), " %3d %%  loss %.4f  %.0f images/s", static_cast<int>(100 * part), loss,
                static_cast<double>(images) / seconds);
  draw(title_ + " [" + bar + "]" + numbers.data() +
       (overall.total > 0 ? overall.text(part * work) : "  " + duration_text(seconds * (1 - part) / part) + " left"));
}

}  // namespace study
