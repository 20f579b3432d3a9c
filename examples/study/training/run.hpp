#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "study/training/options.hpp"

namespace latent::data {
struct FashionMnist;
}
namespace latent::distributed {
class Communicator;
}

/// Training a model from the options to the results in files.
namespace study {

class Model;
struct Overall;
struct TrainedModel;

/// Declares what a model can be told.
void declare(CommandLine& line, Model& model);

/// FashionMNIST as the options say.
data::FashionMnist load(const TrainingOptions& options);

/// Trains a model, or takes what an earlier run with the same options left in `folder` if `reuse` is set, and writes
/// there history.csv, model.safetensors, metrics.json and pictures. What is there already stays until all that is new
/// is safe on the disk; metrics.json comes last, so that it never describes other files than those beside it. Several
/// processes learn together; rank 0 alone measures and writes, and has all of the result.
TrainedModel run(const std::shared_ptr<Model>& model, const data::FashionMnist& mnist, const TrainingOptions& options,
                 const std::filesystem::path& folder, Overall& overall, distributed::Communicator& communicator,
                 bool reuse = false);

/// The main function of a program that trains one model.
int run_program(const std::shared_ptr<Model>& model, int argc, char** argv, const std::string& description);

}  // namespace study
