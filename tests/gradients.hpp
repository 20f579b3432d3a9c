#pragma once

#include <doctest/doctest.h>

#include "reference.hpp"

/// Every derivative of f agrees with finite differences.
template <class F>
void check_gradients(F f, const std::vector<latent::Variable<double>>& inputs) {
  const latent::GradcheckReport report = latent::gradcheck(f, inputs);
  INFO(report.text());
  CHECK(report.ok);
  CHECK(report.checked > 0);
}
