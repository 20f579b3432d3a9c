#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "latent/optim/optimizer.hpp"

/// Learning rates as functions of the step, which is 0 at first:
///
///     const optim::CosineAnnealingLR schedule{.lr = 1e-3, .steps = 10'000, .warmup = 500};
///     optimizer.options.lr = schedule(step);  // before optimizer.step()
///
/// A step may be a batch or an epoch. All throw a ValueError for options out of their range and for a negative step.
namespace latent::optim {

namespace detail {

constexpr void check_step(const char* schedule, Index step) {
  check<ValueError>(step >= 0, schedule, ": step must be at least 0, got ", step);
}

/// The part of the rate at a step of a linear rise to 1.
constexpr double warm_up(double start_factor, Index step, Index steps) {
  if (step >= steps) return 1;
  return start_factor + (1 - start_factor) * static_cast<double>(step) / static_cast<double>(steps);
}

/// x^n
constexpr double power(double x, Index n) {
  double result = 1;
  for (; n > 0; n /= 2, x *= x)
    if (n % 2) result *= x;
  return result;
}

}  // namespace detail

/// lr after a linear rise from start_factor lr in the first `steps` steps. As torch.optim.lr_scheduler.LinearLR.
struct LinearLR {
  double lr = 1e-3;              ///< at least 0, finite
  double start_factor = 1. / 3;  ///< [0, 1]
  Index steps = 5;               ///< at least 0

  constexpr void check_values() const {
    check<ValueError>(
        detail::is_rate(lr) && start_factor >= 0 && start_factor <= 1 && steps >= 0,
        "LinearLR: lr must be at least 0 and finite, start_factor in [0, 1] and steps at least 0, got lr ", lr,
        ", start_factor ", start_factor, ", steps ", steps);
  }

  constexpr double operator()(Index step) const {
    check_values();
    detail::check_step("LinearLR", step);
    return lr * detail::warm_up(start_factor, step, steps);
  }
};

/// lr, multiplied by gamma after every `step` steps. As torch.optim.lr_scheduler.StepLR.
struct StepLR {
  double lr = 1e-3;    ///< at least 0, finite
  Index step = 0;      ///< at least 1; to be given
  double gamma = 0.1;  ///< at least 0, finite

  constexpr void check_values() const {
    check<ValueError>(detail::is_rate(lr) && detail::is_rate(gamma) && step >= 1,
                      "StepLR: lr and gamma must be at least 0 and finite, and step at least 1, got lr ", lr,
                      ", gamma ", gamma, ", step ", step);
  }

  constexpr double operator()(Index now) const {
    check_values();
    detail::check_step("StepLR", now);
    return lr * detail::power(gamma, now / step);
  }
};

/// lr, multiplied by gamma at each of the milestones, whatever their order. As torch.optim.lr_scheduler.MultiStepLR.
struct MultiStepLR {
  double lr = 1e-3;                    ///< at least 0, finite
  std::vector<Index> milestones = {};  ///< steps
  double gamma = 0.1;                  ///< at least 0, finite

  void check_values() const {
    check<ValueError>(detail::is_rate(lr) && detail::is_rate(gamma),
                      "MultiStepLR: lr and gamma must be at least 0 and finite, got lr ", lr, ", gamma ", gamma);
  }

  double operator()(Index step) const {
    check_values();
    detail::check_step("MultiStepLR", step);
    return lr * detail::power(gamma, std::ranges::count_if(milestones, [&](Index at) { return at <= step; }));
  }
};

/// lr gamma^step. As torch.optim.lr_scheduler.ExponentialLR.
struct ExponentialLR {
  double lr = 1e-3;  ///< at least 0, finite
  double gamma = 1;  ///< at least 0, finite

  constexpr void check_values() const {
    check<ValueError>(detail::is_rate(lr) && detail::is_rate(gamma),
                      "ExponentialLR: lr and gamma must be at least 0 and finite, got lr ", lr, ", gamma ", gamma);
  }

  constexpr double operator()(Index step) const {
    check_values();
    detail::check_step("ExponentialLR", step);
    return lr * detail::power(gamma, step);
  }
};

/// A linear rise to lr in `warmup` steps, then half a cosine from lr down to min_lr at step `steps`, where it stays:
///
///     min_lr + (lr - min_lr) (1 + cos(pi (step - warmup) / (steps - warmup))) / 2
///
/// Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017. As
/// torch.optim.lr_scheduler.CosineAnnealingLR with T_max = steps - warmup, behind LinearLR, but for what is beyond
/// `steps`, where PyTorch's rises again.
struct CosineAnnealingLR {
  double lr = 1e-3;              ///< at least 0, finite
  Index steps = 0;               ///< with those of the warm-up, more than these; to be given
  double min_lr = 0;             ///< at least 0, finite
  Index warmup = 0;              ///< at least 0
  double start_factor = 1. / 3;  ///< part of lr that the warm-up begins with, [0, 1]

  constexpr void check_values() const {
    check<ValueError>(
        detail::is_rate(lr) && detail::is_rate(min_lr) && start_factor >= 0 && start_factor <= 1,
        "CosineAnnealingLR: lr and min_lr must be at least 0 and finite, and start_factor in [0, 1], got lr ", lr,
        ", min_lr ", min_lr, ", start_factor ", start_factor);
    check<ValueError>(warmup >= 0 && steps > warmup,
                      "CosineAnnealingLR: warmup must be at least 0, and steps more than warmup, got warmup ", warmup,
                      ", steps ", steps);
  }

  double operator()(Index step) const {
    check_values();
    detail::check_step("CosineAnnealingLR", step);
    if (step < warmup) return lr * detail::warm_up(start_factor, step, warmup);
    const auto part = static_cast<double>(std::min(step, steps) - warmup) / static_cast<double>(steps - warmup);
    return min_lr + (lr - min_lr) * (1 + std::cos(std::numbers::pi * part)) / 2;
  }
};

}  // namespace latent::optim
