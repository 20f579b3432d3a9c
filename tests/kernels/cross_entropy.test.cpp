#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// Losses, and gradients of logits and probabilities for upstream gradients d, by the formula in double. Labels are
/// probabilities of 1, or of 0 everywhere.
struct PlainCrossEntropy {
  Tensor<double> losses, dx, dp;

  template <Scalar T>
  PlainCrossEntropy(const Tensor<T>& x, const Tensor<T>& p, const Tensor<T>& weight, double smoothing,
                    const Tensor<T>& d, const Tensor<Index>& labels)
      : losses({x.size(0)}), dx(x.shape()), dp(x.shape()) {
    const auto [rows, classes] = x.template sizes<2>("x");
    for (Index i = 0; i < rows; ++i) {
      const bool ignored = labels.defined() && labels(i) < 0;
      double most = -std::numeric_limits<double>::infinity(), sum = 0, all = 0;
      for (Index c = 0; c < classes; ++c) most = std::max(most, static_cast<double>(x(i, c)));
      for (Index c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(x(i, c)) - most);
      std::vector<double> q;
      for (Index c = 0; c < classes; ++c) {
        const double w = weight.defined() ? static_cast<double>(weight(c)) : 1;
        const double of_target =
            weight.defined() && labels.defined() && !ignored ? static_cast<double>(weight(labels(i))) : w;
        const double logarithm = static_cast<double>(x(i, c)) - most - std::log(sum);
        q.push_back(ignored ? 0
                            : (1 - smoothing) * static_cast<double>(p(i, c)) * of_target +
                                  smoothing / static_cast<double>(classes) * w);
        losses(i) -= q.back() * logarithm;
        all += q.back();
        dp(i, c) = -static_cast<double>(d(i)) * (1 - smoothing) * w * logarithm;
      }
      for (Index c = 0; c < classes; ++c)
        dx(i, c) = static_cast<double>(d(i)) *
                   (std::exp(static_cast<double>(x(i, c)) - most) / sum * all - q[static_cast<std::size_t>(c)]);
    }
  }
};

/// Losses and gradients of the kernels, the gradients written and added once more.
template <Scalar T>
struct KernelCrossEntropy {
  Tensor<T> losses, dx, dp;

  KernelCrossEntropy(const Tensor<T>& x, const Tensor<T>& p, const Tensor<T>& weight, double smoothing,
                     const Tensor<T>& d, const Tensor<Index>& labels)
      : losses({x.size(0)}), dx(x.shape()), dp(x.shape()) {
    using kernels::WriteMode;
    const Index rows = x.size(0);
    Tensor<T> kept({2, rows});
    const kernels::CrossEntropyLogits<T> logits{
        rows, x.size(1), x.data(), weight.data(), static_cast<T>(smoothing), kept.data(), kept.data() + rows};
    const kernels::LossGradients<T> gradients{d.data(), true, T(0.5)};
    if (labels.defined()) {
      kernels::cross_entropy(logits, labels.data(), losses.data());
      kernels::cross_entropy_backward<T>(logits, labels.data(), gradients, {dx.data()});
      kernels::cross_entropy_backward<T>(logits, labels.data(), gradients, {dx.data(), WriteMode::accumulate});
    } else {
      kernels::cross_entropy(logits, p.data(), losses.data());
      kernels::cross_entropy_backward<T>(logits, p.data(), gradients, {dx.data()}, {dp.data()});
      kernels::cross_entropy_backward<T>(logits, p.data(), gradients, {dx.data(), WriteMode::accumulate},
                                         {dp.data(), WriteMode::accumulate});
    }
  }
};

}  // namespace

TEST_CASE_TEMPLATE("cross_entropy kernels: agree with the formula, the same bits for any number of threads", T, float,
                   double) {
  for (const Shape& shape :
       {Shape{3, 1}, Shape{5, 3}, Shape{4, 8}, Shape{9, 10}, Shape{3, 33}, Shape{2, 3000}, Shape{900, 33}, Shape{0, 4}})
    for (int variant = 0; variant < 6; ++variant) {
      CAPTURE(shape);
      CAPTURE(variant);
      const double smoothing = variant % 3 ? 0.125 : 0;
      const auto x = reference::random<T>(shape, 1, -8, 8), d = reference::random<T>({shape[0]}, 2);
      auto p = reference::random<T>(shape, 3, 0, 1);
      const auto weight = variant % 3 == 2 ? reference::random<T>({shape[1]}, 4, 0, 2) : Tensor<T>();
      Tensor<Index> labels;
      if (variant >= 3) {
        labels = Tensor<Index>({shape[0]});
        p.fill(0);
        for (Index i = 0; i < shape[0]; ++i) {
          labels(i) = i % 4 == 1 ? -1 : 7 * i % shape[1];
          if (labels(i) >= 0) p(i, labels(i)) = 1;
        }
      }
      set_threads(1);
      const KernelCrossEntropy<T> one(x, p, weight, smoothing, d, labels);
      for (int threads : {2, 3, 7}) {
        set_threads(threads);
        const KernelCrossEntropy<T> many(x, p, weight, smoothing, d, labels);
        CHECK(reference::identical(many.losses, one.losses));
        CHECK(reference::identical(many.dx, one.dx));
        CHECK(reference::identical(many.dp, one.dp));
      }
      set_threads(0);
      const PlainCrossEntropy expected(x, p, weight, smoothing, d, labels);
      const double tolerance = 2 * reference::tolerance<T>(shape[1]);
      CHECK(reference::difference(one.losses, expected.losses) < tolerance);
      CHECK(reference::difference(one.dx, expected.dx) < tolerance);
      if (!labels.defined()) CHECK(reference::difference(one.dp, expected.dp) < tolerance);
    }
}
