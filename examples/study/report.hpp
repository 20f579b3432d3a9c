#pragma once

#include "model.hpp"

/// The page that compares trained models.
namespace examples {

/// The day in the local time zone, such as 2026-01-31.
std::string today();

/// Processor, compiler and instruction set of this program.
std::string machine();

/// What the page says of a run beside its models.
struct ReportSettings {
  std::vector<std::pair<std::string, std::string>> settings = {};  ///< names and values, in the order of the page
  double seconds = 0;                                              ///< that all took
  std::string date = today();
  std::string machine = examples::machine();
};

/// A page of HTML on models, which have at least one epoch each: their numbers, the curves of their losses, what each
/// of them is, and those of their pictures that are in `folder` and in folders of the models' names within it. All is
/// in the page itself; it loads nothing.
std::string report_page(const std::vector<TrainedModel>& models, const ReportSettings& settings,
                        const std::filesystem::path& folder);

}  // namespace examples
