#pragma once

#include "study/pictures/canvas.hpp"
#include "study/training/trained_model.hpp"

/// The parts of the report, each a piece of HTML.
namespace study::report {

/// A colour as CSS writes it.
std::string css(Color color);

/// Digits after the point with which all losses of all models can be compared: three that count, four at least.
int loss_digits(const std::vector<TrainedModel>& models);

/// The last epoch of each model and what its code is like, a row each.
std::string results_table(const std::vector<TrainedModel>& models);

/// Curves of the losses over the epochs, and the same numbers as a table.
std::string curves(const std::vector<TrainedModel>& models);

/// One model: what it is, what was special about it in this run, and its pictures in `folder`.
std::string model_section(const TrainedModel& model, std::size_t number, const std::vector<TrainedModel>& models,
                          const std::filesystem::path& folder);

/// A PNG file with a caption; nothing if there is no such file.
std::string picture(const std::filesystem::path& file, const std::string& caption, const std::string& alternative);

}  // namespace study::report
