#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("groups: each steps with its own options, which may change between steps") {
  const Variable<float> p(Tensor<float>({1}), true), q(Tensor<float>({1}), true), unused(Tensor<float>({1}), true);
  optim::Groups optimizer({optim::SGD(std::vector{p, unused}, {.lr = 1}), optim::SGD(std::vector{q}, {.lr = 2})});
  CHECK(optimizer.parameters().size() == 3);
  CHECK(optimizer.parameters()[2].identity() == q.identity());
  const auto step = [&] {
    optimizer.zero_grad();
    sum(p + q).backward();
    optimizer.step();
  };
  step();
  CHECK(p.value()(0) == -1);
  CHECK(q.value()(0) == -2);
  optimizer.groups[1].options.lr = 4;
  step();
  CHECK(p.value()(0) == -2);
  CHECK(q.value()(0) == -6);
  CHECK(unused.value()(0) == 0);
}

TEST_CASE("groups: no groups and a parameter in two of them are refused, and the parameter is named") {
  const Variable<float> p(Tensor<float>({1}), true), q(Tensor<float>({1}), true);
  CHECK(message_of<ValueError>([] { optim::Groups(std::vector<optim::Adam<float>>{}); }) ==
        "Groups: at least one group expected, got none");
  using Named = optim::NamedParameters<float>;
  const optim::Adam<float> one(Named{{"p", p}}), other(Named{{"q", q}, {"bias", p}});
  CHECK(message_of<ValueError>([&] {
          optim::Groups({one, other});
        }) == "Groups: parameter bias of group 1 is in group 0 too");
  CHECK_NOTHROW(optim::Groups({one, optim::Adam<float>(Named{{"q", q}, {"again", q}})}));
}

TEST_CASE("groups: the state of each is named behind its number") {
  const Variable<float> p(Tensor<float>({1}), true), q(Tensor<float>({1}), true);
  optim::Groups optimizer({optim::SGD(std::vector{p}, {.lr = 1}), optim::SGD(std::vector{q}, {.lr = 2})});
  std::string names;
  optimizer.visit([&](const std::string& name, optim::SGD<float>& group) {
    names.append(name).append(" ").append(std::to_string(group.options.lr)).append(" ");
  });
  CHECK(names == "0 1.000000 1 2.000000 ");
}
