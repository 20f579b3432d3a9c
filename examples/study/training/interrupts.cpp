#include "study/training/interrupts.hpp"

#include <iterator>

namespace study {

namespace {

constexpr int signals[] = {SIGINT, SIGTERM};

volatile std::sig_atomic_t received = 0;

void note(int signal) {
  received = signal;
  for (const int each : signals) std::signal(each, SIG_DFL);
}

}  // namespace

Interrupts::Interrupts() {
  received = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < std::size(signals); ++i) {
    sigaction(signals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, nullptr);  // nohup stays
  }
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < std::size(signals); ++i) sigaction(signals[i], &before_[i], nullptr);
}

int Interrupts::signal() { return received; }

const char* Interrupts::name() { return received == SIGINT ? "SIGINT" : "SIGTERM"; }

}  // namespace study
