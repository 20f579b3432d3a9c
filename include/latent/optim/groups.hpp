#pragma once

#include <initializer_list>

#include "latent/optim/optimizer.hpp"

namespace latent::optim {

/// Groups of parameters with options of their own, each with its optimizer; O is SGD<float>, for example:
///
///     optim::Groups optimizer({optim::AdamW(nn::named_parameters(encoder), {.lr = 1e-4}),
///                              optim::AdamW(nn::named_parameters(head), {.lr = 1e-3, .weight_decay = 0.01})});
///     optimizer.groups[1].options.lr = 1e-4;  // between steps
///
/// Steps are those of one optimizer that is given all groups in PyTorch. ValueError for no groups, or a parameter in
/// two of them.
template <class O>
class Groups {
 public:
  std::vector<O> groups;  ///< their options may be changed between steps

  /// Of optimizers, each with its parameters.
  explicit Groups(std::initializer_list<O> each) : Groups(std::vector<O>(each)) {}
  explicit Groups(std::vector<O> each) : groups(std::move(each)) {
    check<ValueError>(!groups.empty(), "Groups: at least one group expected, got none");
    for (std::size_t i = 0; i < groups.size(); ++i)
      for (std::size_t j = 0; j < groups[i].parameters().size(); ++j) check_distinct(i, j);
  }

  /// Those of all groups.
  auto parameters() const {
    auto all = groups.front().parameters();
    for (std::size_t i = 1; i < groups.size(); ++i)
      all.insert(all.end(), groups[i].parameters().begin(), groups[i].parameters().end());
    return all;
  }

  /// Forgets all gradients; call it before every backward().
  void zero_grad() const {
    for (const O& group : groups) group.zero_grad();
  }

  /// Changes every parameter that has a gradient.
  void step() {
    for (O& group : groups) group.step();
  }

  /// Its state, for a checkpoint: that of each group behind the group's number.
  template <class F>
  void visit(F&& f) {
    for (std::size_t i = 0; i < groups.size(); ++i) f(std::to_string(i), groups[i]);
  }

 private:
  /// That no group before group i has its parameter j.
  void check_distinct(std::size_t i, std::size_t j) const {
    for (std::size_t before = 0; before < i; ++before)
      for (const auto& parameter : groups[before].parameters())
        check<ValueError>(parameter.identity() != groups[i].parameters()[j].identity(), "Groups: parameter ",
                          groups[i].name_of(j), " of group ", i, " is in group ", before, " too");
  }
};

}  // namespace latent::optim
