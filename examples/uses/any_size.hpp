#pragma once

#include <latent/autograd/pad.hpp>
#include <latent/autograd/shaping.hpp>

namespace uses {

using namespace latent;

/// What a network that halves images and doubles them again makes of images [N, H, W, C] of any size: up to a multiple
/// of `divisor` the lower and the right border are repeated, and what comes of that is cut off again.
template <class Network>
Variable<float> at_any_size(const Variable<float>& x, Index divisor, Network network) {
  const Index h = x.shape()[1], w = x.shape()[2];
  const Index down = (divisor - h % divisor) % divisor, right = (divisor - w % divisor) % divisor;
  if (down == 0 && right == 0) return network(x);
  const Variable<float> y = network(pad(x, {{1, 0, down}, {2, 0, right}}, PaddingMode::replicate));
  return slice(slice(y, 1, 0, h), 2, 0, w);
}

}  // namespace uses
