#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latent/autograd/variable.hpp"
#include "latent/nn/buffer.hpp"

/// What a layer or model names in its `visit(f)`, collected. `visit` calls f(name, part) for each of its parameters and
/// buffers and for each layer within it:
///
///     struct Model {
///       nn::Linear<> encoder, decoder;
///       template <class F>
///       void visit(F&& f) const { f("encoder", encoder), f("decoder", decoder); }
///     };
///
/// Types without `visit`, activations for example, have no parameters; one that is not trivially copyable might hold
/// some, and does not compile. A variable that two layers share is one parameter with two names.
///
/// Variables are handles, and so are models: `auto other = model` has the same parameters, `clone(model)` its own.
namespace latent::nn {

namespace detail {
struct Ignore {
  template <class... Anything>
  void operator()(Anything&&...) const {}
};
template <class T>
inline constexpr bool is_buffer = false;
template <class T>
inline constexpr bool is_buffer<Buffer<T>> = true;
}  // namespace detail

/// Types that name parameters, buffers and layers by `visit(f)`.
template <class Model>
concept Visitable = requires(const Model& model) {
  model.visit(detail::Ignore{});
};

/// The name of a parameter, as in PyTorch's state_dict: "encoder.0.weight". Becomes a string where one is wanted.
class ParameterName {
 public:
  /// `within` is the name of the layer that calls it `last`, or null.
  ParameterName(const ParameterName* within, std::string_view last) : within_(within), last_(last) {}

  /// The whole name.
  [[gnu::noinline]] operator std::string() const {
    if (!within_) return std::string(last_);
    std::string name = *within_;
    return name.append(1, '.').append(last_);
  }

 private:
  const ParameterName* within_;
  std::string_view last_;
};

/// Calls f(name, part) for every parameter and every buffer of a model, in order; f may take the name as a
/// ParameterName or as a std::string. Absent ones, as a bias that is switched off, are left out. (Not inlined, as all
/// that a program does once: its main function would grow by each of them.)
template <class Model, class F>
[[gnu::noinline]] void each_state(const Model& model, F&& f, const ParameterName* within = nullptr) {
  if constexpr (Visitable<Model>) {
    model.visit([&](std::string_view last, const auto& part) {
      using Part = std::remove_cvref_t<decltype(part)>;
      const ParameterName name(within, last);
      if constexpr (latent::detail::is_variable<Part> || detail::is_buffer<Part>) {
        if (part) f(name, part);
      } else {
        each_state(part, f, &name);
      }
    });
  } else {
    static_assert(std::is_trivially_copyable_v<Model>,
                  "a layer that may hold parameters needs visit(f), or they would neither be trained nor saved; if it "
                  "holds none, let it have a visit that does nothing");
  }
}

/// The same for the parameters alone.
template <class Model, class F>
void each_parameter(const Model& model, F&& f) {
  each_state(model, [&f]<class Part>(const ParameterName& name, const Part& part) {
    if constexpr (latent::detail::is_variable<Part>) f(name, part);
  });
}

/// All parameters of a model, each once, for an optimizer.
template <Scalar T = float, class Model>
[[gnu::noinline]] std::vector<Variable<T>> parameters(const Model& model) {
  std::vector<Variable<T>> result;
  latent::detail::Distinct distinct;
  each_parameter(model, [&](const ParameterName&, const Variable<T>& parameter) {
    if (distinct.is_new(parameter.identity())) result.push_back(parameter);
  });
  return result;
}

/// All parameters, each once, with the first of their names.
template <Scalar T = float, class Model>
[[gnu::noinline]] std::vector<std::pair<std::string, Variable<T>>> named_parameters(const Model& model) {
  std::vector<std::pair<std::string, Variable<T>>> result;
  latent::detail::Distinct distinct;
  each_parameter(model, [&](const std::string& name, const Variable<T>& parameter) {
    if (distinct.is_new(parameter.identity())) result.emplace_back(name, parameter);
  });
  return result;
}

/// Elements of all parameters of a model together, each counted once.
template <class Model>
Index parameter_count(const Model& model) {
  Index count = 0;
  latent::detail::Distinct distinct;
  each_parameter(model, [&](const ParameterName&, const auto& parameter) {
    if (distinct.is_new(parameter.identity())) count += parameter.numel();
  });
  return count;
}

/// A copy with parameters and buffers of its own, of the same values and without gradients; what was shared is shared
/// within the copy. For a model whose layers are its members: ValueError if a copy of it shares their parameters'
/// places, as it does through pointers.
template <class Model>
[[gnu::noinline]] Model clone(const Model& model) {
  Model copy = model;
  std::vector<const void*> places;
  each_state(model, [&](const ParameterName&, const auto& part) { places.push_back(&part); });
  std::size_t next = 0;
  each_state(copy, [&](const ParameterName& name, const auto& part) {
    check<ValueError>(next < places.size() && places[next++] != &part, "clone: copies of the model share ",
                      std::string(name));
  });
  std::vector<std::pair<const void*, const void*>> made;  // identity of a part, place of its first copy
  each_state(copy, [&]<class Part>(const ParameterName&, const Part& part) {
    const void* const identity = part.identity();
    const auto known = std::find_if(made.begin(), made.end(), [&](const auto& pair) { return pair.first == identity; });
    auto& own = const_cast<Part&>(part);  // a part of `copy`, which is not const
    if (known != made.end()) {
      own = *static_cast<const Part*>(known->second);
    } else {
      if constexpr (latent::detail::is_variable<Part>)
        own = Part(part.value(), part.requires_grad());
      else
        own = Part(part.value());
      made.emplace_back(identity, &part);
    }
  });
  return copy;
}

}  // namespace latent::nn
