#pragma once

#include <memory>

#include "latent/core/tensor.hpp"

namespace latent::nn {

/// A tensor that a layer keeps and no optimizer changes, as running statistics. A layer's `visit` names it, so that it
/// is saved and cloned with the parameters; it is none of them. T is float, double or an integer type. As PyTorch's
/// register_buffer.
///
/// A handle, as variables are: copies of a layer have the same buffers, and a layer that runs as const may change them.
template <class T>
class Buffer {
 public:
  /// No buffer, e.g. of a layer that keeps no statistics.
  Buffer() = default;
  /// With its first value, whose shape stays.
  explicit Buffer(Tensor<T> value) : value_(std::make_shared<Tensor<T>>(std::move(value))) {}

  /// Whether there is a buffer.
  explicit operator bool() const { return value_ != nullptr; }

  /// Which buffer this is: all its copies have the same identity, and no other has.
  const void* identity() const { return value_.get(); }

  /// The tensor. Error if there is no buffer, as of all that follow.
  const Tensor<T>& value() const {
    check<Error>(value_ != nullptr, "buffer: used before it was given a value");
    return *value_;
  }
  /// Its shape.
  const Shape& shape() const { return value().shape(); }

  /// Replaces the value. ShapeError if the shape differs.
  void set_value(Tensor<T> value) const {
    check<ShapeError>(value.shape() == shape(), "buffer: shape ", value.shape(), " given, expected ", shape());
    *value_ = std::move(value);
  }

  /// Elements to change in place.
  std::span<T> writable() const {
    value();
    return value_->elements();
  }

 private:
  std::shared_ptr<Tensor<T>> value_;
};

}  // namespace latent::nn
