#pragma once

#include "study/training/trained_model.hpp"

/// What the report says of models and pictures, whatever has been measured.
namespace study::report {

struct Layer {
  const char *part, *layer, *result;
};

struct ModelText {
  const char *title, *description, *good, *bad;
  std::vector<Layer> layers;
};

/// What is known of a model by the name of its folder; null for others.
const ModelText* text_of(const TrainedModel& model);

struct PictureText {
  const char *file, *caption, *alternative;
};

/// Pictures that a model may have.
const std::vector<PictureText>& pictures_of_one();
/// Pictures of all models.
const std::vector<PictureText>& pictures_of_all();

/// The last section: how to read the losses, whatever they are.
extern const char* const losses_text;
/// Then what the original study got wrong.
extern const char* const study_text;

}  // namespace study::report
