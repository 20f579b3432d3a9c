#pragma once

#include <csignal>
#include <latent/core/check.hpp>

namespace study {

/// The program was asked to stop: exit status 128 + signal.
struct Interrupted : latent::Error {
  Interrupted(int number, const std::string& text) : Error(text), signal(number) {}
  int signal;
};

/// While it lives, SIGINT and SIGTERM are noted, so that work can be finished; a second one stops the program at once.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// The one that came, or 0.
  static int signal();
  /// "SIGINT"
  static const char* name();

 private:
  struct sigaction before_[2] = {};
};

}  // namespace study
