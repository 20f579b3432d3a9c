#pragma once

#include <cstdint>
#include <filesystem>
#include <latent/core/shape.hpp>
#include <string>

#include "study/training/interval.hpp"

namespace study {

using namespace latent;

class CommandLine;

/// What all programs that learn can be told.
struct TrainingOptions {
  Index epochs = 5;
  Index batch = 64;
  double lr = 0.001;
  std::uint64_t seed = 1;
  int threads = 0;
  std::string matmul_precision = "float32";
  std::string data;
  Index limit = 0;
  Index shards = 0;
  std::filesystem::path out;
  bool detect_anomaly = false;
  bool resume = false;
  Interval checkpoint_every;

  void declare(CommandLine& line);
  /// --shards, of programs that several processes may run together.
  void declare_shards(CommandLine& line);
};

/// Makes a folder, before hours of work are lost for want of one, and removes what killed runs left unfinished in it.
void prepare_folder(const std::filesystem::path& folder);

}  // namespace study
