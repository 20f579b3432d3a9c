#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("cosine_embedding_loss: values by hand, for every type of the target") {
  // Cosines 0.6, 0.6, 0 and 0.
  const Variable<double> a(Tensor<double>({4, 2}, {2, 0, 2, 0, 1, 0, 0, 0})),
      b(Tensor<double>({4, 2}, {3, 4, 3, 4, 0, 1, 1, 1}));
  const Tensor<double> each =
      cosine_embedding_loss(a, b, Tensor<int>({4}, {1, -1, -1, 1}), {0.25, Reduction::none}).value();
  CHECK(reference::difference(each, Tensor<double>({4}, {0.4, 0.35, 0, 1})) < 1e-12);
  CHECK(cosine_embedding_loss(a, b, Tensor<float>({4}, {1, -1, -1, 1})).item() == doctest::Approx((0.4 + 0.6 + 1) / 4));
  const Variable<double> one(Tensor<double>({2}, {2, 0})), two(Tensor<double>({2}, {3, 4}));
  CHECK(cosine_embedding_loss(one, two, Tensor<std::int8_t>(Shape{}, {-1}), {.reduction = Reduction::sum}).item() ==
        doctest::Approx(0.6));
}

TEST_CASE("cosine_embedding_loss: gradients match finite differences") {
  const Tensor<double> target({4}, {1, -1, 1, -1});
  const auto a = input({4, 3}, 1), b = input({4, 3}, 2);
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none})
    check_gradients([&](In v) { return cosine_embedding_loss(v[0], v[1], target, {-0.5, reduction}); }, {a, b});
}

TEST_CASE("cosine_embedding_loss: what does not fit is refused, an empty batch has no mean") {
  const Variable<float> x(Tensor<float>({2, 3}));
  CHECK(
      message_of<ShapeError>([&] { cosine_embedding_loss(x, x, Tensor<int>({3})); }) ==
      "cosine_embedding_loss: input1 [2, 3], input2 [2, 3] and target [3] do not fit, expected [N, D], [N, D] and [N]");
  CHECK(message_of<ValueError>([&] {
          cosine_embedding_loss(x, x, Tensor<int>({2}, {1, 0}));
        }) == "cosine_embedding_loss: target [1] is 0, expected 1 or -1");
  const Variable<float> none(Tensor<float>({0, 3}));
  CHECK(std::isnan(cosine_embedding_loss(none, none, Tensor<int>(Shape{0})).item()));
}
