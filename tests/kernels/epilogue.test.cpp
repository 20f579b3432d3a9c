#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Activation;
using kernels::Epilogue;
using kernels::WriteMode;

TEST_CASE("epilogue: from a column on, the bias begins there, and none stays none") {
  const std::array<float, 5> bias{};
  const Epilogue<float> epilogue{WriteMode::accumulate, bias.data(), Activation::tanh}, without;
  CHECK(epilogue.from_column(3).bias == bias.data() + 3);
  CHECK(epilogue.from_column(3).mode == WriteMode::accumulate);
  CHECK(epilogue.from_column(3).activation == Activation::tanh);
  CHECK(without.from_column(3).bias == nullptr);
}

TEST_CASE("epilogue: of the parts of a sum the first has the bias, the last the activation, and later ones add") {
  const float bias = 1;
  const Epilogue<float> epilogue{WriteMode::overwrite, &bias, Activation::relu};
  const Epilogue<float> first = epilogue.of_part(true, false), last = epilogue.of_part(false, true);
  CHECK(first.mode == WriteMode::overwrite);
  CHECK(first.bias == &bias);
  CHECK(first.activation == Activation::none);
  CHECK(last.mode == WriteMode::accumulate);
  CHECK(last.bias == nullptr);
  CHECK(last.activation == Activation::relu);
}
