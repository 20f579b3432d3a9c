#pragma once

#include <iosfwd>

#include "latent/core/tensor.hpp"

namespace latent {
namespace detail {

/// The text of a tensor whose type is forgotten, so that there is one function for all.
class TensorText {
 public:
  TensorText(const Shape& shape, const void* elements, void (*append_element)(std::string&, const void*, Index))
      : shape_(shape), elements_(elements), append_element_(append_element) {}

  [[gnu::noinline]] std::string operator()() {
    write(0, 0);  // for the width
    text_.clear();
    write(0, 0);
    return std::move(text_);
  }

 private:
  static constexpr Index most_elements = 1000;  // beyond it, the middle of long axes is left out
  static constexpr Index edge = 3;              // of an axis, on either side of what is left out

  void write(Index axis, Index first) {
    if (axis == shape_.rank()) return write_element(first);
    const bool shortened = shape_.numel() > most_elements && shape_[axis] > 2 * edge;
    text_ += '[';
    for (Index i = 0; i < shape_[axis]; ++i) {
      if (i > 0) separate(axis);
      if (shortened && i == edge) {
        text_ += "...";
        separate(axis);
        i = shape_[axis] - edge;
      }
      write(axis + 1, first * shape_[axis] + i);
    }
    text_ += ']';
  }

  /// A blank between numbers, a line between rows, one more for each axis beyond.
  void separate(Index axis) {
    text_ += ',';
    const auto inner = static_cast<std::size_t>(shape_.rank() - axis - 1);
    text_.append(inner, '\n').append(inner > 0 ? static_cast<std::size_t>(axis + 1) : 1, ' ');
  }

  void write_element(Index i) {
    std::string element;
    append_element_(element, elements_, i);
    if (element.size() < width_) text_.append(width_ - element.size(), ' ');
    text_ += element;
    width_ = std::max(width_, element.size());
  }

  const Shape& shape_;
  const void* elements_;
  void (*append_element_)(std::string&, const void*, Index);
  std::string text_;
  std::size_t width_ = 0;
};

}  // namespace detail

/// Rows in brackets, numbers with up to six digits below each other: "[[1, 0.5],\n [2,  -1]]". Of more than 1000
/// elements, the first and last three of long axes.
template <class T>
void append_to(std::string& text, const Tensor<T>& x) {
  text += detail::TensorText(x.shape(), x.data(), [](std::string& to, const void* elements, Index i) {
    append_to(to, static_cast<const T*>(elements)[i]);
  })();
}

/// The same on a stream, for who includes <ostream>.
template <class Traits, class T>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Tensor<T>& x) {
  return out << message(x).c_str();
}

}  // namespace latent
