#include <latent/nn/global_batch.hpp>

#include "../distributed/ranks_in_threads.hpp"
#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("global_batch: batch_norm of parts has values, gradients and running statistics of the whole") {
  Rng rng(3);
  const Index parts[] = {0, 5, 6, 13};  // where they begin: one has a single row
  const auto x = rng.normal<double>({13, 3}, 2, 3), dy = rng.normal<double>({13, 3}), weight = rng.normal<double>({3}),
             bias = rng.normal<double>({3});
  struct Result {
    Tensor<double> y, dx, dweight, dbias, mean, variance;
  };
  const auto run = [&](Index first, Index last) {
    const Variable<double> rows(x.rows(first, last), true), w(weight, true), b(bias, true);
    const nn::Buffer<double> mean(Tensor<double>({3})), variance(Tensor<double>::full({3}, 1));
    const auto y = batch_norm(rows, mean, variance, w, b, true, 0.1, 1e-5, Activation::tanh);
    y.backward(dy.rows(first, last));
    return Result{y.value(), rows.grad(), w.grad(), b.grad(), mean.value(), variance.value()};
  };
  const Result whole = run(0, 13);
  const auto results = ranks_in_threads::run(3, [&](distributed::Communicator& communicator) {
    const auto sum = [](void* self, std::span<double> numbers) {
      auto& ranks = *static_cast<distributed::Communicator*>(self);
      ranks.wait(ranks.start_all_reduce(numbers));
    };
    const nn::GlobalBatch batch{sum, &communicator};
    const nn::OverGlobalBatch over(batch);
    return run(parts[communicator.rank()], parts[communicator.rank() + 1]);
  });
  for (Index c = 0; c < 3; ++c) {
    double dweight = 0, dbias = 0;
    for (std::size_t part = 0; part < 3; ++part) {
      for (Index row = parts[part]; row < parts[part + 1]; ++row) {
        CHECK(results[part].y(row - parts[part], c) == doctest::Approx(whole.y(row, c)).epsilon(1e-12));
        CHECK(results[part].dx(row - parts[part], c) == doctest::Approx(whole.dx(row, c)).epsilon(1e-10));
      }
      CHECK(results[part].mean(c) == doctest::Approx(whole.mean(c)).epsilon(1e-13));
      CHECK(results[part].variance(c) == doctest::Approx(whole.variance(c)).epsilon(1e-13));
      dweight += results[part].dweight(c);
      dbias += results[part].dbias(c);
    }
    CHECK(dweight == doctest::Approx(whole.dweight(c)).epsilon(1e-12));
    CHECK(dbias == doctest::Approx(whole.dbias(c)).epsilon(1e-12));
  }
}

TEST_CASE("global_batch: in evaluation, and after it, a part is a batch by itself") {
  const Variable<float> x(Rng(1).normal<float>({4, 2}), true);
  Index calls = 0;
  const auto count = [](void* self, std::span<double>) { ++*static_cast<Index*>(self); };
  {
    const nn::GlobalBatch batch{count, &calls};
    const nn::OverGlobalBatch over(batch);
    sum(batch_norm<float>(x, {}, {})).backward();
  }
  sum(batch_norm<float>(x, {}, {}, {}, {}, true)).backward();
  CHECK(calls == 0);
}
