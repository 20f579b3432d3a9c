#include "fixtures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <latent/io/safetensors.hpp>
#include <nlohmann/json.hpp>

namespace fixtures {

Options::Options(const std::string& json) : json_(json) {
  const nlohmann::json object = nlohmann::json::parse(json);
  for (const auto& [name, value] : object.items()) {
    Value& kept = values_[name];
    if (value.is_string()) {
      kept.text = value.get<std::string>();
    } else if (value.is_array()) {
      kept.numbers = value.get<std::vector<double>>();
    } else if (value.is_boolean()) {
      kept.numbers = {value.get<bool>() ? 1.0 : 0.0};
    } else {
      kept.numbers = {value.get<double>()};
    }
  }
}

std::vector<std::string> Case::names(const std::string& kind) const {
  const std::string prefix = number + '/' + kind + '/';
  std::vector<std::string> result;
  for (const auto& [name, entry] : file->tensors())
    if (name.starts_with(prefix)) result.push_back(name.substr(prefix.size()));
  return result;
}

template <Scalar T>
Tensor<T> Case::tensor(const std::string& name) const {
  return file->read_as<T>(number + '/' + name);
}
template Tensor<float> Case::tensor(const std::string&) const;
template Tensor<double> Case::tensor(const std::string&) const;

std::vector<Case> cases(const std::string& name) {
  const auto file = std::make_shared<const latent::io::SafeTensorsFile>(std::string(LATENT_TEST_FIXTURES) + "/" + name +
                                                                        ".safetensors");
  std::vector<Case> result;
  for (const auto& [key, text] : file->metadata())
    if (std::isdigit(static_cast<unsigned char>(key[0]))) result.push_back({file, key, Options(text)});
  return result;
}

namespace {

struct Distance {
  double error = 0;      ///< largest difference of two elements
  double magnitude = 0;  ///< largest magnitude of an expected one
};

template <class A>
Distance distance(const Tensor<A>& actual, const Tensor<double>& expected) {
  REQUIRE(actual.shape() == expected.shape());
  Distance result;
  for (std::size_t i = 0; i < expected.elements().size(); ++i) {
    const double e = expected.elements()[i], d = std::abs(static_cast<double>(actual.elements()[i]) - e);
    if (!(d <= result.error)) result.error = d;  // a NaN stays
    result.magnitude = std::max(result.magnitude, std::abs(e));
  }
  return result;
}

}  // namespace

Comparison::~Comparison() {
  std::printf("%-18s %5d tensors   double: %7.1e relative   float: %3.0f %% of what is allowed\n", topic_.c_str(),
              tensors_, most_double_, 100 * most_float_);
}

template <Scalar T>
void Comparison::compare_special(const Case& c, const std::string& name, const Tensor<T>& actual) {
  constexpr bool single = sizeof(T) == 4;
  CAPTURE(single);
  const auto exact = c.tensor<double>("f64/" + name);
  const auto recorded = c.tensor<T>((single ? "f32/" : "f64/") + name);
  REQUIRE(actual.shape() == recorded.shape());
  double magnitude = c.options.number("usual", 0), rounding = 0;
  for (std::size_t i = 0; i < recorded.elements().size(); ++i) {
    const auto theirs = static_cast<double>(recorded.elements()[i]), e = exact.elements()[i];
    if (!std::isfinite(theirs) || !std::isfinite(e)) continue;
    magnitude = std::max(magnitude, std::abs(e));
    rounding = std::max(rounding, std::abs(theirs - e));
  }
  for (std::size_t i = 0; i < recorded.elements().size(); ++i) {
    const auto ours = static_cast<double>(actual.elements()[i]), theirs = static_cast<double>(recorded.elements()[i]);
    const double e = exact.elements()[i];
    CAPTURE(i);
    if (!std::isfinite(theirs) || !std::isfinite(e)) {
      if (!(std::isnan(theirs) && std::isnan(ours))) CHECK(ours == theirs);
      continue;
    }
    const bool relative = c.options.flag("relative");
    const double allowed = 2 * (relative ? std::abs(theirs - e) : rounding) +
                           (single ? 1e-6 : 1e-10) * (relative ? std::abs(e) : magnitude) +
                           static_cast<double>(std::numeric_limits<T>::min());
    if (!(std::abs(ours - e) <= allowed)) CHECK(ours == e);
  }
  ++tensors_;
}

void Comparison::compare(const Case& c, const std::string& name, const Tensor<double>& actual) {
  CAPTURE(name);
  if (c.options.flag("special")) return compare_special(c, name, actual);
  const auto [error, magnitude] = distance(actual, c.tensor<double>("f64/" + name));
  CHECK(error <= 1e-10 * magnitude);
  ++tensors_;
  most_double_ = std::max(most_double_, error > 0 ? error / magnitude : 0);
}

void Comparison::compare(const Case& c, const std::string& name, const Tensor<float>& actual) {
  CAPTURE(name);
  if (c.options.flag("special")) return compare_special(c, name, actual);
  const auto expected = c.tensor<double>("f64/" + name);
  const auto [error, magnitude] = distance(actual, expected);
  const double allowed = 2 * distance(c.tensor<double>("f32/" + name), expected).error + 1e-6 * magnitude;
  CHECK(error <= allowed);
  ++tensors_;
  most_float_ = std::max(most_float_, error > 0 ? error / allowed : 0);
}

namespace {

template <Scalar T>
void check_case(Comparison& comparison, const Case& c, const Computation<T>& f) {
  CAPTURE(c.number);
  CAPTURE(c.options.json());
  Variables<T> inputs;
  for (const std::string& name : c.names("in")) inputs.emplace(name, Variable<T>(c.tensor<T>("in/" + name), true));
  const Variables<T> results = f(c.options, inputs);
  Variable<T> total;
  for (const auto& [name, result] : results) {
    comparison.compare(c, name, result.value());
    const Variable<T> part = sum(result * Variable<T>(c.tensor<T>("d/" + name)));
    total = total ? total + part : part;
  }
  CHECK(results.size() == c.names("d").size());
  total.backward();
  for (const auto& input : inputs) {
    CAPTURE(input.first);
    REQUIRE(input.second.grad().defined());
    comparison.compare(c, "d" + input.first, input.second.grad());
  }
}

}  // namespace

void check_file(const std::string& name, const Computation<double>& in_double, const Computation<float>& in_float) {
  Comparison comparison(name);
  const auto all = cases(name);
  CHECK(!all.empty());
  for (const Case& c : all) {
    check_case<double>(comparison, c, in_double);
    check_case<float>(comparison, c, in_float);
  }
}

}  // namespace fixtures
