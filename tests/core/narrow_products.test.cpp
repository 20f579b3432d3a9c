#include <latent/kernels/matmul_precision.hpp>
#include <thread>

#include "../errors.hpp"

using namespace latent;

namespace {

/// Of each of some tasks that take long enough for several threads.
std::vector<MatmulPrecision> precisions_of_tasks() {
  std::vector<MatmulPrecision> result(64);
  parallel_for(64, 1e7, [&](Index i) { result[static_cast<std::size_t>(i)] = matmul_precision(); });
  return result;
}

MatmulPrecision of_new_thread() {
  MatmulPrecision result{};
  std::thread([&] { result = matmul_precision(); }).join();
  return result;
}

}  // namespace

TEST_CASE("narrow products: nobody has chosen, and all is float") {
  CHECK(detail::narrow_products() == nullptr);
  CHECK(matmul_precision() == MatmulPrecision::float32);
}

TEST_CASE("narrow products: a choice for the process holds for all threads, one for a block within it") {
  set_matmul_precision(MatmulPrecision::bfloat16);
  CHECK(matmul_precision() == MatmulPrecision::bfloat16);
  CHECK(of_new_thread() == MatmulPrecision::bfloat16);
  {
    const WithMatmulPrecision single(MatmulPrecision::float32);
    CHECK(matmul_precision() == MatmulPrecision::float32);
    CHECK(of_new_thread() == MatmulPrecision::bfloat16);
    {
      const WithMatmulPrecision half(MatmulPrecision::bfloat16);
      CHECK(matmul_precision() == MatmulPrecision::bfloat16);
    }
    CHECK(matmul_precision() == MatmulPrecision::float32);
  }
  CHECK(matmul_precision() == MatmulPrecision::bfloat16);
  set_matmul_precision(MatmulPrecision::float32);
  CHECK(matmul_precision() == MatmulPrecision::float32);
}

TEST_CASE("narrow products: the threads that help have the choice of the one they help, and lose it afterwards") {
  set_threads(4);
  const std::vector<MatmulPrecision> single(64, MatmulPrecision::float32), half(64, MatmulPrecision::bfloat16);
  {
    const WithMatmulPrecision bfloat16(MatmulPrecision::bfloat16);
    CHECK(precisions_of_tasks() == half);
    const WithMatmulPrecision float32(MatmulPrecision::float32);
    CHECK(precisions_of_tasks() == single);
  }
  CHECK(precisions_of_tasks() == single);
  set_matmul_precision(MatmulPrecision::bfloat16);
  CHECK(precisions_of_tasks() == half);
  set_matmul_precision(MatmulPrecision::float32);
  set_threads(0);
}
