// Random graphs of the library's operations beside a slow interpreter.
//   latent_fuzz [--seed S] [--count N] [--seconds N] [--forever]
// checks the graphs of N seeds from S on, 1 and 1000 unless given, for a number of seconds, or until it is stopped.
// A disagreement ends it with status 1, its seed and its graph.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "check.hpp"

int main(int argc, char** argv) {
  std::uint64_t seed = 1, count = 1000;
  double seconds = 1e300;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--forever") {
      count = ~std::uint64_t{};
    } else if (option == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (option == "--count" && i + 1 < argc) {
      count = std::strtoull(argv[++i], nullptr, 10);
    } else if (option == "--seconds" && i + 1 < argc) {
      seconds = std::strtod(argv[++i], nullptr);
      count = ~std::uint64_t{};
    } else {
      std::fprintf(stderr, "usage: latent_fuzz [--seed S] [--count N] [--seconds N] [--forever]\n");
      return 2;
    }
  }
  fuzz::Counts counts;
  const auto start = std::chrono::steady_clock::now();
  try {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds) break;
      fuzz::check_graph(seed + i, counts);
    }
  } catch (const fuzz::Disagreement& disagreement) {
    std::fprintf(stderr, "%s\n", disagreement.what());
    return 1;
  }
  std::printf("%ld graphs, %ld refusals; %ld elements compared, %ld undecided; %ld graphs by finite differences\n",
              counts.graphs, counts.refusals, counts.compared, counts.undecided, counts.by_differences);
}
