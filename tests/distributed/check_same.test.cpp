#include <latent/distributed/check_same.hpp>
#include <latent/optim/adam.hpp>

#include "../errors.hpp"
#include "ranks_in_threads.hpp"

using namespace latent;

namespace {

/// What ranks with these facts are told.
std::string told(const std::vector<distributed::Facts>& facts) {
  return message_of<ValueError>([&] {
    ranks_in_threads::run(std::ssize(facts), [&](distributed::Communicator& communicator) {
      distributed::check_same(communicator, facts[static_cast<std::size_t>(communicator.rank())]);
      return 0;
    });
  });
}

}  // namespace

TEST_CASE("check_same: the first rank that differs is named, with what it has") {
  CHECK(told({{"a 1", "b 2"}, {"a 1", "b 2"}, {"a 1", "b 3"}, {"a 7", "b 2"}}) ==
        "distributed: rank 2 has b 3, rank 0 has b 2");
  CHECK(told({{"a 1", "b 2"}, {"c 1", "b 2"}}) == "distributed: rank 1 has c 1, rank 0 has a 1");
  CHECK(told({{"a 1", "b 2"}, {"a 1"}}) == "distributed: rank 1 has nothing more, rank 0 has b 2");
  CHECK(told({{"a 1"}, {"a 1", "b 2"}}) == "distributed: rank 1 has b 2, rank 0 has nothing more");
  const auto same = ranks_in_threads::run(3, [](distributed::Communicator& communicator) {
    distributed::check_same(communicator, {"a 1"});
    return 1;
  });
  CHECK(same == std::vector{1, 1, 1});
}

TEST_CASE("check_same: parts of a run are compared number by number") {
  const auto told_of = [](double lr, float weight) {
    return message_of<ValueError>([=] {
      ranks_in_threads::run(2, [=](distributed::Communicator& communicator) {
        const bool other = communicator.rank() == 1;
        const Variable<float> w(Tensor<float>({2}, {1, other ? weight : 2}), true);
        optim::Adam<float> optimizer({{"w", w}}, {.lr = other ? lr : 1e-3});
        distributed::check_same(communicator, "optimizer", optimizer);
        distributed::check_same(communicator, "w", w);
        return 0;
      });
    });
  };
  CHECK(told_of(1e-3 * (1 + 1e-15), 2) ==
        "distributed: rank 1 has optimizer.lr 0.0010000000000000011, rank 0 has optimizer.lr 0.001");
  CHECK(told_of(1e-3, 3).starts_with("distributed: rank 1 has w of shape [2], checksum "));
}
