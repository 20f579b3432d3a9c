#include "uses/model_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <latent/io/one_line.hpp>
#include <latent/io/safetensors.hpp>
#include <nlohmann/json.hpp>

namespace uses {

using namespace latent;

std::string exact(double value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string utf8(const std::string& text) {
  const auto replace = nlohmann::json::error_handler_t::replace;
  return nlohmann::json::parse(nlohmann::json(text).dump(-1, ' ', false, replace)).get<std::string>();
}

ModelFile::ModelFile(const std::filesystem::path& path, const std::string& kind) {
  const io::SafeTensorsFile file(path);
  name_ = file.name();
  metadata_ = file.metadata();
  check<IoError>(has("model"), name_, ": does not say what model it is, expected one of an ", kind);
  check<IoError>(text("model") == kind, name_, ": a model of ", io::one_line(text("model")), " found, expected one of ",
                 kind);
  one_of("version", {"1"});
}

const std::string& ModelFile::text(const std::string& key) const {
  const auto found = metadata_.find(key);
  check<IoError>(found != metadata_.end(), name_, ": does not say ", key, " in its metadata");
  return found->second;
}

const std::string& ModelFile::one_of(const std::string& key, std::initializer_list<const char*> expected) const {
  const std::string& found = text(key);
  std::string all;
  for (const char* each : expected) all.append(all.empty() ? "" : " or ").append(each);
  check<IoError>(std::ranges::find(expected, found) != expected.end(), name_, ": ", key, ' ', io::one_line(found),
                 " found, expected ", all);
  return found;
}

double ModelFile::number(const std::string& key, double least, double most) const {
  const std::string& found = text(key);
  double value = 0;
  const char* const last = found.data() + found.size();
  const auto [end, error] = std::from_chars(found.data(), last, value);
  check<IoError>(error == std::errc() && end == last && value >= least && value <= most, name_, ": ", key, ' ',
                 io::one_line(found), " found, expected a number from ", least, " to ", most);
  return value;
}

std::ptrdiff_t ModelFile::whole_number(const std::string& key, double least, double most) const {
  const double value = number(key, least, most);
  check<IoError>(value == std::floor(value), name_, ": ", key, ' ', value, " found, expected a whole number");
  return static_cast<std::ptrdiff_t>(value);
}

}  // namespace uses
