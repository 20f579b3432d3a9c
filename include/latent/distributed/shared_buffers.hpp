#pragma once

#include <functional>
#include <memory>

#include "latent/distributed/communicator.hpp"
#include "latent/nn/parameters.hpp"

namespace latent::distributed {

/// The buffers of a model, as running statistics, which every shard changes from what they were before the step. Then
/// they become the mean over the shards' rows, and those of integers, as counts of batches, what the first shard that
/// has rows made of them. On the way they are double numbers, which hold a float times a number of rows exactly, and an
/// integer as two halves.
class SharedBuffers {
 public:
  /// Of a model, each once.
  template <class Model>
  explicit SharedBuffers(const Model& model) {
    latent::detail::Distinct distinct;
    nn::each_state(model, [&]<class Part>(const nn::ParameterName&, const Part& part) {
      if constexpr (nn::detail::is_buffer<Part>)
        if (distinct.is_new(part.identity())) add(part);
    });
  }

  /// Numbers that all have on the way.
  Index size() const { return size_; }
  /// Keeps them as they are.
  void save() {
    each([](const Functions& f, double*) { f.save(); }, nullptr);
  }
  /// They are as they were kept.
  void restore() {
    each([](const Functions& f, double*) { f.restore(); }, nullptr);
  }
  /// Writes those of a shard of so many rows, [size()].
  void write(double* to, Index rows, bool first_shard) {
    each([&](const Functions& f, double* place) { f.write(place, static_cast<double>(rows), first_shard); }, to);
  }
  /// Takes the sums over shards of n rows together.
  void read(double* from, Index n) {
    each([&](const Functions& f, double* place) { f.read(place, static_cast<double>(n)); }, from);
  }

 private:
  struct Functions {
    Index size;
    std::function<void()> save, restore;
    std::function<void(double*, double, bool)> write;
    std::function<void(const double*, double)> read;
  };

  template <class F>
  void each(F f, double* place) {
    for (const Functions& buffer : buffers_) {
      f(buffer, place);
      if (place) place += buffer.size;
    }
  }

  template <class B>
  void add(const nn::Buffer<B>& buffer) {
    const auto before = std::make_shared<Tensor<B>>();
    const Index n = buffer.value().numel(), size = std::is_integral_v<B> ? 2 * n : n;
    buffers_.push_back({size, [=] { *before = buffer.value(); }, [=] { buffer.set_value(*before); },
                        [=](double* to, double rows, bool first_shard) {
                          for (const B value : buffer.value().elements()) {
                            if constexpr (std::is_integral_v<B>) {
                              const auto bits = first_shard ? static_cast<std::uint64_t>(value) : 0;
                              *to++ = static_cast<double>(bits >> 32);
                              *to++ = static_cast<double>(bits & 0xFFFFFFFF);
                            } else {
                              *to++ = rows > 0 ? rows * static_cast<double>(value) : 0;
                            }
                          }
                        },
                        [=](const double* from, double rows) {
                          for (B& value : buffer.writable()) {
                            if constexpr (std::is_integral_v<B>) {
                              const auto high = static_cast<std::uint64_t>(*from++);
                              value = static_cast<B>(high << 32 | static_cast<std::uint64_t>(*from++));
                            } else {
                              value = static_cast<B>(*from++ / rows);
                            }
                          }
                        }});
    size_ += size;
  }

  std::vector<Functions> buffers_;
  Index size_ = 0;
};

}  // namespace latent::distributed
