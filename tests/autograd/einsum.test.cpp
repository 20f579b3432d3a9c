#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("einsum: products of matrices, batches, vectors, and letters of one operand alone") {
  const auto check = [](const char* equation, const Shape& a, const Shape& b) {
    CAPTURE(equation);
    check_gradients([=](In v) { return einsum(equation, v[0], v[1]); }, {input(a, 1), input(b, 2)});
  };
  check("ij,jk->ik", {2, 3}, {3, 4});
  check("bhid, bhjd -> bhij", {2, 1, 3, 2}, {2, 1, 2, 2});
  check("ijk,kl->lij", {2, 3, 2}, {2, 3});
  check("i,j->ji", {2}, {3});
  check("ijk,lj->l", {2, 3, 2}, {2, 3});
  check("ij,ij->", {2, 3}, {2, 3});
  const auto a = input({2, 3, 4}, 1), b = input({5, 4, 2}, 2);
  const Tensor<double> y = einsum("bij,kjb->kbi", a, b).value();
  CHECK(y.shape() == Shape{5, 2, 3});
  double sum = 0;
  for (Index j = 0; j < 4; ++j) sum += a.value()(1, 2, j) * b.value()(3, j, 1);
  CHECK(y(3, 1, 2) == doctest::Approx(sum));
}

TEST_CASE("einsum: what is no equation, or does not fit, is named") {
  const auto a = input({2, 3}, 1), b = input({3, 4}, 2);
  const auto said = [&](const char* equation) { return message_of<ValueError>([&] { einsum(equation, a, b); }); };
  for (const char* equation : {"ij,jk", "ij->ij", "ij,jk,kl->il", "i.,jk->ik", "ij,jk-ik", "ij,jk->i->k"})
    CHECK(said(equation) ==
          std::string("einsum: '") + equation + "' is no equation of letters for two operands, as 'ij,jk->ik' is");
  CHECK(said("ii,ij->ij") == "einsum: 'ii,ij->ij' has i twice in one place");
  CHECK(said("ij,jk->iik") == "einsum: 'ij,jk->iik' has i twice in one place");
  CHECK(said("ij,jk->iz") == "einsum: 'ij,jk->iz' has z in the result only");
  CHECK(message_of<ShapeError>([&] { einsum("ijk,jk->i", a, b); }) ==
        "einsum: a [2, 3] does not fit 'ijk', expected an axis for each letter");
  CHECK(message_of<ShapeError>([&] { einsum("ij,j->i", a, b); }) ==
        "einsum: b [3, 4] does not fit 'j', expected an axis for each letter");
  CHECK(message_of<ShapeError>([&] { einsum("ij,kj->ik", a, b); }) ==
        "einsum: a [2, 3] does not fit b [3, 4], sizes of j differ");
}
