#pragma once

// The recorded values of tests/fixtures, and how latent is compared with them: make_fixtures.py explains the files.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <latent/io/safetensors.hpp>
#include <latent/latent.hpp>
#include <nlohmann/json.hpp>

namespace fixtures {

using latent::Index;
using latent::Scalar;
using latent::Shape;
using latent::Tensor;
using latent::Variable;
using Options = nlohmann::json;

template <Scalar T>
using Variables = std::map<std::string, Variable<T>>;

/// One case of a file.
struct Case {
  const latent::io::SafeTensorsFile& file;
  std::string number;
  Options options;

  /// Names of its tensors of one kind.
  std::vector<std::string> names(const std::string& kind) const {
    const std::string prefix = number + '/' + kind + '/';
    std::vector<std::string> result;
    for (const auto& [name, entry] : file.tensors())
      if (name.starts_with(prefix)) result.push_back(name.substr(prefix.size()));
    return result;
  }

  template <Scalar T>
  Tensor<T> tensor(const std::string& name) const {
    return file.read_as<T>(number + '/' + name);
  }
};

/// All cases of a file.
inline std::vector<Case> cases(const latent::io::SafeTensorsFile& file) {
  std::vector<Case> result;
  for (const auto& [key, text] : file.metadata())
    if (std::isdigit(static_cast<unsigned char>(key[0]))) result.push_back({file, key, Options::parse(text)});
  return result;
}

inline latent::io::SafeTensorsFile open(const std::string& name) {
  return latent::io::SafeTensorsFile(std::string(LATENT_TEST_FIXTURES) + "/" + name + ".safetensors");
}

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

/// Compares tensors with recorded ones and remembers the largest errors, which it prints in the end.
///
/// In double the error may be 1e-10 of the tensor's largest magnitude. In float our error against the double values
/// may be twice PyTorch's own, and 1e-6 of the largest magnitude; what is printed is the share of that.
class Comparison {
 public:
  explicit Comparison(std::string topic) : topic_(std::move(topic)) {}
  ~Comparison() {
    std::printf("%-18s %5d tensors   double: %7.1e relative   float: %3.0f %% of what is allowed\n", topic_.c_str(),
                tensors_, most_double_, 100 * most_float_);
  }
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  void compare(const Case& c, const std::string& name, const Tensor<double>& actual) {
    CAPTURE(name);
    const auto [error, magnitude] = distance(actual, c.tensor<double>("f64/" + name));
    CHECK(error <= 1e-10 * magnitude);
    ++tensors_;
    most_double_ = std::max(most_double_, error > 0 ? error / magnitude : 0);
  }

  void compare(const Case& c, const std::string& name, const Tensor<float>& actual) {
    CAPTURE(name);
    const auto expected = c.tensor<double>("f64/" + name);
    const auto [error, magnitude] = distance(actual, expected);
    const double allowed = 2 * distance(c.tensor<double>("f32/" + name), expected).error + 1e-6 * magnitude;
    CHECK(error <= allowed);
    ++tensors_;
    most_float_ = std::max(most_float_, error > 0 ? error / allowed : 0);
  }

 private:
  std::string topic_;
  int tensors_ = 0;
  double most_double_ = 0, most_float_ = 0;
};

/// Computes one case in T by `f(options, inputs)`, which returns the results by name, and compares results and
/// gradients of the inputs.
template <Scalar T, class F>
void check_case(Comparison& comparison, const Case& c, F f) {
  CAPTURE(c.number);
  CAPTURE(c.options.dump());
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

/// All cases of a file, in double and float.
template <class F>
void check_file(const std::string& name, F f) {
  const auto file = open(name);
  Comparison comparison(name);
  const auto all = cases(file);
  CHECK(!all.empty());
  for (const Case& c : all) {
    check_case<double>(comparison, c, f);
    check_case<float>(comparison, c, f);
  }
}

/// An input, or an undefined variable where the case has none.
template <Scalar T>
Variable<T> find(const Variables<T>& inputs, const std::string& name) {
  const auto found = inputs.find(name);
  return found == inputs.end() ? Variable<T>() : found->second;
}

/// A size in both directions.
inline latent::nn::Extent extent(const Options& options, const char* name) {
  if (!options.contains(name)) return 1;
  return {options[name][0].get<Index>(), options[name][1].get<Index>()};
}

}  // namespace fixtures
