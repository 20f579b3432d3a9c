#include "study/training/progress.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

/// What f writes to a terminal of so many columns, unchanged by it.
template <class F>
std::string shown_on_terminal(unsigned short columns, F f) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  REQUIRE(::grantpt(terminal) == 0);
  REQUIRE(::unlockpt(terminal) == 0);
  const int program = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
  REQUIRE(program >= 0);
  const winsize size{24, columns, 0, 0};
  ::ioctl(program, TIOCSWINSZ, &size);

  std::fflush(stdout);
  const int before = ::dup(STDOUT_FILENO);
  ::dup2(program, STDOUT_FILENO);
  f();
  std::fflush(stdout);
  ::dup2(before, STDOUT_FILENO);
  ::close(before);

  ::close(program);  // so that reading ends where the text does

  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t got; (got = ::read(terminal, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  ::close(terminal);
  return text;
}

std::string shown(unsigned short columns) {
  return shown_on_terminal(columns, [] {
    study::Progress progress("FC-AE epoch 1/5", 4);
    progress.show(1, 64, 12345678, {}, 1);
    progress.show(4, 256, 1, {}, 1);
  });
}

}  // namespace

TEST_CASE("progress: a line is rewritten and taken away by blanks, without escape sequences") {
  const std::string text = shown(200);
  CAPTURE(text);
  CHECK(text.starts_with("\rFC-AE epoch 1/5 [#####...............]  25 %  loss 12345678.0000  "));
  CHECK(text.find("\rFC-AE epoch 1/5 [####################] 100 %  loss 1.0000  ") != std::string::npos);
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.find("0 s left  ") != std::string::npos);
  CHECK(text.ends_with(" \r"));
}

TEST_CASE("progress: a line is cut to the width of the terminal") {
  CHECK(shown(30) == "\rFC-AE epoch 1/5 [#####.......\rFC-AE epoch 1/5 [############\r" + std::string(29, ' ') + "\r");
}
