#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

struct Regression {
  Tensor<double> x, y;
  Variable<double> weight, bias;

  explicit Regression(Index n)
      : x(reference::random<double>({n, 5}, 1)),
        y(reference::random<double>({n, 3}, 2)),
        weight(reference::random<double>({3, 5}, 3), true),
        bias(reference::random<double>({3}, 4), true) {}

  Variable<double> loss(Index first, Index last) const {
    return mse_loss(linear(Variable(x.rows(first, last)), weight, bias, Activation::tanh),
                    Variable(y.rows(first, last)));
  }
};

}  // namespace

TEST_CASE("microbatches: loss and gradients are those of the whole batch") {
  for (Index n : {1, 7, 64}) {
    const Regression whole(n);
    const Variable<double> loss = whole.loss(0, n);
    loss.backward();
    for (Index size : {1, 3, 5, 64, 1000}) {
      CAPTURE(n);
      CAPTURE(size);
      const Regression parts(n);
      const double sum =
          backward_in_microbatches(n, size, [&](Index first, Index last) { return parts.loss(first, last); });
      CHECK(sum == doctest::Approx(loss.item()).epsilon(1e-14));
      CHECK(reference::difference(parts.weight.grad(), whole.weight.grad()) < 1e-14);
      CHECK(reference::difference(parts.bias.grad(), whole.bias.grad()) < 1e-14);
    }
  }
}

TEST_CASE("microbatches: every row is once in a micro-batch, in order, and these are as large as each other") {
  const Regression model(7);
  std::vector<std::pair<Index, Index>> ranges;
  backward_in_microbatches(7, 3, [&](Index first, Index last) {
    ranges.emplace_back(first, last);
    return model.loss(first, last);
  });
  CHECK(ranges == std::vector<std::pair<Index, Index>>{{0, 2}, {2, 4}, {4, 7}});
}

TEST_CASE("microbatches: a batch that is one micro-batch has the bits of backward()") {
  const Regression one(9), other(9);
  const Variable<double> loss = one.loss(0, 9);
  loss.backward();
  CHECK(backward_in_microbatches(9, 9, [&](Index first, Index last) { return other.loss(first, last); }) ==
        loss.item());
  CHECK(reference::identical(one.weight.grad(), other.weight.grad()));
}

TEST_CASE("microbatches: a loss of several elements is refused before it leaves gradients") {
  const Regression model(4);
  const auto losses = [&](Index first, Index last) { return model.loss(first, last) * Variable(Tensor<double>({2})); };
  CHECK(message_of<ShapeError>([&] { backward_in_microbatches(4, 4, losses); }) ==
        "backward_in_microbatches: a loss of shape [2], expected one element, the mean over its rows");
  CHECK_FALSE(model.weight.grad().defined());
}

TEST_CASE("microbatches: sizes below 1 are refused") {
  const Regression model(2);
  const auto loss = [&](Index first, Index last) { return model.loss(first, last); };
  CHECK(message_of<ValueError>([&] { backward_in_microbatches(0, 4, loss); }) ==
        "backward_in_microbatches: n and size must be at least 1, got n 0 and size 4");
  CHECK(message_of<ValueError>([&] { backward_in_microbatches(2, 0, loss); }) ==
        "backward_in_microbatches: n and size must be at least 1, got n 2 and size 0");
}
