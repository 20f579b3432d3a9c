#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("optimizers: leave parameters without a gradient alone, and check what they are given") {
  const Variable<float> used(Tensor<float>::full({2}, 1), true), unused(Tensor<float>::full({2}, 1), true);
  optim::Adam optimizer(std::vector{used, unused});
  sum(used).backward();
  optimizer.step();
  CHECK(used.value()(0) < 1);
  CHECK(unused.value()(0) == 1);
  CHECK(message_of<ValueError>([] { optim::Adam(std::vector<Variable<float>>{}); }) ==
        "Adam: at least one parameter expected, got none");
  CHECK(message_of<ValueError>([&] {
          optim::SGD(std::vector{used, Variable<float>()});
        }) == "SGD: parameter 1 is undefined");
  CHECK(message_of<ValueError>([&] { optim::AdamW(std::vector{used}, {.beta1 = 1}); }) ==
        "AdamW: lr, eps and weight_decay must be at least 0 and finite, and the betas in [0, 1), got lr 0.001, eps "
        "1e-08, "
        "weight_decay 0, betas 1 and 0.999");
  CHECK(message_of<ValueError>([&] { optim::SGD(std::vector{used}, {.nesterov = true}); }) ==
        "SGD: Nesterov needs a momentum and no dampening, got momentum 0 and dampening 0");
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(message_of<ValueError>([&] { optim::Adam(std::vector{used}, {.lr = infinity}); }) ==
        "Adam: lr, eps and weight_decay must be at least 0 and finite, and the betas in [0, 1), got lr inf, eps 1e-08, "
        "weight_decay 0, betas 0.9 and 0.999");
  CHECK(message_of<ValueError>([&] { optim::SGD(std::vector{used}, {.lr = infinity}); }) ==
        "SGD: lr, momentum and weight_decay must be at least 0, and all finite, got lr inf, momentum 0, weight_decay "
        "0, dampening 0");
  CHECK(message_of<ValueError>([&] { optim::Adam(std::vector{used}, {.eps = 1e-60}); }) ==
        "Adam: eps 1e-60 is 0 in the scalar type of the parameters");
  CHECK_NOTHROW(optim::Adam(std::vector{Variable<double>(Tensor<double>({1}), true)}, {.eps = 1e-60}));
}

TEST_CASE("optimizers: take frozen parameters, and leave them alone, with weight decay and momentum too") {
  const auto check = [](auto make) {
    const Variable<float> p(Tensor<float>::full({2}, 1), true), frozen(Tensor<float>::full({2}, 1));
    auto optimizer = make(std::vector{p, frozen});
    CHECK(optimizer.parameters().size() == 2);
    const auto step = [&] {
      optimizer.zero_grad();
      sum(square(p + frozen)).backward();
      optimizer.step();
    };
    step();
    CHECK(frozen.value() == Tensor<float>({2}, {1, 1}));
    CHECK(p.value() != Tensor<float>({2}, {1, 1}));
    frozen.set_requires_grad(true);
    step();
    const Tensor<float> stopped = frozen.value();
    CHECK(stopped != Tensor<float>({2}, {1, 1}));
    frozen.set_requires_grad(false);
    step();
    CHECK(frozen.value() == stopped);
  };
  check([](const auto& p) { return optim::SGD(p, {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.1}); });
  check([](const auto& p) { return optim::Adam(p, {.lr = 0.1, .weight_decay = 0.1}); });
  check([](const auto& p) { return optim::AdamW(p, {.lr = 0.1, .weight_decay = 0.1}); });
  check([](const auto& p) { return optim::NAdam(p, {.lr = 0.1, .weight_decay = 0.1}); });
  check([](const auto& p) { return optim::RAdam(p, {.lr = 0.1, .weight_decay = 0.1}); });
  check([](const auto& p) { return optim::RMSprop(p, {.lr = 0.1, .weight_decay = 0.1, .momentum = 0.9}); });
  check([](const auto& p) { return optim::Adagrad(p, {.lr = 0.1, .weight_decay = 0.1}); });
  check([](const auto& p) { return optim::Lion(p, {.lr = 0.1, .weight_decay = 0.1}); });
  CHECK_NOTHROW(optim::SGD(std::vector{Variable<float>(Tensor<float>({1}))}).step());
}

TEST_CASE("optimizers: a parameter that is given twice takes one step") {
  const Variable<float> p(Tensor<float>::full({1}, 1), true), q(Tensor<float>::full({1}, 1), true);
  optim::SGD optimizer(std::vector{p, q, p, p}, {.lr = 0.25});
  CHECK(optimizer.parameters().size() == 2);
  sum(p + q).backward();
  optimizer.step();
  CHECK(p.value()(0) == 0.75f);
  CHECK(q.value()(0) == 0.75f);
}

TEST_CASE("optimizers: a parameter kept elsewhere is not changed by later steps") {
  const Variable<float> p(Tensor<float>::full({2}, 1), true);
  const Tensor<float> best = p.value();
  optim::SGD optimizer(std::vector{p}, {.lr = 0.5});
  sum(p).backward();
  optimizer.step();
  CHECK(p.value()(0) == 0.5f);
  CHECK(best(0) == 1);
}

TEST_CASE("training: a small network learns exclusive or") {
  Rng rng(4);
  const nn::Sequential model{nn::Linear({.in = 2, .out = 8}, rng), nn::Tanh{}, nn::Linear({.in = 8, .out = 1}, rng),
                             nn::Sigmoid{}};
  const Variable<float> x(Tensor<float>({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1})), y(Tensor<float>({4, 1}, {0, 1, 1, 0}));
  optim::Adam optimizer(nn::parameters(model), {.lr = 0.05});
  for (int i = 0; i < 500; ++i) {
    optimizer.zero_grad();
    mse_loss(model(x), y).backward();
    optimizer.step();
  }
  CHECK(mse_loss(model(x), y).item() < 0.01f);
}

TEST_CASE("optimizers: given parameters by name, step them as without, and name one that they refuse") {
  const auto refusal = [](auto make) {
    Rng rng(1);
    const nn::Sequential model{nn::Linear({.in = 3, .out = 2}, rng), nn::ReLU{}, nn::Linear({.in = 2, .out = 1}, rng)};
    const nn::Sequential other = nn::clone(model);
    const Variable<float> x(rng.normal<float>({5, 3}));
    auto optimizer = make(nn::parameters(model));
    auto by_name = make(nn::named_parameters(other));
    sum(square(model(x))).backward();
    sum(square(other(x))).backward();
    optimizer.step();
    by_name.step();
    CHECK(std::ranges::equal(model(x).value().elements(), other(x).value().elements()));

    auto named = nn::named_parameters(model);
    named[2].second = {};
    return message_of<ValueError>([&] { make(named); });
  };
  CHECK(refusal([](const auto& p) { return optim::SGD(p, {.lr = 0.1}); }) == "SGD: parameter 2.weight is undefined");
  CHECK(refusal([](const auto& p) { return optim::Adam(p, {.lr = 0.1}); }) == "Adam: parameter 2.weight is undefined");
  CHECK(refusal([](const auto& p) { return optim::AdamW(p, {.lr = 0.1}); }) ==
        "AdamW: parameter 2.weight is undefined");
}
