#include <latent/distributed/shared_buffers.hpp>

#include "../errors.hpp"

using namespace latent;

namespace {

struct Buffers {
  nn::Buffer<float> mean{Tensor<float>({2}, {0.1f, -3})};
  nn::Buffer<double> wide{Tensor<double>({1}, {5})};
  nn::Buffer<std::int64_t> count{Tensor<std::int64_t>({2}, {-1, (std::int64_t{1} << 62) + 1})};
  nn::Buffer<std::uint8_t> small{Tensor<std::uint8_t>({1}, {200})};
  nn::Buffer<float> none;

  template <class F>
  void visit(F&& f) const {
    f("mean", mean), f("again", mean), f("wide", wide), f("count", count), f("small", small), f("none", none);
  }
};

}  // namespace

TEST_CASE("shared_buffers: numbers become the mean over rows, integers what the first shard has") {
  const Buffers model;
  distributed::SharedBuffers buffers(model);
  CHECK(buffers.size() == 2 + 1 + 4 + 2);
  const auto size = static_cast<std::size_t>(buffers.size());
  buffers.save();
  std::vector<double> first(size), second(size), none(size);
  model.mean.set_value(Tensor<float>({2}, {1, 4}));
  ++model.count.writable()[0];
  buffers.write(first.data(), 1, true);
  buffers.restore();
  CHECK(model.mean.value()(0) == 0.1f);
  CHECK(model.count.value()(0) == -1);
  model.mean.set_value(Tensor<float>({2}, {2, 8}));
  model.wide.set_value(Tensor<double>({1}, {9}));
  buffers.write(second.data(), 3, false);
  model.mean.set_value(Tensor<float>::full({2}, std::numeric_limits<float>::infinity()));
  buffers.write(none.data(), 0, false);
  for (std::size_t i = 0; i < size; ++i) first[i] += second[i] + none[i];
  buffers.read(first.data(), 4);
  CHECK(model.mean.value()(0) == 1.75f);
  CHECK(model.mean.value()(1) == 7);
  CHECK(model.wide.value()(0) == 8);
  CHECK(model.count.value()(0) == 0);
  CHECK(model.count.value()(1) == (std::int64_t{1} << 62) + 1);
  CHECK(model.small.value()(0) == 200);
}
