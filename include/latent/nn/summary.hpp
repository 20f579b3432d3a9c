#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <iosfwd>
#include <string>
#include <vector>

#include "latent/nn/multiply_adds.hpp"
#include "latent/nn/output.hpp"
#include "latent/nn/parameters.hpp"
#include "latent/nn/sequential.hpp"
#include "latent/nn/training.hpp"

namespace latent::nn {

/// What a model is made of, for an input: see summary().
struct Summary {
  /// A layer, in the order in which they run.
  struct Row {
    std::string layer;         ///< "encoder.0 (Linear)": name or place, and type; or the operation if it has neither
    Shape output;              ///< what comes out
    Index parameters = 0;      ///< elements of those that no earlier row has
    double multiply_adds = 0;  ///< of products, convolutions, recurrent layers and attention
  };

  std::vector<Row> rows;           ///< in the order in which layers run
  Index parameters = 0;            ///< elements of all parameters of the model
  Index trainable = 0;             ///< of those that are not frozen
  double multiply_adds = 0;        ///< of a forward pass; a backward pass takes about two times as many
  std::size_t training_bytes = 0;  ///< measured for forward and backward: parameters, gradients, activations, working
                                   ///< space; 0 where memory is not pooled, under sanitizers
};

namespace detail {

/// "encoder.0" of the parameter "encoder.0.weight"; of what lies within a layer of a stack, as "encoder.0.self_attn",
/// the layer, whose places in its stacks are "0" here.
inline std::string owner_of(const std::string& parameter, const std::string& places) {
  const std::size_t end = parameter.rfind('.');
  std::string owner = end == std::string::npos ? std::string() : parameter.substr(0, end);
  if (places.empty()) return owner;
  const auto between_dots = [](const std::string& name) { return std::string(".").append(name).append("."); };
  const std::size_t at = between_dots(owner).find(between_dots(places));
  return at == std::string::npos ? places : owner.substr(0, at + places.size());
}

/// Writes down the operations of its thread while it lives.
template <Scalar T>
class SummaryRecorder final : latent::detail::Watcher {
 public:
  SummaryRecorder(Summary& to, std::vector<std::pair<std::string, Variable<T>>> parameters)
      : Watcher{functions<float>(), functions<double>(), [](Watcher&) {}},
        to_(to),
        parameters_(std::move(parameters)),
        before_(latent::detail::watcher()) {
    latent::detail::watcher() = this;
  }
  ~SummaryRecorder() { latent::detail::watcher() = before_; }
  SummaryRecorder(const SummaryRecorder&) = delete;
  SummaryRecorder& operator=(const SummaryRecorder&) = delete;

 private:
  template <Scalar U>
  static latent::detail::WatcherOf<U> functions() {
    return {[](const Watcher& self, const char* operation, latent::detail::Node<U>& result,
               std::span<const Variable<U>> inputs) {
              if constexpr (std::is_same_v<T, U>)
                static_cast<const SummaryRecorder&>(self).record(operation, result.value, inputs);
            },
            [](const Watcher&, const latent::detail::Node<U>&) {},
            [](const Watcher&, const latent::detail::Node<U>&) {}};
  }

  void record(const char* operation, const Tensor<T>& y, std::span<const Variable<T>> inputs) const {
    std::string places, type;
    latent::detail::InLayer::each([&](const latent::detail::InLayer& layer) {
      if (places.empty()) type = type_name(layer.signature());
      places.insert(0, std::to_string(layer.place()).append(places.empty() ? "" : "."));
    });
    std::string name = places;
    Summary::Row row{{}, y.shape(), 0, multiply_adds(operation, y, inputs)};
    for (const Variable<T>& input : inputs)
      for (const auto& [parameter_name, parameter] : parameters_)
        if (input && parameter.identity() == input.identity()) {
          name = owner_of(parameter_name, places);
          if (counted_.is_new(parameter.identity())) row.parameters += parameter.numel();
        }
    row.layer = name.empty() ? operation : name;
    if (!name.empty() && !type.empty()) row.layer.append(" (").append(type).append(")");
    if (to_.rows.empty() || to_.rows.back().layer != row.layer) {
      to_.rows.push_back(std::move(row));
    } else {  // a layer of several operations
      to_.rows.back().output = row.output;
      to_.rows.back().parameters += row.parameters;
      to_.rows.back().multiply_adds += row.multiply_adds;
    }
  }

  Summary& to_;
  std::vector<std::pair<std::string, Variable<T>>> parameters_;
  mutable latent::detail::Distinct counted_;
  Watcher* before_;
};

}  // namespace detail

/// What a model does with `x`, layer by layer: shapes, parameters, multiply-adds, and the memory of a training step. x
/// is whatever the model takes. As torchinfo.summary:
///
///     std::cout << nn::summary(model, {64, 28, 28, 1});
///
/// It runs a clone of the model once, forward and backward, in evaluation mode; the model and its gradients stay as
/// they are. Operations outside of stacks are known by their parameters, those without by what they are; an activation
/// that the layer before it computes has no row. A convolution and pooling, which otherwise run in one pass and take
/// less memory, run one after the other. What the pool holds unused is given back first, and threads that
/// compute at the same time are measured as well. Errors of clone and of the model.
template <Scalar T = float, class Model, class X>
[[gnu::noinline]] Summary summary(const Model& model, const X& x) {
  const Model copy = clone(model);
  const auto parameters = named_parameters<T>(copy);
  Summary result;
  for (const auto& [name, parameter] : parameters) {
    result.parameters += parameter.numel();
    if (parameter.requires_grad()) result.trainable += parameter.numel();
  }
  const Evaluation mode;
  memory::trim();
  const std::size_t before = memory::pool().largest_use();
  {
    const detail::SummaryRecorder<T> recorder(result, parameters);
    const auto y = copy(x);
    const Variable<T>& output = detail::output_of(y);
    if (output.requires_grad()) output.backward(Tensor<T>(output.shape()));
  }
  for (const Summary::Row& row : result.rows) result.multiply_adds += row.multiply_adds;
  if constexpr (memory::pooled)
    result.training_bytes = memory::pool().largest_use() - before + memory::team_pool().largest_use() +
                            static_cast<std::size_t>(result.parameters) * sizeof(T);
  return result;
}

/// The same for zeros of a shape.
template <Scalar T = float, class Model>
Summary summary(const Model& model, const Shape& x) {
  return summary<T>(model, Variable<T>(Tensor<T>(x)));
}

namespace detail {

/// "1,234,567"
inline std::string with_commas(double count) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.0f", count);
  const std::string_view all = digits;
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0 && (all.size() - i) % 3 == 0) text += ',';
    text += all[i];
  }
  return text;
}

/// "13.5 MiB", or KiB below one of them.
inline std::string memory_text(double bytes) {
  const bool small = bytes < (1 << 20);
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", bytes / (small ? 1 << 10 : 1 << 20), small ? "KiB" : "MiB");
  return text;
}

}  // namespace detail

/// A table, a line for each row, and what all need together.
[[gnu::noinline]] inline void append_to(std::string& text, const Summary& summary) {
  std::vector<std::array<std::string, 4>> lines{{"layer", "output", "parameters", "multiply-adds"}};
  for (const Summary::Row& row : summary.rows)
    lines.push_back({row.layer, message(row.output), detail::with_commas(static_cast<double>(row.parameters)),
                     detail::with_commas(row.multiply_adds)});
  std::array<std::size_t, 4> widths{};
  for (const auto& line : lines)
    for (std::size_t i = 0; i < 4; ++i) widths[i] = std::max(widths[i], line[i].size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < 4; ++i) {
      const std::string blanks(widths[i] - line[i].size(), ' ');  // numbers end below each other
      if (i > 0) text += "  ";
      text.append(i < 2 ? line[i] : blanks).append(i < 2 ? blanks : line[i]);
    }
    text += '\n';
  }
  text.append(detail::with_commas(static_cast<double>(summary.parameters))).append(" parameters");
  if (summary.trainable != summary.parameters)
    text.append(", ").append(detail::with_commas(static_cast<double>(summary.trainable))).append(" trainable");
  text.append("; ").append(detail::with_commas(summary.multiply_adds)).append(" multiply-adds forward");
  if (summary.training_bytes)
    text.append("; ")
        .append(detail::memory_text(static_cast<double>(summary.training_bytes)))
        .append(" for a training step without the optimizer");
  text += '\n';
}

/// The same on a stream, for who includes <ostream>.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Summary& summary) {
  return out << message(summary).c_str();
}

}  // namespace latent::nn
