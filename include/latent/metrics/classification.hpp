#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>

#include "latent/autograd/extrema.hpp"
#include "latent/core/tensor.hpp"

/// How well classes are told apart.
namespace latent::metrics {

namespace detail {

/// ShapeError unless labels [N] go with scores [N, C] of at least one class.
[[gnu::noinline]] inline void check_scores(const char* metric, const Shape& scores, const Shape& labels) {
  check<ShapeError>(scores.rank() == 2 && scores[1] >= 1 && labels == Shape{scores[0]}, metric, ": scores ", scores,
                    " do not go with labels ", labels, ", expected scores [N, C] and labels [N]");
}

/// The class of a label or prediction; ValueError if there is none.
template <std::integral Integer>
Index class_of(const char* metric, const char* kind, Integer label, Index classes) {
  const auto number = static_cast<Index>(label);  // negative if it is larger than any
  check<ValueError>(0 <= number && number < classes, metric, ": ", kind, " ", number, " found, expected 0 to ",
                    classes - 1);
  return number;
}

}  // namespace detail

/// The share of rows whose label is among the k classes of the highest scores, in [0, 1]; NaN without rows. Of equal
/// scores the lower class counts as higher, and NaN as higher than any number, as in argmax.
/// scores [N, C], logits or probabilities; labels [N] of any integer type. ShapeError for sizes that do not fit,
/// ValueError for a label that is no class or a k outside [1, C].
template <Scalar T, std::integral Integer>
[[gnu::noinline]] double top_k_accuracy(const Tensor<T>& scores, const Tensor<Integer>& labels, Index k) {
  detail::check_scores("top_k_accuracy", scores.shape(), labels.shape());
  const Index rows = scores.size(0), classes = scores.size(1);
  check<ValueError>(1 <= k && k <= classes, "top_k_accuracy: k must be in [1, ", classes, "], got ", k);
  const auto beats = [](T a, T b) { return a > b || (a != a && b == b); };
  Index hits = 0;
  for (Index row = 0; row < rows; ++row) {
    const T* const score = scores.data() + row * classes;
    const Index label = detail::class_of("top_k_accuracy", "label", labels.data()[row], classes);
    Index before = 0;
    for (Index c = 0; c < classes; ++c)
      before += c < label ? !beats(score[label], score[c]) : beats(score[c], score[label]);
    hits += before < k;
  }
  return static_cast<double>(hits) / static_cast<double>(rows);
}

/// The share of rows whose label has the highest score, in [0, 1]: top_k_accuracy of k = 1, with its errors.
template <Scalar T, std::integral Integer>
double accuracy(const Tensor<T>& scores, const Tensor<Integer>& labels) {
  return top_k_accuracy(scores, labels, 1);
}

/// How often each class was taken for each, collected over any number of batches:
///
///     metrics::ConfusionMatrix confusion(10);
///     for (const auto& batch : batches) confusion.update(model(Variable<float>(batch.images)).value(), batch.labels);
///     std::cout << confusion.accuracy() << '\n' << confusion.counts;
///
/// What a class without the rows in question would divide by 0 is 0, as in torchmetrics and scikit-learn.
struct ConfusionMatrix {
  Tensor<Index> counts;  ///< [C, C]: a row for each true class, a column for each that was predicted

  /// ValueError for less than one class.
  explicit ConfusionMatrix(Index classes) {
    check<ValueError>(classes >= 1, "ConfusionMatrix: at least 1 class expected, got ", classes);
    counts = Tensor<Index>({classes, classes});
  }

  /// C
  Index classes() const { return counts.size(0); }

  /// Counts predictions [N] and labels [N], numbers of classes of any integer types, or bool. ShapeError if their sizes
  /// differ, ValueError for what is no class; nothing is counted then.
  template <std::integral Predicted, std::integral Integer>
  void update(const Tensor<Predicted>& predicted, const Tensor<Integer>& labels) {
    check<ShapeError>(predicted.rank() == 1 && predicted.shape() == labels.shape(), "ConfusionMatrix: predictions ",
                      predicted.shape(), " do not go with labels ", labels.shape(), ", expected [N] and [N]");
    for (const Predicted p : predicted.elements()) detail::class_of("ConfusionMatrix", "prediction", p, classes());
    for (const Integer label : labels.elements()) detail::class_of("ConfusionMatrix", "label", label, classes());
    Index* const count = counts.data();
    for (Index i = 0; i < labels.numel(); ++i)
      ++count[static_cast<Index>(labels.data()[i]) * classes() + static_cast<Index>(predicted.data()[i])];
  }

  /// Counts scores [N, C], of which the highest is the prediction, and labels [N]. Errors as above.
  template <Scalar T, std::integral Integer>
  void update(const Tensor<T>& scores, const Tensor<Integer>& labels) {
    detail::check_scores("ConfusionMatrix", scores.shape(), labels.shape());
    check<ShapeError>(scores.size(1) == classes(), "ConfusionMatrix: scores ", scores.shape(), " given, expected [N, ",
                      classes(), "]");
    update(argmax(scores, 1), labels);
  }

  /// All that were counted.
  Index total() const {
    return sum([](Index, Index) { return true; });
  }

  /// The share of right predictions; NaN if nothing was counted.
  double accuracy() const {
    return static_cast<double>(sum([](Index label, Index p) { return label == p; })) / static_cast<double>(total());
  }

  /// Of those that were taken for class c, the share that are of it.
  double precision(Index c) const { return share(hits(c), predicted_as(c)); }

  /// Of those of class c, the share that were taken for it.
  double recall(Index c) const { return share(hits(c), labelled_as(c)); }

  /// 2 precision recall / (precision + recall) of class c, the harmonic mean.
  double f1(Index c) const { return share(2 * hits(c), predicted_as(c) + labelled_as(c)); }

  /// The mean of f1 over the classes that occur, as labels or predictions; 0 if none does. As torchmetrics' macro
  /// average.
  double macro_f1() const {
    double total = 0;
    Index occurring = 0;
    for (Index c = 0; c < classes(); ++c)
      if (predicted_as(c) + labelled_as(c) > 0) total += f1(c), ++occurring;
    return occurring ? total / static_cast<double>(occurring) : 0;
  }

 private:
  static double share(Index part, Index of) { return of ? static_cast<double>(part) / static_cast<double>(of) : 0; }

  /// ShapeError if there is no class c.
  Index hits(Index c) const { return counts(c, c); }
  Index predicted_as(Index c) const {
    return sum([c](Index, Index p) { return p == c; });
  }
  Index labelled_as(Index c) const {
    return sum([c](Index label, Index) { return label == c; });
  }

  /// The counts of the places that `wanted(label, prediction)` says.
  template <class Wanted>
  Index sum(Wanted wanted) const {
    Index result = 0;
    for (Index i = 0; i < counts.numel(); ++i)
      if (wanted(i / classes(), i % classes())) result += counts.data()[i];
    return result;
  }
};

}  // namespace latent::metrics
