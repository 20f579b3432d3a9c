#include <vector>

using namespace latent;
using detail::RegionTimes;
using detail::TeamSize;

namespace {

/// A region of `team` threads, none of which but the caller got a core before the caller had done all, in 4 ms.
RegionTimes late_region(int team) { return {.team = team, .task = 10e-6, .helped = 0, .waited = 4e-3}; }

/// Lets all that a team has be lost, at once.
void lose_all(TeamSize& size, int team, double now) {
  size.observe({.team = team, .task = 0, .helped = 0, .waited = TeamSize::credit + 1e-3}, now);
}

}  // namespace

TEST_CASE("TeamSize: all threads that may work do, as long as nobody waits for them") {
  TeamSize size;
  for (int i = 0; i < 100000; ++i) {
    REQUIRE(size.limit(8, 1e-4 * i) == 8);
    size.observe({.team = 8, .task = 10e-6, .helped = 70e-6, .waited = 2e-6}, 1e-4 * i);
  }
}

TEST_CASE("TeamSize: one thread works alone when waiting for the other has cost 0.15 s") {
  TeamSize size;
  CHECK(size.limit(2, 0) == 2);
  for (int i = 1; i <= 38; ++i) {  // 4 ms each, without four tasks of 10 us, and 20 us: 149.7 ms
    size.observe(late_region(2), 4e-3 * i);
    CHECK(size.limit(2, 4e-3 * i) == 2);
  }
  size.observe(late_region(2), 0.156);
  CHECK(size.limit(2, 0.156) == 1);
}

TEST_CASE("TeamSize: what the slowest core's last task explains is no loss") {
  TeamSize size;
  for (int i = 0; i < 10000; ++i) {
    REQUIRE(size.limit(2, i) == 2);
    size.observe({.team = 2, .task = 1e-3, .helped = 0, .waited = 4e-3}, i);
  }
}

TEST_CASE("TeamSize: a team stays that saves twice what is waited for it, one that saves less does not") {
  // The other of two threads did the work of 2 ms; of four, three did it, so the fourth saves a third of 2/3 ms.
  for (const auto& [team, saved] : {std::pair(2, 2e-3), std::pair(4, 2e-3 / 9)})
    for (const auto& [share, stays] : {std::pair(0.49, true), std::pair(0.51, false)}) {
      TeamSize size;
      bool all = true;
      for (int i = 0; i < 100000; ++i) {
        all = all && size.limit(team, 0) == team;
        size.observe({.team = team, .task = 0, .helped = 2e-3, .waited = share * saved + TeamSize::least_wait}, 0);
      }
      CHECK(all == stays);
    }
}

TEST_CASE("TeamSize: what was saved long ago pays for nothing") {
  TeamSize size;
  CHECK(size.limit(2, 0) == 2);
  for (int i = 0; i < 1000; ++i) size.observe({.team = 2, .task = 1e-3, .helped = 1, .waited = 0}, 0);
  lose_all(size, 2, 0);
  CHECK(size.limit(2, 0) == 1);
}

TEST_CASE("TeamSize: tries again after 0.25 s, after twice as long each time that this fails, and at most after 8 s") {
  TeamSize size;
  double now = 100;
  CHECK(size.limit(2, now) == 2);
  for (const double pause : {0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0}) {
    lose_all(size, 2, now);
    CHECK(size.limit(2, now + 0.99 * pause) == 1);
    now += 1.01 * pause;
    CHECK(size.limit(2, now) == 2);
  }
  lose_all(size, 2, now + 8.1);  // the team has stood longer than it had to wait
  CHECK(size.limit(2, now + 8.1 + 0.24) == 1);
  CHECK(size.limit(2, now + 8.1 + 0.26) == 2);
}

TEST_CASE("TeamSize: a quarter of a large team goes at a time, and a third comes back") {
  TeamSize size;
  CHECK(size.size() == 0);
  std::vector<int> down{size.limit(64, 0)};
  CHECK(size.size() == 64);
  while (down.back() > 1) {
    lose_all(size, down.back(), 1);
    down.push_back(size.limit(64, 1));
    REQUIRE(down.size() < 100);
  }
  CHECK(size.size() == 1);
  CHECK(down == std::vector{64, 48, 36, 27, 20, 15, 11, 8, 6, 4, 3, 2, 1});

  double now = 100;
  std::vector<int> up{size.limit(64, now)};
  while (up.back() < 64) {
    CHECK(size.limit(64, now + 0.24) == up.back());
    now += 0.26;
    up.push_back(size.limit(64, now));
    REQUIRE(up.size() < 100);
  }
  CHECK(up == std::vector{2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 29, 38, 50, 64});
}

TEST_CASE("TeamSize: a team that loses does not grow, until it has made good for it") {
  TeamSize size;
  CHECK(size.limit(4, 0) == 4);
  lose_all(size, 4, 0);
  size.observe(late_region(3), 0);
  CHECK(size.limit(4, 10) == 3);
  size.observe({.team = 3, .task = 1e-3, .helped = 0.1, .waited = 0}, 10);
  CHECK(size.limit(4, 10) == 4);
}

TEST_CASE("TeamSize: a small team that loses says that no larger one is better") {
  TeamSize size;
  CHECK(size.limit(16, 0) == 16);
  lose_all(size, 2, 0);
  CHECK(size.limit(16, 0) == 1);
}

TEST_CASE("TeamSize: begins anew when the program allows another number of threads") {
  TeamSize size;
  CHECK(size.limit(2, 0) == 2);
  lose_all(size, 2, 0);
  CHECK(size.limit(2, 0) == 1);
  CHECK(size.limit(3, 0) == 3);
  size.observe(late_region(3), 0);
  CHECK(size.limit(3, 0) == 3);
}

TEST_CASE(
    "TeamSize: threads without work stay in the team, so that OpenMP does not end them, but those that were given up") {
  TeamSize size;
  CHECK(size.limit(4, 0) == 4);
  CHECK(size.kept(2) == 2);
  CHECK(size.kept(4) == 4);
  CHECK(size.kept(2) == 4);
  lose_all(size, 4, 0);
  CHECK(size.limit(4, 0) == 3);
  CHECK(size.kept(2) == 3);
}
