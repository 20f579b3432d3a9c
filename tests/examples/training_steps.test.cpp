#include <doctest/doctest.h>

#include <latent/core/memory.hpp>
#include <map>
#include <sstream>

#include "../programs.hpp"

// The programs training_steps and network_steps say what they measure of the five autoencoders and of ordinary
// networks.

namespace {

/// Sanitizers are slow, and a small batch goes the same ways.
const std::string arguments = std::string(" ") + LATENT_TEST_DATA + (latent::memory::pooled ? " 64" : " 10");

/// The programs print the same bits for each number of threads.
void check_bits(const std::vector<std::string>& commands, std::size_t models) {
  std::map<std::string, std::string> first;
  for (const std::string& command : commands) {
    const Outcome outcome = run(command);
    REQUIRE_MESSAGE(outcome.status == 0, outcome.output);
    std::istringstream lines(outcome.output);
    std::string model, threads, checksum;
    std::size_t count = 0;
    for (; lines >> model >> threads >> checksum; ++count) {
      CAPTURE(command);
      CAPTURE(model);
      CAPTURE(threads);
      CHECK(first.try_emplace(model, checksum).first->second == checksum);
    }
    CHECK(count == 5 * models);
  }
  CHECK(first.size() == models);
}

void check_memory(const std::string& command, int models) {
  if (!latent::memory::pooled) {
    MESSAGE("left out: under AddressSanitizer memory is not pooled");
    return;
  }
  const Outcome outcome = run(command);
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
  CHECK(count == models);
}

}  // namespace

TEST_CASE("training: 30 steps give the same bits with 1, 2, 3, 4 and 7 threads, and without OpenMP") {
  check_bits({"training_steps bits" + arguments, "training_steps_serial bits" + arguments}, 5);
}

TEST_CASE("training: with products in bfloat16 the bits are the same too, and steps take nothing") {
  check_bits({"training_steps bits" + arguments + " bfloat16", "training_steps_serial bits" + arguments + " bfloat16"},
             5);
  check_memory("training_steps memory" + arguments + " bfloat16", 5);
}

TEST_CASE("training: steps of a classifier, a ResNet, a GRU and a transformer have the same bits with any threads") {
  check_bits({"network_steps bits"}, 4);
}

TEST_CASE("training: after some steps to warm up, a step takes nothing from the heap and touches no new page") {
  check_memory("training_steps memory" + arguments, 5);
  check_memory("network_steps memory", 5);  // and answers of a prepared model
}
