#pragma once

#include "latent/optim/schedules.hpp"

namespace latent::optim {

/// How a value goes from one to another: along half a cosine, or a line.
enum class Anneal { cos, linear };

/// A learning rate that rises from max_lr / div_factor to max_lr at step pct_start steps - 1 and falls to
/// max_lr / div_factor / final_div_factor at the last step; with three phases it is back at its first value at step
/// 2 pct_start steps - 2 and falls from there. `momentum(step)` goes the other way. As
/// torch.optim.lr_scheduler.OneCycleLR, but for a step after the last, which is a ValueError, as are options out of
/// their range.
///
/// Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2019.
struct OneCycleLR {
  double max_lr = 1e-3;           ///< at least 0, finite
  Index steps = 0;                ///< at least 1; to be given
  double pct_start = 0.3;         ///< part of the steps in which it rises, [0, 1]; at most 0.5 with three phases
  Anneal anneal = Anneal::cos;    ///< PyTorch's anneal_strategy
  double div_factor = 25;         ///< above 0, finite
  double final_div_factor = 1e4;  ///< above 0, finite
  bool three_phase = false;       ///< falls as slowly as it rises, then to the end in a third phase
  double base_momentum = 0.85;    ///< at the highest rate, finite
  double max_momentum = 0.95;     ///< in the beginning and in the end, finite

  constexpr void check_values() const {
    check<ValueError>(detail::is_rate(max_lr) && steps >= 1 && pct_start >= 0 && pct_start <= (three_phase ? 0.5 : 1),
                      "OneCycleLR: max_lr must be at least 0 and finite, steps at least 1 and pct_start in [0, 1], or "
                      "[0, 0.5] with three phases, got max_lr ",
                      max_lr, ", steps ", steps, ", pct_start ", pct_start);
    check<ValueError>(detail::is_rate(div_factor) && div_factor > 0 && detail::is_rate(final_div_factor) &&
                          final_div_factor > 0 && detail::is_rate(base_momentum) && detail::is_rate(max_momentum),
                      "OneCycleLR: the factors must be above 0, momentums at least 0, and all finite, got div_factor ",
                      div_factor, ", final_div_factor ", final_div_factor, ", base_momentum ", base_momentum,
                      ", max_momentum ", max_momentum);
  }

  double operator()(Index step) const {
    return value(step, max_lr / div_factor, max_lr, max_lr / div_factor / final_div_factor);
  }

  /// For SGD's momentum or Adam's beta1.
  double momentum(Index step) const { return value(step, max_momentum, base_momentum, max_momentum); }

 private:
  double value(Index step, double first, double top, double last) const {
    check_values();
    detail::check_step("OneCycleLR", step);
    check<ValueError>(step < steps, "OneCycleLR: step ", step, " is beyond its ", steps, " steps");
    const auto now = static_cast<double>(step), count = static_cast<double>(steps);
    const double turn = pct_start * count - 1, back = three_phase ? 2 * pct_start * count - 2 : turn;
    if (now <= turn) return between(first, top, now, 0, turn);
    if (now <= back) return between(top, first, now, turn, back);
    return between(three_phase ? first : top, last, now, back, count - 1);
  }

  double between(double from, double to, double now, double begin, double end) const {
    const double part = end > begin ? (now - begin) / (end - begin) : 1;
    return anneal == Anneal::linear ? from + (to - from) * part
                                    : to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * part));
  }
};

}  // namespace latent::optim
