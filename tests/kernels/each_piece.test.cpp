#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("each_piece: every element of every array is met once, by tasks that go through the arrays in order") {
  struct Counted {
    Index n;
    int* counts;
  };
  for (const Index largest : {Index{0}, Index{9}, Index{300001}}) {
    std::vector<int> many(static_cast<std::size_t>(largest)), few(33), one(1);
    const std::vector<Counted> arrays{{largest, many.data()}, {0, nullptr}, {33, few.data()}, {1, one.data()}};
    const auto count = [](const Counted& array, Index first, Index last) {
      for (Index i = first; i < last; ++i) ++array.counts[i];
    };
    std::vector<const int*> last_of_task(kernels::most_tasks);
    for (const int threads : {1, 3}) {
      set_threads(threads);
      kernels::each_piece<float>(std::span<const Counted>(arrays), 16, count);
      kernels::each_piece_of_task<float>(std::span<const Counted>(arrays), 16,
                                         [&](Index task, const Counted& array, Index first, Index last) {
                                           count(array, first, last);
                                           last_of_task.at(static_cast<std::size_t>(task)) = array.counts;
                                         });
    }
    set_threads(0);
    for (const auto* counts : {&many, &few, &one}) CHECK(std::ranges::all_of(*counts, [](int n) { return n == 4; }));
    const auto tasks = std::clamp<Index>((largest + 34) / kernels::elementwise_piece, 1, kernels::most_tasks);
    CHECK(last_of_task[static_cast<std::size_t>(tasks - 1)] == one.data());
    for (Index task = tasks; task < kernels::most_tasks; ++task)
      CHECK(last_of_task[static_cast<std::size_t>(task)] == nullptr);
  }
}
