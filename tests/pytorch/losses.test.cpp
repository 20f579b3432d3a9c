#include "fixtures.hpp"

using namespace latent;
using fixtures::Options;
using fixtures::Variables;

TEST_CASE("pytorch: softmax and log_softmax") {
  fixtures::check_file("softmax", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    return {{"y", (o.text("op") == "softmax" ? softmax<T> : log_softmax<T>)(in.at("x"), o.index("axis"))}};
  });
}
