#include <sys/wait.h>
#include <unistd.h>

#include <latent/distributed/communicator.hpp>

#include "../errors.hpp"
#include "ranks_in_threads.hpp"

using namespace latent;

TEST_CASE("communicator: a single process has what it gives") {
  distributed::SingleProcess alone;
  CHECK(alone.rank() == 0);
  CHECK(alone.size() == 1);
  CHECK(alone.node() == 0);
  alone.barrier();
  CHECK(distributed::all_gather(alone, 7) == std::vector{7});
  CHECK(distributed::broadcast_text(alone, "text", 0) == "text");
  std::vector<float> x{1, 2}, received(2);
  alone.wait(alone.start_all_reduce(std::span(x)));
  CHECK(x == std::vector<float>{1, 2});
  std::vector<double> wide{3};
  CHECK(alone.finished(alone.start_all_reduce(std::span(wide))));
  CHECK(wide[0] == 3);
  alone.wait(alone.start_exchange(0, 5, std::as_bytes(std::span(x)), std::as_writable_bytes(std::span(received))));
  CHECK(received == x);
}

TEST_CASE("communicator: a single process ends with its rank and message, and the status") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], 2);
    distributed::SingleProcess().abort("no more", 3);
  }
  ::close(ends[1]);
  char text[64];
  const ssize_t length = ::read(ends[0], text, sizeof text);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 3);
  CHECK(std::string(text, static_cast<std::size_t>(std::max<ssize_t>(length, 0))) == "rank 0: no more\n");
}

TEST_CASE("communicator: numbers and texts of all ranks are known to all") {
  const auto known = ranks_in_threads::run(3, [](distributed::Communicator& communicator) {
    const Index rank = communicator.rank();
    return std::pair(distributed::all_gather(communicator, 10 * rank),
                     distributed::broadcast_text(communicator, rank == 1 ? "that of 1" : "", 1));
  });
  for (const auto& of_rank : known) {
    CHECK(of_rank.first == std::vector<Index>{0, 10, 20});
    CHECK(of_rank.second == "that of 1");
  }
}

TEST_CASE("communicator: pieces of a batch cover it, and those of a rank are its share") {
  for (const Index n : {0, 1, 5, 8, 13, 64})
    for (const Index ranks : {1, 2, 4, 8}) {
      Index next = 0;
      for (Index rank = 0; rank < ranks; ++rank) {
        const distributed::Rows share = distributed::piece_of(n, rank, ranks);
        CHECK(share.first == next);
        next = share.last;
        CHECK(distributed::piece_of(n, rank * (8 / ranks), 8).first == share.first);
        CHECK(distributed::piece_of(n, (rank + 1) * (8 / ranks) - 1, 8).last == share.last);
      }
      CHECK(next == n);
    }
}
