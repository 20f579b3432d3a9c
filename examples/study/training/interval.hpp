#pragma once

#include <latent/core/shape.hpp>

namespace study {

/// How often something is done: every so many steps, or every so many seconds. "500" or "60s".
struct Interval {
  latent::Index steps = 0;  ///< 0: by seconds
  double seconds = 60;
};

}  // namespace study
