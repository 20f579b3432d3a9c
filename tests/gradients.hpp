#pragma once

#include <doctest/doctest.h>

#include "reference.hpp"

inline void check_report(const latent::GradcheckReport& report) {
  INFO(report.text());
  CHECK(report.ok);
  CHECK(report.checked > 0);
}

/// Every derivative of f agrees with finite differences.
template <class F>
void check_gradients(F f, const std::vector<latent::Variable<double>>& inputs) {
  check_report(latent::gradcheck(f, inputs));
}
