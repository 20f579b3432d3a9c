#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "latent/core/memory.hpp"
#include "latent/core/shape.hpp"

namespace latent {

/// The numbers that networks compute with.
template <class T>
concept Scalar = std::same_as<T, float> || std::same_as<T, double>;

namespace detail {
/// Memory of a tensor, whose shape an OutOfMemory names.
[[gnu::noinline]] inline void* allocate_elements(const Shape& shape, std::size_t bytes) {
  try {
    return memory::allocate(bytes);
  } catch (OutOfMemory& error) {
    error.prepend(message("tensor ", shape, ": "));
    throw;
  }
}
}  // namespace detail

/// Dense numbers of one type in row-major order, beginning at a cache line.
///
/// A tensor is a value: changing one never changes another. Copies are cheap all the same, since they share
/// their elements until one of them is written to, which then takes its own. So read through a const tensor,
/// and ask for a writable pointer only after all copies are made: `data()` of a tensor that is not const
/// stays valid, and its own, until the tensor is next copied or assigned.
///
/// A tensor can also borrow memory that somebody else owns, an Eigen matrix for example (core/eigen.hpp). It
/// then reads and writes that memory, which must outlive it; copies of it take their own elements at once, so
/// that nothing dangles by accident.
template <class T>
requires std::is_arithmetic_v<T>
class Tensor {
 public:
  using value_type = T;  ///< of the elements

  /// No elements, shape [0], and `defined()` false.
  Tensor() = default;

  /// Zeros.
  explicit Tensor(const Shape& shape) : Tensor(uninitialized(shape)) { fill(T(0)); }

  /// The given elements in row-major order; ShapeError if their number is not that of the shape.
  Tensor(const Shape& shape, std::span<const T> elements) : Tensor(uninitialized(shape)) {
    check<ShapeError>(std::ssize(elements) == numel(), "tensor: ", elements.size(), " elements do not fill shape ",
                      shape);
    std::ranges::copy(elements, data_);
  }
  Tensor(const Shape& shape, std::initializer_list<T> elements)
      : Tensor(shape, std::span<const T>(elements.begin(), elements.size())) {}

  /// Elements of unspecified value, for whoever writes them all next. OutOfMemory, as from all that make tensors, if
  /// they find no place.
  static Tensor uninitialized(const Shape& shape) {
    Tensor result;
    const auto bytes = memory::alignment + static_cast<std::size_t>(shape.numel()) * sizeof(T);
    result.block_ = ::new (detail::allocate_elements(shape, bytes)) Block{1, bytes};
    result.data_ = reinterpret_cast<T*>(reinterpret_cast<std::byte*>(result.block_) + memory::alignment);
    result.shape_ = shape;
    return result;
  }

  /// All elements the same.
  static Tensor full(const Shape& shape, T value) {
    Tensor result = uninitialized(shape);
    result.fill(value);
    return result;
  }

  /// Reads and writes the caller's memory, which must outlive the tensor.
  static Tensor borrow(T* elements, const Shape& shape) {
    Tensor result;
    result.data_ = elements;
    result.shape_ = shape;
    return result;
  }

  /// Reads the caller's memory, which must outlive the tensor. Writing takes own elements first.
  static Tensor borrow(const T* elements, const Shape& shape) {
    Tensor result = borrow(const_cast<T*>(elements), shape);
    result.read_only_ = true;
    return result;
  }

  Tensor(const Tensor& other) : shape_(other.shape_), block_(other.block_), data_(other.data_) {
    if (block_) {
      block_->users.fetch_add(1, std::memory_order_relaxed);
    } else if (data_) {
      take_own_elements();
    }
  }
  Tensor(Tensor&& other) noexcept { swap(other); }
  Tensor& operator=(Tensor other) noexcept {
    swap(other);
    return *this;
  }
  ~Tensor() { drop(); }

  /// Exchanges two tensors; no element moves.
  void swap(Tensor& other) noexcept {
    std::swap(shape_, other.shape_);
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(read_only_, other.read_only_);
  }

  /// Whether it has elements, if only none of shape [0, ..]: false for Tensor(), and for what was moved from.
  bool defined() const { return data_ != nullptr; }
  /// Its sizes; [0] if it is not defined.
  const Shape& shape() const { return shape_; }
  /// Number of axes.
  Index rank() const { return shape_.rank(); }
  /// Size of an axis; negative axes count from the end. ShapeError if there is none.
  Index size(Index axis) const { return shape_.size(axis); }
  /// Number of elements.
  Index numel() const { return shape_.numel(); }

  /// The sizes as an array to unpack, as Shape::sizes. ShapeError, quoting `what`, if the rank is another.
  template <Index Rank>
  std::array<Index, static_cast<std::size_t>(Rank)> sizes(std::string_view what) const {
    return shape_.template sizes<Rank>(what);
  }

  /// The first element, the others behind it in row-major order; null if not defined. Asked of a tensor that is not
  /// const, it takes elements of its own first if it shares them.
  const T* data() const { return data_; }
  T* data() {
    const bool shared = block_ ? block_->users.load(std::memory_order_acquire) > 1 : read_only_;
    if (shared) take_own_elements();
    return data_;
  }

  /// All elements in row-major order. Asked of a tensor that is not const, as data().
  std::span<const T> elements() const { return {data(), static_cast<std::size_t>(numel())}; }
  std::span<T> elements() { return {data(), static_cast<std::size_t>(numel())}; }

  /// One element, `x(n, h, w, c)`. ShapeError if there is none at that place.
  template <std::integral... Indices>
  T operator()(Indices... indices) const {
    return data_[offset({static_cast<Index>(indices)...})];
  }
  template <std::integral... Indices>
  T& operator()(Indices... indices) {
    return data()[offset({static_cast<Index>(indices)...})];
  }

  /// The only element. ShapeError if there are more or fewer.
  T item() const {
    check<ShapeError>(numel() == 1, "item: one element expected, got shape ", shape_);
    return *data_;
  }

  /// Sets all elements.
  void fill(T value) { std::ranges::fill(elements(), value); }

  /// The same elements in another shape. ShapeError if their number differs.
  Tensor reshape(const Shape& shape) const& { return Tensor(*this).reshape(shape); }
  Tensor reshape(const Shape& shape) && {
    check<ShapeError>(shape.numel() == numel(), "reshape: ", shape_, " does not have the elements of ", shape);
    shape_ = shape;
    return std::move(*this);
  }

  /// Elements [first, last) of the outermost axis, `x[first:last]`, without copying them. ShapeError if there are none
  /// such.
  Tensor rows(Index first, Index last) const {
    check<ShapeError>(rank() >= 1 && 0 <= first && first <= last && last <= shape_[0], "rows: [", first, ", ", last,
                      ") is not within shape ", shape_);
    Tensor result = *this;
    result.data_ += first * shape_.stride(0);
    result.shape_ = shape_.with(0, last - first);
    return result;
  }

  /// The elements converted to another type, as by static_cast.
  template <class U>
  Tensor<U> cast() const {
    auto result = Tensor<U>::uninitialized(shape_);
    std::ranges::transform(elements(), result.data(), [](T element) { return static_cast<U>(element); });
    return result;
  }

 private:
  struct Block {
    std::atomic<Index> users;
    std::size_t bytes;
  };

  Index offset(std::initializer_list<Index> indices) const {
    check<ShapeError>(std::ssize(indices) == rank(), "element: ", indices.size(), " indices for shape ", shape_);
    Index result = 0;
    Index axis = 0;
    for (Index index : indices) {
      check<ShapeError>(0 <= index && index < shape_[axis], "element: index ", index, " is not within axis ", axis,
                        " of shape ", shape_);
      result = result * shape_[axis++] + index;
    }
    return result;
  }

  void take_own_elements() {
    Tensor own = uninitialized(shape_);
    std::memcpy(own.data_, data_, static_cast<std::size_t>(numel()) * sizeof(T));
    swap(own);
    if (!own.block_) own.data_ = nullptr;
  }

  void drop() noexcept {
    if (block_ && block_->users.fetch_sub(1, std::memory_order_acq_rel) == 1) memory::release(block_, block_->bytes);
  }

  Shape shape_{0};
  Block* block_ = nullptr;
  T* data_ = nullptr;
  bool read_only_ = false;
};

}  // namespace latent
