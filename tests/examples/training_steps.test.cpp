#include <doctest/doctest.h>

#include <latent/core/memory.hpp>
#include <map>
#include <sstream>

#include "../programs.hpp"

// The program training_steps says what it measures of the five autoencoders.

namespace {

/// Sanitizers are slow, and a small batch goes the same ways.
const std::string arguments = std::string(" ") + LATENT_TEST_DATA + (latent::memory::pooled ? " 64" : " 10");

}  // namespace

TEST_CASE("training: 30 steps give the same bits with 1, 2, 3, 4 and 7 threads, and without OpenMP") {
  std::map<std::string, std::string> first;
  for (const std::string program : {"training_steps", "training_steps_serial"}) {
    const Outcome outcome = run(program + " bits" + arguments);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.output);
    std::istringstream lines(outcome.output);
    std::string model, threads, checksum;
    int count = 0;
    for (; lines >> model >> threads >> checksum; ++count) {
      CAPTURE(program);
      CAPTURE(model);
      CAPTURE(threads);
      CHECK(first.try_emplace(model, checksum).first->second == checksum);
    }
    CHECK(count == 25);
  }
  CHECK(first.size() == 5);
}

TEST_CASE("training: after some steps to warm up, a step takes nothing from the heap and touches no new page") {
  if (!latent::memory::pooled) {
    MESSAGE("left out: under AddressSanitizer memory is not pooled");
    return;
  }
  const Outcome outcome = run("training_steps memory" + arguments);
  REQUIRE_MESSAGE(outcome.status == 0, outcome.output);
  std::istringstream lines(outcome.output);
  std::string model;
  long allocations = 0, faults = 0;
  int count = 0;
  for (; lines >> model >> allocations >> faults; ++count) {
    CAPTURE(model);
    CHECK(allocations == 0);
    CHECK(faults == 0);
  }
  CHECK(count == 5);
}
