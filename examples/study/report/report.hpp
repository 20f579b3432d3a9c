#pragma once

#include "study/training/trained_model.hpp"

/// The page that compares trained models.
namespace study {

/// Names of settings and their values, in the order of the page.
using ReportSettings = std::vector<std::pair<std::string, std::string>>;

/// A page of HTML on models, which have at least one epoch each: their numbers, the curves of their losses, what each
/// of them is, the pictures of all that are in `pictures`, and those of single models that are in folders of their
/// names within `folder`. All is in the page itself; it loads nothing.
std::string report_page(const std::vector<TrainedModel>& models, const ReportSettings& settings,
                        const std::filesystem::path& pictures, const std::filesystem::path& folder);

}  // namespace study
