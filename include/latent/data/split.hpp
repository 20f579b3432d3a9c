#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <vector>

#include "latent/core/memory.hpp"
#include "latent/core/random.hpp"
#include "latent/data/loader.hpp"
#include "latent/data/tensor_dataset.hpp"

namespace latent::data {

/// Some elements of a data set, which must outlive it. As torch.utils.data.Subset.
template <class Dataset>
class Subset {
 public:
  /// ValueError for a number that is none of the data set's.
  Subset(const Dataset& dataset, std::vector<Index> numbers) : dataset_(&dataset), numbers_(std::move(numbers)) {
    detail::check_numbers("Subset", numbers_, dataset.size());
  }
  Subset(const Dataset&&, std::vector<Index>) = delete;  // it would be gone

  /// Elements of this part.
  Index size() const { return std::ssize(numbers_); }

  /// Of its elements in the data set.
  const std::vector<Index>& numbers() const { return numbers_; }

  /// The elements of the given numbers, counted within the subset. ValueError for a number that does not exist.
  auto gather(std::span<const Index> numbers, Index epoch = 0) const {
    detail::check_numbers("Subset", numbers, size());
    std::vector<Index, memory::Allocator<Index>> inner(numbers.size());
    std::ranges::transform(numbers, inner.begin(), [&](Index i) { return numbers_[static_cast<std::size_t>(i)]; });
    return detail::gather(*dataset_, std::span<const Index>(inner), epoch);
  }

 private:
  const Dataset* dataset_;
  std::vector<Index> numbers_;
};

namespace detail {

/// Where the parts of `size` elements end, given as fractions of the whole.
inline std::vector<Index> part_ends(const char* operation, Index size, std::span<const double> fractions) {
  std::vector<Index> ends;
  double sum = 0;
  for (const double fraction : fractions) {
    check<ValueError>(fraction >= 0, operation, ": parts must be at least 0, got ", fraction);
    ends.push_back(std::min<Index>(size, std::llround(static_cast<double>(size) * (sum += fraction))));
  }
  // Fractions in float, or thirds with six digits, are meant to be the whole.
  check<ValueError>(std::abs(sum - 1) < 1e-5, operation, ": fractions have the sum ", sum, ", expected 1");
  ends.back() = size;
  return ends;
}

/// The same, given as counts.
inline std::vector<Index> part_ends(const char* operation, Index size, std::span<const Index> counts) {
  std::vector<Index> ends;
  Index sum = 0;
  for (const Index count : counts) {
    check<ValueError>(count >= 0, operation, ": parts must be at least 0, got ", count);
    check<ValueError>(count <= size - sum, operation, ": parts have more elements than the data set, which has ", size);
    ends.push_back(sum += count);
  }
  check<ValueError>(sum == size, operation, ": parts have ", sum, " elements, the data set has ", size);
  return ends;
}

template <class Number, std::size_t Parts>
std::vector<Index> part_ends(const char* operation, Index size, const Number (&parts)[Parts]) {
  std::array<std::conditional_t<std::floating_point<Number>, double, Index>, Parts> numbers;
  std::ranges::copy(parts, numbers.begin());
  return part_ends(operation, size, std::span<const typename decltype(numbers)::value_type>(numbers));
}

/// A random order of its own: loaders take the streams of their epochs.
inline std::vector<Index> split_order(Index size, std::uint64_t seed) {
  std::vector<Index> order;
  Rng(seed, ~std::uint64_t{0}).permutation(size, order);
  return order;
}

template <class Dataset, std::size_t... Part>
std::array<Subset<Dataset>, sizeof...(Part)> subsets(const Dataset& dataset, std::span<std::vector<Index>> numbers,
                                                     std::index_sequence<Part...>) {
  return {Subset<Dataset>(dataset, std::move(numbers[Part]))...};
}

template <std::size_t Parts, class Dataset>
auto cut(const Dataset& dataset, const std::vector<Index>& order, const std::vector<Index>& ends) {
  std::array<std::vector<Index>, Parts> numbers;
  Index begin = 0;
  for (std::size_t part = 0; part < Parts; ++part) {
    numbers[part].assign(order.begin() + begin, order.begin() + ends[part]);
    begin = ends[part];
  }
  return subsets(dataset, std::span(numbers), std::make_index_sequence<Parts>());
}

}  // namespace detail

/// Cuts a data set at random into parts without common elements, of these fractions or counts, which are the whole:
///
///     const auto [train, validation] = data::random_split(set, {0.8, 0.2}, seed);
///
/// The parts depend on size and seed alone, and refer to the data set, which must outlive them. Where fractions give no
/// whole numbers, a part ends at the nearest. ValueError for parts that are not the whole.
/// As torch.utils.data.random_split.
template <class Dataset, class Number, std::size_t Parts>
std::array<Subset<Dataset>, Parts> random_split(const Dataset& dataset, const Number (&parts)[Parts],
                                                std::uint64_t seed = 0) {
  return detail::cut<Parts>(dataset, detail::split_order(dataset.size(), seed),
                            detail::part_ends("random_split", dataset.size(), parts));
}
template <class Dataset, class Number, std::size_t Parts>
void random_split(const Dataset&&, const Number (&)[Parts], std::uint64_t = 0) = delete;

/// The same in the order of the data set, the first part its beginning: for time series, whose future must not be
/// learned from. Windows on both sides of a cut overlap; cut the series, `series.rows(0, t)`, if that matters.
template <class Dataset, class Number, std::size_t Parts>
std::array<Subset<Dataset>, Parts> ordered_split(const Dataset& dataset, const Number (&parts)[Parts]) {
  std::vector<Index> order(static_cast<std::size_t>(dataset.size()));
  std::iota(order.begin(), order.end(), Index{0});
  return detail::cut<Parts>(dataset, order, detail::part_ends("ordered_split", dataset.size(), parts));
}
template <class Dataset, class Number, std::size_t Parts>
void ordered_split(const Dataset&&, const Number (&)[Parts]) = delete;

/// The same at random, and each class cut by these fractions; labels [N] are those of the data set.
/// ShapeError for labels that are not one for each element.
template <class Dataset, std::integral Label, std::size_t Parts>
std::array<Subset<Dataset>, Parts> stratified_split(const Dataset& dataset, const Tensor<Label>& labels,
                                                    const double (&fractions)[Parts], std::uint64_t seed = 0) {
  check<ShapeError>(labels.shape() == Shape{dataset.size()}, "stratified_split: labels ", labels.shape(),
                    " do not fit, expected [", dataset.size(), "]");
  struct Class {
    Index size = 0, given = 0;
    std::vector<Index> ends = {};
  };
  std::map<Label, Class> classes;
  for (const Label label : labels.elements()) ++classes[label].size;
  for (auto& entry : classes) entry.second.ends = detail::part_ends("stratified_split", entry.second.size, fractions);
  std::array<std::vector<Index>, Parts> numbers;
  for (const Index number : detail::split_order(dataset.size(), seed)) {
    Class& its = classes[labels(number)];
    const auto end = std::ranges::upper_bound(its.ends, its.given++);
    numbers[static_cast<std::size_t>(end - its.ends.begin())].push_back(number);
  }
  return detail::subsets(dataset, std::span(numbers), std::make_index_sequence<Parts>());
}
template <class Dataset, std::integral Label, std::size_t Parts>
void stratified_split(const Dataset&&, const Tensor<Label>&, const double (&)[Parts], std::uint64_t = 0) = delete;

}  // namespace latent::data
