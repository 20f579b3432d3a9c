#pragma once

#include <type_traits>

#include "latent/autograd/variable.hpp"

namespace latent {

/// The loss of a batch of n rows, and its gradients, added up from micro-batches of at most `size` rows, all equally
/// large or nearly so, one after the other:
///
///     optimizer.zero_grad();
///     const float loss = backward_in_microbatches(x.size(0), 64, [&](Index first, Index last) {
///       return mse_loss(model(x.rows(first, last)), y.rows(first, last));
///     });
///     optimizer.step();
///
/// `loss(first, last)` gives the mean over rows [first, last), one element, and is called in the order of the rows; the
/// result is the mean over all. What backward() needs is kept for one micro-batch at a time: it stays in the caches,
/// and a batch may be larger than the memory would allow. (Gradient accumulation; the sums are added in another order
/// than those of the whole batch, to the same result but for rounding.) Not for losses that are no mean over rows;
/// layers such as BatchNorm take the statistics of each micro-batch.
/// ValueError if n or size is below 1, ShapeError if a loss has another number of elements than one.
template <class Loss>
auto backward_in_microbatches(Index n, Index size, const Loss& loss) {
  check<ValueError>(n >= 1 && size >= 1, "backward_in_microbatches: n and size must be at least 1, got n ", n,
                    " and size ", size);
  using T = typename std::remove_cvref_t<decltype(loss(Index{0}, n).value())>::value_type;
  const Index count = (n - 1) / size + 1;
  double total = 0;
  for (Index i = 0; i < count; ++i) {
    const Index first = n * i / count, last = n * (i + 1) / count;
    const Variable<T> part = loss(first, last);
    check<ShapeError>(part.numel() == 1, "backward_in_microbatches: a loss of shape ", part.shape(),
                      ", expected one element, the mean over its rows");
    const double weight = static_cast<double>(last - first) / static_cast<double>(n);
    part.backward(Tensor<T>::full(part.shape(), static_cast<T>(weight)));
    total += weight * static_cast<double>(part.item());
  }
  return static_cast<T>(total);
}

}  // namespace latent
