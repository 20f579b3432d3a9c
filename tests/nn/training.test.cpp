#include <thread>

#include "../errors.hpp"

using namespace latent;

TEST_CASE("training: lasts as long as the guard lives, in its thread alone") {
  Rng rng(1), other(2);
  CHECK(nn::training() == nullptr);
  {
    const nn::Training mode(rng);
    CHECK(nn::training() == &rng);
    {
      const nn::Training inner(other);
      CHECK(nn::training() == &other);
      const nn::Evaluation evaluation;
      CHECK(nn::training() == nullptr);
    }
    CHECK(nn::training() == &rng);
    const Rng* elsewhere = &rng;
    std::thread([&] { elsewhere = nn::training(); }).join();
    CHECK(elsewhere == nullptr);
  }
  CHECK(nn::training() == nullptr);
}
