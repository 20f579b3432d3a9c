#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE_TEMPLATE(
    "orthogonal: rows, or columns if there are fewer, are orthogonal, with the same bits for any threads", T, float,
    double) {
  for (const Shape& shape :
       {Shape{1, 1}, Shape{7, 7}, Shape{9, 40}, Shape{40, 9}, Shape{6, 3, 2, 5}, Shape{150, 170}}) {
    CAPTURE(shape);
    std::vector<Tensor<T>> all;
    for (const int count : {1, 2, 3, 7}) {
      set_threads(count);
      const Variable<T> p(Tensor<T>(shape), true);
      Rng rng(1);
      nn::init::orthogonal(p, rng, 2);
      all.push_back(p.value().reshape({shape[0], shape.stride(0)}));
    }
    set_threads(0);
    for (const Tensor<T>& other : all) CHECK(reference::identical(other, all[0]));
    const bool wide = all[0].size(0) <= all[0].size(1);
    const Tensor<T> q = wide ? all[0] : reference::transposed(all[0]);
    Tensor<double> expected({q.size(0), q.size(0)});
    for (Index i = 0; i < q.size(0); ++i) expected(i, i) = 4;
    CHECK(reference::difference(reference::matmul(q, reference::transposed(q)), expected) < reference::tolerance<T>(4));
  }
}

TEST_CASE("orthogonal: matrices of any determinant's sign come, none of them is preferred") {
  int positive = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Variable<double> p(Tensor<double>({2, 2}), true);
    Rng rng(seed);
    nn::init::orthogonal(p, rng);
    positive += p.value()(0, 0) * p.value()(1, 1) - p.value()(0, 1) * p.value()(1, 0) > 0;
  }
  CHECK(std::abs(positive - 200) < 50);  // five standard deviations
}

TEST_CASE("orthogonal: refuses what has no rows and columns, leaves what is empty") {
  Rng rng(1);
  const Variable<float> vector(Tensor<float>({3}), true), empty(Tensor<float>({0, 3}), true);
  CHECK(message_of<ShapeError>([&] { nn::init::orthogonal(vector, rng); }) ==
        "orthogonal: at least two axes expected, got shape [3]");
  CHECK(message_of<ValueError>([&] { nn::init::orthogonal(empty, rng, std::nan("")); }) ==
        "orthogonal: gain must be finite, got nan");
  CHECK_NOTHROW(nn::init::orthogonal(empty, rng));
}
