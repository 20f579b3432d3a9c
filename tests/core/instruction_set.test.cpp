#include <initializer_list>
#include <latent/core/instruction_set.hpp>
#include <memory>
#include <string>
#include <vector>

#include "../errors.hpp"
#include "../programs.hpp"

using namespace latent::detail;

#if defined(__x86_64__)
namespace {

std::string written(std::initializer_list<Extension> extensions) {
  const std::vector<Extension> table(extensions);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  write_instruction_set(file.get(), {"", table.data()});
  std::rewind(file.get());
  std::string text(200, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

}  // namespace

TEST_CASE("instruction set: is named by its level, and what there is beyond it") {
  const Extension end{nullptr, 0, false};
  CHECK(written({{"SSE3", 2, false}, {"AVX2", 3, false}, {"AVX512F", 4, false}, {"GFNI", 0, false}, end}) == "x86-64");
  CHECK(written({{"SSE3", 2, true}, {"AVX2", 3, false}, {"AVX512F", 4, false}, end}) == "x86-64-v2");
  CHECK(written({{"SSE3", 2, true}, {"AVX2", 3, true}, {"AVX512F", 4, false}, end}) == "x86-64-v3");
  CHECK(written({{"SSE3", 2, true}, {"AVX2", 3, true}, {"AVX512F", 4, true}, end}) == "x86-64-v4");
  CHECK(written({{"SSE3", 2, true}, {"FMA", 3, false}, {"AVX2", 3, true}, {"GFNI", 0, true}, end}) ==
        "x86-64-v2 AVX2 GFNI");
}

TEST_CASE("instruction set: a program of two ends before it makes its static variables, and names a file of each") {
  const Outcome outcome = run("two_instruction_sets");
  CHECK(outcome.status == 1);
  CAPTURE(outcome.output);
  CHECK(
      outcome.output.starts_with("latent: the files of this program are compiled for different instruction sets\n  "));
  CHECK(outcome.output.find("instruction_sets/main.cpp: x86-64\n") != std::string::npos);
  CHECK(outcome.output.find("instruction_sets/sum.cpp: x86-64-v3\n") != std::string::npos);
  CHECK(outcome.output.ends_with(
      "and would run functions of each other. Compile all files that include latent or Eigen with the same -march and "
      "other -m options.\n"));
}

TEST_CASE("instruction set: files may differ in what compilers do not use by themselves") {
  const Outcome outcome = run("one_instruction_set");
  CHECK(outcome.status == 0);
  CHECK(outcome.output == "0\n");
}
#endif

TEST_CASE("instruction set: this file's is that of the program") {
  REQUIRE(first_instruction_set != nullptr);
  CHECK_FALSE(differ(first_instruction_set->extensions, extensions));
}
