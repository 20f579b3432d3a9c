#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using Misfit = GradcheckReport::Problem;
using reference::input;

TEST_CASE("gradcheck: finds a wrong gradient and says where") {
  const auto x = input({2, 2}, 1, 0.5, 1);
  const auto wrong = [](In v) {  // the derivative of element 2 is off by a tenth
    Tensor<double> y = v[0].value();
    return Variable<double>::result("wrong", y, {v[0]}, [v](const Tensor<double>& dy) {
      double* dx = v[0].grad_data();
      for (Index i = 0; i < 4; ++i) dx[i] += dy.elements()[static_cast<std::size_t>(i)] * (i == 2 ? 1.1 : 1.0);
    });
  };
  const GradcheckReport report = gradcheck(wrong, {x});
  CHECK(!report.ok);
  CHECK(report.element == 2);
  CHECK(report.output_element == 2);
  CHECK(report.largest_error == doctest::Approx(0.1));
  CHECK(report.analytical == doctest::Approx(1.1));
  CHECK(report.numerical == doctest::Approx(1));
  CHECK(report.checked == 16);
  CHECK(report.wrong == 1);
  CHECK(report.problem == Misfit::wrong_gradient);
  CHECK(
      report.text().starts_with("gradcheck: 1 of 16 derivatives are wrong, the worst: d output[2] / d input 0[1, 0] is "
                                "1.1, by finite differences 1"));
  CHECK(report.text().find(", off by 0.1") != std::string::npos);
  const GradcheckReport right = gradcheck([](In v) { return v[0] * 2.0; }, {x});
  CHECK(right.ok);
  CHECK(right.text().starts_with("gradcheck: all 16 derivatives agree, largest error "));
}

TEST_CASE("gradcheck: a gradient summed over the output would look right, one-hot upstream shows it") {
  const auto x = input({3}, 1);
  const auto ignores_upstream = [](In v) {
    Tensor<double> y = v[0].value();
    return Variable<double>::result("ignores dy", y, {v[0]}, [v](const Tensor<double>&) {
      double* dx = v[0].grad_data();
      for (Index i = 0; i < 3; ++i) dx[i] += 1;
    });
  };
  CHECK(!gradcheck(ignores_upstream, {x}));
}

TEST_CASE("gradcheck: complains about a result that differs from call to call") {
  Rng rng(1);
  const auto noisy = [&](In v) { return v[0] + Variable<double>(rng.normal<double>({3})); };
  const GradcheckReport report = gradcheck(noisy, {input({3}, 1)});
  CHECK(!report.ok);
  CHECK(report.problem == Misfit::random_value);
  CHECK(report.text().starts_with("gradcheck: the result is not the same when computed again: output[0] was "));
}

TEST_CASE("gradcheck: complains about a gradient that differs from call to call") {
  int calls = 0;
  const auto drifting = [&](In v) {
    return Variable<double>::result("drifting", v[0].value(), {v[0]}, [v, &calls](const Tensor<double>& dy) {
      double* dx = v[0].grad_data();
      for (Index i = 0; i < 3; ++i) dx[i] += dy(i) * (i == 1 ? 1 + 1e-12 * ++calls : 1);
    });
  };
  const GradcheckReport report = gradcheck(drifting, {input({3}, 1)});
  CHECK(report.problem == Misfit::random_gradient);
  CHECK(report.element == 1);
  CHECK(report.text().starts_with(
      "gradcheck: the gradient is not the same when computed again: d output[1] / d input 0[1] was "));
}

TEST_CASE("gradcheck: complains about an input that the result depends on but that gets no gradient") {
  const auto x = input({3}, 1), y = input({2, 1}, 2, 1, 2);
  const auto forgets = [](In v) { return sum(v[0]) * sum(v[1].detach()); };
  const GradcheckReport report = gradcheck(forgets, {x, y});
  CHECK(!report.ok);
  CHECK(report.problem == Misfit::missing_gradient);
  CHECK(report.input == 1);
  CHECK(report.text().starts_with("gradcheck: input 1 gets no gradient, though d output[0] / d input 1["));
  CHECK(gradcheck([](In v) { return v[0].detach(); }, {x}).problem == Misfit::missing_gradient);
  CHECK(gradcheck([](In v) { return square(v[0]); }, {x, y}).ok);  // does not depend on y
}

TEST_CASE("gradcheck: a gradient that is not a number is wrong, and nothing to check is an error") {
  const auto x = input({3}, 1, 0.5, 1);
  const auto nan = [](In v) {
    return Variable<double>::result("nan", v[0].value(), {v[0]}, [v](const Tensor<double>& dy) {
      double* dx = v[0].grad_data();
      for (Index i = 0; i < 3; ++i) dx[i] += i == 0 ? std::nan("") : dy(i);
    });
  };
  CHECK(gradcheck(nan, {x}).problem == Misfit::wrong_gradient);
  CHECK(message_of<ValueError>([&] { gradcheck([](In v) { return v[0]; }, {x.detach()}); }) ==
        "gradcheck: none of 1 inputs requires a gradient");
}
