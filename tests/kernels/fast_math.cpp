// Compiled with -ffast-math -fno-finite-math-only: prints what comes out wrong there.

#include <cmath>
#include <cstdio>
#include <latent/latent.hpp>

using namespace latent;

namespace {

int wrong = 0;

template <Scalar T, class F>
void check(const char* name, double low, double high, double tolerance, F f, double (*expected)(double)) {
  for (int i = 0; i <= 1000; ++i) {
    const T x = static_cast<T>(low + (high - low) * i / 1000);
    const double y = static_cast<double>(f(kernels::Vector<T>{} + x)[0]), right = expected(static_cast<double>(x));
    if (std::abs(y - right) <= tolerance * std::abs(right)) continue;
    std::printf("%s(%g) is %g, expected %g\n", name, static_cast<double>(x), y, right);
    ++wrong;
    return;
  }
}

template <Scalar T>
void check_all(double tolerance) {
  using V = kernels::Vector<T>;
  check<T>(
      "exp", -80, 80, tolerance, [](const V& x) { return kernels::exp<T>(x); }, std::exp);
  check<T>(
      "log", 1e-3, 1e3, 4 * tolerance, [](const V& x) { return kernels::log<T>(x); }, std::log);
  check<T>(
      "sqrt", 1e-3, 1e3, tolerance, [](const V& x) { return kernels::sqrt<T>(x); }, std::sqrt);
  check<T>(
      "tanh", -9, 9, tolerance, [](const V& x) { return kernels::tanh<T>(x); }, std::tanh);
  check<T>(
      "sigmoid", -80, 80, tolerance, [](const V& x) { return kernels::sigmoid<T>(x); },
      [](double x) { return 1 / (1 + std::exp(-x)); });
  const T nan = std::numeric_limits<T>::quiet_NaN();
  if (!std::isnan(kernels::exp<T>(V{} + nan)[0])) std::printf("exp(NaN) is no NaN\n"), ++wrong;
}

}  // namespace

int main() {
  check_all<float>(1e-6);
  check_all<double>(2e-15);
  return wrong == 0 ? 0 : 1;
}
