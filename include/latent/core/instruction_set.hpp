#pragma once

#include <cstdio>
#include <cstdlib>

/// All files of a program must be compiled for one instruction set. Inline functions and templates, of this library, of
/// Eigen and of the standard library, are compiled in each file that uses them, and the linker takes one of these
/// copies for all: with two instruction sets a file would run instructions that its machine may not have, and take
/// arrays for packed into registers of another width. A program that mixes them ends at its start, with a message that
/// names a file of each.
namespace latent::detail {

struct Extension {
  const char* name;
  int level;  ///< of x86-64 that has it: 2, 3, 4, or 0 for none
  bool on;    ///< in the file that is being compiled
};

#define LATENT_IS_ONE(text) (#text[0] == '1')
#define LATENT_IS_ON(macro) LATENT_IS_ONE(macro)
/// Those that compilers use by themselves. Others, such as AES, are used by a program's own choice only, and may
/// differ.
constexpr Extension extensions[] = {
#if defined(__x86_64__)
    {"SSE3", 2, LATENT_IS_ON(__SSE3__)},
    {"SSSE3", 2, LATENT_IS_ON(__SSSE3__)},
    {"SSE4.1", 2, LATENT_IS_ON(__SSE4_1__)},
    {"SSE4.2", 2, LATENT_IS_ON(__SSE4_2__)},
    {"POPCNT", 2, LATENT_IS_ON(__POPCNT__)},
    {"AVX", 3, LATENT_IS_ON(__AVX__)},
    {"AVX2", 3, LATENT_IS_ON(__AVX2__)},
    {"FMA", 3, LATENT_IS_ON(__FMA__)},
    {"F16C", 3, LATENT_IS_ON(__F16C__)},
    {"BMI", 3, LATENT_IS_ON(__BMI__)},
    {"BMI2", 3, LATENT_IS_ON(__BMI2__)},
    {"LZCNT", 3, LATENT_IS_ON(__LZCNT__)},
    {"MOVBE", 3, LATENT_IS_ON(__MOVBE__)},
    {"AVX512F", 4, LATENT_IS_ON(__AVX512F__)},
    {"AVX512BW", 4, LATENT_IS_ON(__AVX512BW__)},
    {"AVX512CD", 4, LATENT_IS_ON(__AVX512CD__)},
    {"AVX512DQ", 4, LATENT_IS_ON(__AVX512DQ__)},
    {"AVX512VL", 4, LATENT_IS_ON(__AVX512VL__)},
    {"AVX512IFMA", 0, LATENT_IS_ON(__AVX512IFMA__)},
    {"AVX512VBMI", 0, LATENT_IS_ON(__AVX512VBMI__)},
    {"AVX512VBMI2", 0, LATENT_IS_ON(__AVX512VBMI2__)},
    {"AVX512VNNI", 0, LATENT_IS_ON(__AVX512VNNI__)},
    {"AVX512BITALG", 0, LATENT_IS_ON(__AVX512BITALG__)},
    {"AVX512VPOPCNTDQ", 0, LATENT_IS_ON(__AVX512VPOPCNTDQ__)},
    {"AVX512BF16", 0, LATENT_IS_ON(__AVX512BF16__)},
    {"AVX512FP16", 0, LATENT_IS_ON(__AVX512FP16__)},
    {"AVXVNNI", 0, LATENT_IS_ON(__AVXVNNI__)},
    {"GFNI", 0, LATENT_IS_ON(__GFNI__)},
    {"FMA4", 0, LATENT_IS_ON(__FMA4__)},
    {"XOP", 0, LATENT_IS_ON(__XOP__)},
    {"TBM", 0, LATENT_IS_ON(__TBM__)},
    {"APX", 0, LATENT_IS_ON(__APX_F__)},
#elif defined(__aarch64__)
    {"LSE", 0, LATENT_IS_ON(__ARM_FEATURE_ATOMICS)},
    {"RCPC", 0, LATENT_IS_ON(__ARM_FEATURE_RCPC)},
    {"FP16", 0, LATENT_IS_ON(__ARM_FEATURE_FP16_VECTOR_ARITHMETIC)},
    {"DOTPROD", 0, LATENT_IS_ON(__ARM_FEATURE_DOTPROD)},
    {"FCMA", 0, LATENT_IS_ON(__ARM_FEATURE_COMPLEX)},
    {"JSCVT", 0, LATENT_IS_ON(__ARM_FEATURE_JCVT)},
    {"BF16", 0, LATENT_IS_ON(__ARM_FEATURE_BF16)},
    {"I8MM", 0, LATENT_IS_ON(__ARM_FEATURE_MATMUL_INT8)},
    {"SVE", 0, LATENT_IS_ON(__ARM_FEATURE_SVE)},
    {"SVE2", 0, LATENT_IS_ON(__ARM_FEATURE_SVE2)},
    {"MOPS", 0, LATENT_IS_ON(__ARM_FEATURE_MOPS)},
#endif
    {nullptr, 0, false},
};
#undef LATENT_IS_ON
#undef LATENT_IS_ONE

/// A file of the program and what it was compiled for.
struct InstructionSet {
  const char* file;
  const Extension* extensions;
};
constexpr InstructionSet instruction_set{__BASE_FILE__, extensions};

/// That of the file which was first. Weak, not inline: so two libraries that share no functions, since they were loaded
/// apart from each other, share no variable either.
[[gnu::weak]] const InstructionSet* first_instruction_set = nullptr;  // NOLINT(misc-definitions-in-headers)

// What follows runs on the oldest machine, whatever it was compiled for: it has no numbers and no arrays to copy, for
// which a compiler would take the instructions that are in question. Each file has its own.

static bool differ(const Extension* a, const Extension* b) {
  for (; a->name; ++a, ++b)
    if (a->on != b->on) return true;
  return false;
}

/// Writes a level of x86-64 and what there is beyond it: x86-64-v3 AVXVNNI.
[[gnu::cold, gnu::noinline]] static void write_instruction_set(std::FILE* to, const InstructionSet& set) {
  int level = 4;
  for (const Extension* e = set.extensions; e->name; ++e)
    if (!e->on && e->level && e->level <= level) level = e->level - 1;
#if defined(__x86_64__)
  std::fputs("x86-64", to);
  std::fputs(level == 4 ? "-v4" : level == 3 ? "-v3" : level == 2 ? "-v2" : "", to);
#elif defined(__aarch64__)
  std::fputs("aarch64", to);
#endif
  for (const Extension* e = set.extensions; e->name; ++e)
    if (e->on && (!e->level || e->level > level)) {
      std::fputs(" ", to);
      std::fputs(e->name, to);
    }
}

[[noreturn, gnu::cold, gnu::noinline]] static void refuse_instruction_sets(const InstructionSet& one,
                                                                           const InstructionSet& other) {
  std::fputs("latent: the files of this program are compiled for different instruction sets\n  ", stderr);
  std::fputs(one.file, stderr);
  std::fputs(": ", stderr);
  write_instruction_set(stderr, one);
  std::fputs("\n  ", stderr);
  std::fputs(other.file, stderr);
  std::fputs(": ", stderr);
  write_instruction_set(stderr, other);
  std::fputs(
      "\nand would run functions of each other. Compile all files that include latent or Eigen with the same "
      "-march and other -m options.\n",
      stderr);
  std::_Exit(EXIT_FAILURE);
}

/// Before the first static variable of the program is made.
[[gnu::constructor(101)]] static void register_instruction_set() {
  if (!first_instruction_set)
    first_instruction_set = &instruction_set;
  else if (differ(first_instruction_set->extensions, instruction_set.extensions))
    refuse_instruction_sets(*first_instruction_set, instruction_set);
}

}  // namespace latent::detail
