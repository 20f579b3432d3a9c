#pragma once

#include <cstdint>

#include "latent/distributed/communicator.hpp"
#include "latent/nn/parameters.hpp"

/// What has to be the same in all processes, compared before it does harm.
namespace latent::distributed {

/// Short texts that say what a process has, one for each part.
using Facts = std::vector<std::string>;

namespace detail {

/// A checksum of bytes (FNV-1a).
inline std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t sum = 0xcbf29ce484222325) {
  for (const std::byte byte : bytes) sum = (sum ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
  return sum;
}
template <class T>
std::uint64_t checksum(const Tensor<T>& x) {
  return checksum(std::as_bytes(x.elements()));
}

/// All digits of a number.
template <class T>
std::string digits(const T& number) {
  if constexpr (std::is_floating_point_v<T>) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", static_cast<double>(number));
    return text;
  } else {
    return std::to_string(number);
  }
}

/// Called by `visit`, in the forms that a checkpoint knows.
struct CollectFacts {
  Facts& facts;
  std::string prefix;  // of all names

  template <class Part>
  void operator()(std::string_view last, Part& part) const {
    using Bare = std::remove_const_t<Part>;
    const std::string name = prefix + std::string(last);
    if constexpr (std::is_arithmetic_v<Bare>) {
      facts.push_back(name + ' ' + digits(part));
    } else if constexpr (latent::detail::is_variable<Bare> || nn::detail::is_buffer<Bare>) {
      if (part) (*this)(last, part.value());
    } else if constexpr (requires { part.elements(); }) {
      facts.push_back(message(name, " of shape ", part.shape(), ", checksum ", checksum(std::as_const(part))));
    } else if constexpr (requires { part.visit(*this); }) {
      part.visit(CollectFacts{facts, name + '.'});
    }
  }
  template <class T>
  void operator()(std::string_view name, const Tensor<T>& tensor, const Shape&) const {
    if (tensor.defined()) (*this)(name, tensor);
  }
  template <class Value, class Set>
  requires std::invocable<Set, Value>
  void operator()(std::string_view name, const Value& value, const Set&) const { (*this)(name, value); }
};

}  // namespace detail

/// Adds what a part of a run is: a number, a tensor, or what has `visit(f)`, as an optimizer with its options.
template <class Part>
void add_facts(Facts& facts, std::string_view name, Part& part) {
  detail::CollectFacts{facts, ""}(name, part);
}

/// Error in all processes unless all have the same facts as rank 0; it names the first rank that has not, and the first
/// of its facts that differs.
inline void check_same(Communicator& communicator, const Facts& facts) {
  std::string mine;
  for (const std::string& fact : facts) mine.append(fact).append(1, '\n');
  const std::string expected = broadcast_text(communicator, mine, 0);
  const auto different = static_cast<Index>(std::ranges::mismatch(mine, expected).in1 - mine.begin());
  const bool same = mine == expected;
  const std::vector<Index> all = all_gather(communicator, same ? Index{-1} : different);
  const auto first = std::ranges::find_if(all, [](Index place) { return place >= 0; });
  if (first == all.end()) return;
  const auto line = [&](const std::string& text) {  // around the first place that differs
    const auto place = static_cast<std::size_t>(*first);
    if (place >= text.size()) return std::string("nothing more");
    const std::size_t begin = place == 0 ? 0 : text.rfind('\n', place - 1) + 1;
    return text.substr(begin, text.find('\n', place) - begin);
  };
  const Index rank = first - all.begin();
  const std::string theirs = broadcast_text(communicator, line(mine), rank);
  fail<ValueError>("distributed: rank ", rank, " has ", theirs, ", rank 0 has ", line(expected));
}

/// The same of a part of a run: `check_same(communicator, "optimizer", optimizer)`.
template <class Part>
void check_same(Communicator& communicator, std::string_view name, Part& part) {
  Facts facts;
  add_facts(facts, name, part);
  check_same(communicator, facts);
}

}  // namespace latent::distributed
