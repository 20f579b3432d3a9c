#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// A parameter of two elements with a gradient.
Variable<float> with_gradient(float a, float b) {
  const Variable<float> p(Tensor<float>({2}), true);
  p.pass_grad(Tensor<float>({2}, {a, b}));
  return p;
}

}  // namespace

TEST_CASE("clip_grad_norm: gives the norm of all gradients, and scales them if it is above max_norm") {
  const Variable<float> p = with_gradient(3, 0), q = with_gradient(0, -4), without(Tensor<float>({5}), true);
  CHECK(optim::clip_grad_norm<float>({p, without, q}, 6) == 5);
  CHECK(p.grad()(0) == 3);
  CHECK(optim::clip_grad_norm<float>({p, without, q, p}, 1) == 5);  // p counts once
  CHECK(p.grad()(0) == doctest::Approx(0.6));
  CHECK(q.grad()(1) == doctest::Approx(-0.8));
  CHECK_FALSE(without.grad().defined());
  CHECK(optim::clip_grad_norm<float>({p, q}, 10, std::numeric_limits<double>::infinity()) == doctest::Approx(0.8));
  CHECK(optim::clip_grad_norm<float>({p, q}, 10, 1) == doctest::Approx(1.4));
  CHECK(optim::clip_grad_norm<float>({p, q}, 0) == doctest::Approx(1));
  CHECK(q.grad()(1) == 0);
  CHECK(optim::clip_grad_norm<float>({without}, 1) == 0);
  CHECK(optim::clip_grad_norm<float>({}, 1) == 0);
}

TEST_CASE("clip_grad_norm, clip_grad_value: gradients that share their elements are changed once each") {
  const Variable<float> p(Tensor<float>({2}), true), q(Tensor<float>({2}), true);
  const Tensor<float> upstream({2}, {3, 4});
  (p + q).backward(upstream);
  CHECK(optim::clip_grad_norm<float>({p}, 1) == 5);
  CHECK(q.grad()(0) == 3);
  optim::clip_grad_value<float>({q}, 3.5);
  CHECK(p.grad()(1) == doctest::Approx(0.8));
  CHECK(q.grad()(0) == 3);
  CHECK(q.grad()(1) == 3.5f);
  CHECK(upstream(1) == 4);
}

TEST_CASE("clip_grad_norm, clip_grad_value: refuse what bounds nothing, and a norm that is not finite if asked to") {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const Variable<float> p = with_gradient(1, infinity), q = with_gradient(1, nan);
  CHECK(message_of<ValueError>([&] { optim::clip_grad_norm<float>({p}, -1); }) ==
        "clip_grad_norm: max_norm must be at least 0, got -1");
  CHECK(message_of<ValueError>([&] { optim::clip_grad_norm<float>({p}, 1, 0); }) ==
        "clip_grad_norm: norm_type must be above 0, got 0");
  CHECK(message_of<ValueError>([&] { optim::clip_grad_value<float>({p}, -2); }) ==
        "clip_grad_value: value must be at least 0, got -2");
  CHECK(message_of<ValueError>([&] { optim::clip_grad_norm<float>({p}, 1, 2, true); }) ==
        "clip_grad_norm: the norm of the gradients is inf");
  CHECK_THROWS_AS(optim::clip_grad_norm<float>({q}, 1, 2, true), ValueError);
  CHECK(p.grad()(0) == 1);
  optim::clip_grad_norm<float>({p}, 1);
  optim::clip_grad_norm<float>({q}, 1);
  CHECK(p.grad()(0) == 0);
  CHECK(std::isnan(p.grad()(1)));
  CHECK(std::isnan(q.grad()(0)));
}
