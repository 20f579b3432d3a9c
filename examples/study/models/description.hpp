#pragma once

#include <latent/core/shape.hpp>
#include <string>
#include <variant>

namespace study {

using namespace latent;

/// What a model is called, and what it needs.
struct Description {
  const char* name;        ///< in tables: FC-AE
  const char* folder;      ///< of its results, also the name of its program: fc_autoencoder
  const char* id;          ///< at the command line: fc
  double megaflops;        ///< of a training step at batch 64, a multiply-add being two
  Index microbatch = 512;  ///< images of a larger batch that are learned from at a time: what they leave for the
                           ///< backward stays in the caches, and preparing the weights pays
  Index noise = 0;         ///< standard normal elements for each image that its loss takes
};

/// A setting of a model: an option at the command line, and an entry of metrics.json.
struct Option {
  std::string name;                            ///< "study-loss": --study-loss, "study_loss" in JSON
  std::variant<bool*, double*, Index*> value;  ///< a field of the model
  std::string help;                            ///< empty: nobody is asked, it is only recorded
  double least = 0, most = 0;                  ///< of numbers
};

}  // namespace study
