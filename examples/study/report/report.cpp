#include "study/report/report.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "study/report/html.hpp"
#include "study/report/parts.hpp"
#include "study/report/style.hpp"
#include "study/report/texts.hpp"

namespace study {

namespace report {

std::string css(Color color) {
  char text[8];
  const auto part = [&](std::size_t i) {
    return static_cast<unsigned>(std::lround(255 * std::clamp(color[i], 0.0f, 1.0f))) & 255u;
  };
  std::snprintf(text, sizeof text, "#%02x%02x%02x", part(0), part(1), part(2));
  return text;
}

namespace {

constexpr std::uint32_t widest_unscaled = 1090;  // pixels that the page has for a picture; others shrink

}  // namespace

std::string picture(const std::filesystem::path& file, const std::string& caption, const std::string& alternative) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  const std::string png = content.str();
  if (png.size() < 24 || !png.starts_with("\x89PNG\r\n\x1a\n")) return {};
  const auto number = [&](std::size_t at) {  // in the header, most significant byte first
    std::uint32_t result = 0;
    for (std::size_t i = at; i < at + 4; ++i) result = result << 8 | static_cast<unsigned char>(png[i]);
    return result;
  };
  const char* const look = number(16) > widest_unscaled ? " class=\"wide\"" : "";
  std::ostringstream figure;
  figure << "<figure><img" << look << " width=\"" << number(16) << "\" height=\"" << number(20) << "\" alt=\""
         << alternative << ".\" src=\"data:image/png;base64," << html::base64(png) << "\"><figcaption>" << caption
         << "</figcaption></figure>\n";
  return figure.str();
}

namespace {

/// Names in the form A, B and C.
std::string listed(const std::vector<TrainedModel>& models) {
  std::string result;
  for (std::size_t i = 0; i < models.size(); ++i)
    result += (i == 0 ? "" : i + 1 < models.size() ? ", " : " and ") + html::escape(models[i].name);
  return result;
}

/// " 60,000", if the options of the models say so.
std::string count_of(const std::vector<TrainedModel>& models, const std::string& images) {
  if (models.empty() || !models[0].options.is_object()) return {};
  const nlohmann::json count = models[0].options.value(images, nlohmann::json());
  return count.is_number_integer() ? ' ' + html::grouped(count.get<Index>()) : "";
}

std::string duration(double seconds) {
  return seconds < 100 ? html::decimals(seconds, 1) + " s" : html::decimals(seconds / 60, 1) + " min";
}

/// What the models say of when and where they were trained, each value once.
std::string values_of(const std::vector<TrainedModel>& models, const std::string& name) {
  std::vector<std::string> values;
  for (const TrainedModel& model : models) {
    if (!model.trained.is_object() || !model.trained.contains(name)) continue;
    const nlohmann::json& value = model.trained.at(name);
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (std::ranges::find(values, text) == values.end()) values.push_back(text);
  }
  std::string result;
  for (const std::string& value : values) result += (result.empty() ? "" : "; ") + value;
  return result;
}

std::string introduction(const std::vector<TrainedModel>& models, const ReportSettings& settings) {
  std::ostringstream text;
  text << "<p class=\"lead\">An autoencoder is a network that learns to give back what it is shown. Its encoder has "
          "to say all about an image in a code, a list of numbers, and from the code alone its decoder has to draw "
          "the image again. Nobody has to tell it what is right, since every image is its own answer. What such a "
          "code keeps, and what it loses, depends on the layers and on what the loss asks for.</p>\n"
          "<p class=\"lead\">Compared here: "
       << listed(models) << ", trained on the same" << count_of(models, "training_images")
       << " images of FashionMNIST, clothes in 28 × 28 grey pixels, and measured on" << count_of(models, "test_images")
       << " images that none of them has learned from.</p>\n<dl class=\"run\">\n";
  ReportSettings pairs = settings;
  double seconds = 0;
  for (const TrainedModel& model : models)
    seconds += model.seconds_per_epoch() * static_cast<double>(model.history.size());
  pairs.emplace_back("time of learning, all models", duration(seconds));
  for (const char* name : {"date", "processes", "threads", "machine"})
    if (const std::string values = values_of(models, name); !values.empty()) pairs.emplace_back(name, values);
  for (const auto& [name, value] : pairs)
    text << "<div><dt>" << html::escape(name) << "</dt><dd>" << html::escape(value) << "</dd></div>\n";
  text << "</dl>\n";
  return text.str();
}

/// What the codes' sizes have to do with the errors of this run.
std::string smallest_error(const std::vector<TrainedModel>& models) {
  const auto error = [](const TrainedModel& model) { return model.last().test_mse; };
  if (models.size() < 2 || !std::ranges::all_of(models, [&](const auto& model) { return std::isfinite(error(model)); }))
    return {};
  const TrainedModel& best = *std::ranges::min_element(models, {}, error);
  const bool largest = std::ranges::all_of(
      models, [&](const TrainedModel& other) { return &other == &best || other.code_size < best.code_size; });
  std::ostringstream text;
  text << "<p>In this run the lowest test MSE, " << html::decimals(error(best), loss_digits(models)) << ", is that of "
       << html::escape(best.name) << (largest ? ", whose code is also the largest: " : ", with a code of ")
       << html::grouped(best.code_size) << " numbers.</p>\n";
  return text.str();
}

}  // namespace

}  // namespace report

std::string report_page(const std::vector<TrainedModel>& models, const ReportSettings& settings,
                        const std::filesystem::path& pictures, const std::filesystem::path& folder) {
  using namespace report;
  std::ostringstream page;
  page << page_head << "<h1>Autoencoders on FashionMNIST</h1>\n" << introduction(models, settings);
  page << "<h2>Results</h2>\n" << results_table(models);
  page << "<h2>Losses over the epochs</h2>\n" << curves(models);
  std::string of_all;
  for (const PictureText& one : pictures_of_all()) of_all += picture(pictures / one.file, one.caption, one.alternative);
  if (!of_all.empty()) page << "<h2>Side by side</h2>\n" << of_all;
  page << "<h2>Model by model</h2>\n";
  for (std::size_t i = 0; i < models.size(); ++i) page << model_section(models[i], i, models, folder);
  page << "<h2>How to read the losses</h2>\n"
       << smallest_error(models) << losses_text << "<h3>What the original study got wrong</h3>\n"
       << study_text << page_end;
  return page.str();
}

}  // namespace study
