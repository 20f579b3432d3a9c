#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::PadMode;
using kernels::PadSizes;

TEST_CASE("pad: sources of all modes") {
  const auto sources = [](PadMode mode) {
    std::string text;
    for (Index j = 0; j < 9; ++j) append_to(text, PadSizes{1, 4, 1, 3, 2, mode}.source(j));
    return text;
  };
  CHECK(sources(PadMode::constant) == "-1-1-10123-1-1");
  CHECK(sources(PadMode::reflect) == "321012321");
  CHECK(sources(PadMode::replicate) == "000012333");
  CHECK(sources(PadMode::circular) == "123012301");
}

TEST_CASE_TEMPLATE("pad: copies the sources, its backward adds to them, with the same bits for any threads", T, float,
                   double) {
  for (const Index outer : {0, 1, 40})
    for (const Index inner : {0, 1, 33})
      for (const auto mode : {PadMode::constant, PadMode::reflect, PadMode::replicate, PadMode::circular})
        for (const auto& [before, after] : {std::pair<Index, Index>{0, 0}, {3, 2}, {-2, 1}, {1, -4}, {-1, -2}}) {
          const PadSizes s{outer, 7, inner, before, after, mode};
          const auto x = reference::random<T>({outer, 7, inner}, 1);
          const auto dy = reference::random<T>({outer, s.padded(), inner}, 2);
          Tensor<T> expected_dx(x.shape());
          for (const int count : {1, 2, 3, 7}) {
            set_threads(count);
            auto y = Tensor<T>::uninitialized(dy.shape());
            Tensor<T> dx(x.shape());
            kernels::pad(s, x.data(), T(5), y.data());
            kernels::pad_backward(s, dy.data(), dx.data());
            set_threads(0);
            if (count == 1) {
              for (Index o = 0; o < outer; ++o)
                for (Index j = 0; j < s.padded(); ++j)
                  for (Index k = 0; k < inner; ++k) {
                    const Index from = s.source(j);
                    REQUIRE(std::as_const(y)(o, j, k) == (from < 0 ? T(5) : x(o, from, k)));
                    if (from >= 0) expected_dx(o, from, k) += dy(o, j, k);
                  }
            }
            CHECK(reference::identical(dx, expected_dx));
          }
        }
}
