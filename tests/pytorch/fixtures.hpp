#pragma once

// The recorded values of tests/fixtures, and how latent is compared with them: make_fixtures.py explains the files.

#include <doctest/doctest.h>

#include <functional>
#include <latent/latent.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace latent::io {
class SafeTensorsFile;
}

namespace fixtures {

using latent::Index;
using latent::Scalar;
using latent::Shape;
using latent::Tensor;
using latent::Variable;

template <Scalar T>
using Variables = std::map<std::string, Variable<T>>;

/// What a case says in JSON. Asked for a name that is not there it throws std::out_of_range, or returns `otherwise`.
class Options {
 public:
  explicit Options(const std::string& json);

  const std::string& json() const { return json_; }
  bool contains(const std::string& name) const { return values_.contains(name); }
  const std::string& text(const std::string& name) const { return values_.at(name).text; }
  const std::vector<double>& numbers(const std::string& name) const { return values_.at(name).numbers; }
  double number(const std::string& name) const { return numbers(name).at(0); }
  double number(const std::string& name, double otherwise) const { return contains(name) ? number(name) : otherwise; }
  Index index(const std::string& name, std::size_t i = 0) const { return static_cast<Index>(numbers(name).at(i)); }
  bool flag(const std::string& name, bool otherwise = false) const { return number(name, otherwise) != 0; }

  /// A size in both directions; {1, 1} if there is none, since PyTorch was not given it.
  latent::nn::Extent extent(const std::string& name) const {
    return contains(name) ? latent::nn::Extent{index(name, 0), index(name, 1)} : latent::nn::Extent{1};
  }

 private:
  struct Value {
    std::string text;             ///< of a string
    std::vector<double> numbers;  ///< of a list, a number or a bool
  };
  std::string json_;
  std::map<std::string, Value> values_;
};

/// One case of a file.
struct Case {
  std::shared_ptr<const latent::io::SafeTensorsFile> file;
  std::string number;
  Options options;

  /// Names of its tensors of one kind.
  std::vector<std::string> names(const std::string& kind) const;

  /// One of its tensors, with elements converted to T, float or double.
  template <Scalar T>
  Tensor<T> tensor(const std::string& name) const;
};

/// All cases of a file.
std::vector<Case> cases(const std::string& file);

/// Compares tensors with recorded ones and remembers the largest errors, which it prints in the end.
///
/// In double the error may be 1e-10 of the tensor's largest magnitude. In float our error against the double values
/// may be twice PyTorch's own, and 1e-6 of the largest magnitude; what is printed is the share of that.
///
/// In cases with the option "special" NaN and infinities have to stand where they stand in PyTorch's results of the
/// same type; the others are compared as usual or, with the option "relative", each by its own magnitude. Subnormal
/// numbers may be 0.
class Comparison {
 public:
  explicit Comparison(std::string topic) : topic_(std::move(topic)) {}
  ~Comparison();
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  void compare(const Case& c, const std::string& name, const Tensor<double>& actual);
  void compare(const Case& c, const std::string& name, const Tensor<float>& actual);

 private:
  template <Scalar T>
  void compare_special(const Case& c, const std::string& name, const Tensor<T>& actual);

  std::string topic_;
  int tensors_ = 0;
  double most_double_ = 0, most_float_ = 0;
};

/// Computes the results of one case, by name.
template <Scalar T>
using Computation = std::function<Variables<T>(const Options&, const Variables<T>&)>;

/// Compares the results of all cases of a file, and all gradients of their inputs, in double and float.
void check_file(const std::string& name, const Computation<double>& in_double, const Computation<float>& in_float);

/// The same of one function for both.
template <class F>
void check_file(const std::string& name, F f) {
  check_file(name, Computation<double>(f), Computation<float>(f));
}

/// An input, or an undefined variable where the case has none.
template <Scalar T>
Variable<T> find(const Variables<T>& inputs, const std::string& name) {
  const auto found = inputs.find(name);
  return found == inputs.end() ? Variable<T>() : found->second;
}

}  // namespace fixtures
