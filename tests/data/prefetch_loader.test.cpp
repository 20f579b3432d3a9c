#include <latent/data/augmented.hpp>
#include <latent/data/prefetch_loader.hpp>
#include <latent/data/tensor_dataset.hpp>

#include "../errors.hpp"
#include "../forks.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

using Sums = std::vector<double>;

#ifdef LATENT_EMULATED  // qemu starts no thread in a process that was forked from one with several
constexpr bool prefetch_emulated = true;
#else
constexpr bool prefetch_emulated = false;
#endif

template <class Batch>
double sum_of(const Batch& batch) {
  return kernels::sum(std::get<0>(batch).numel(), std::get<0>(batch).data());
}

template <class Loader>
Sums sums_of_epoch(Loader& loader) {
  Sums sums;
  for (const auto& batch : loader) sums.push_back(sum_of(batch));
  return sums;
}

data::TensorDataset<float> some_images() { return data::TensorDataset(reference::random<float>({100, 8, 8, 1}, 1)); }

constexpr data::LoaderOptions shuffled{.batch_size = 16, .shuffle = true, .seed = 4};

/// Counts what was gathered, and fails at one number.
struct CountingDataset {
  Index failing = -1;
  std::shared_ptr<std::atomic<int>> gathered = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> threads_seen = std::make_shared<std::atomic<int>>(0);

  Index size() const { return 100; }
  std::tuple<Tensor<float>> gather(std::span<const Index> numbers) const {
    ++*gathered;
    threads_seen->store(threads());
    check<ValueError>(numbers[0] != failing, "a broken element ", numbers[0]);
    return Tensor<float>::full({1}, static_cast<float>(numbers[0]));
  }
};

}  // namespace

TEST_CASE("PrefetchLoader: gives what a Loader gives, in the same order, epoch by epoch") {
  const auto images = some_images();
  const data::Augmented set(images, {.horizontal_flip = 0.5, .noise = 0.1});
  data::Loader loader(set, shuffled);
  for (const Index prefetch : {0, 1, 2, 50}) {
    data::PrefetchLoader ahead(set, shuffled, prefetch);
    loader.set_epoch(0);
    CHECK(ahead.size() == loader.size());
    const Sums first = sums_of_epoch(loader), second = sums_of_epoch(loader);
    CHECK(sums_of_epoch(ahead) == first);
    CHECK(sums_of_epoch(ahead) == second);
    CHECK(ahead.epoch() == 2);
    ahead.set_epoch(0);
    CHECK(sums_of_epoch(ahead) == first);
  }
}

TEST_CASE("PrefetchLoader: its position counts what was given, so that a loader goes on with the next batch") {
  const auto set = some_images();
  data::PrefetchLoader ahead(set, shuffled, 3);
  data::Loader whole(set, shuffled), rest(set, shuffled);
  const Sums expected = sums_of_epoch(whole);
  auto it = ahead.begin();
  ++it;
  std::vector<Index> state;
  ahead.visit([&](const char*, const Index& value, const auto&) { state.push_back(value); });
  CHECK(state == std::vector<Index>{1, 2});
  const auto load = [&](auto& into) {
    std::size_t next = 0;
    into.visit([&](const char*, const Index&, const auto& set_value) { set_value(state[next++]); });
  };
  load(rest);
  CHECK(sums_of_epoch(rest) == Sums(expected.begin() + 2, expected.end()));
  data::PrefetchLoader other(set, shuffled, 3);
  load(other);
  CHECK(sums_of_epoch(other) == Sums(expected.begin() + 2, expected.end()));
}

TEST_CASE("PrefetchLoader: fetches ahead as far as it was told, on one processor, and stops with its iterator") {
  const CountingDataset set;
  data::PrefetchLoader ahead(set, {.batch_size = 1}, 3);
  set_threads(4);
  {
    auto it = ahead.begin();
    for (int wait = 0; wait < 5000 && *set.gathered < 4; ++wait) ::usleep(1000);
    ::usleep(20'000);
    CHECK(*set.gathered == 4);  // one was given
    CHECK(*set.threads_seen == 1);
    CHECK(threads() == 4);
  }
  CHECK(*set.gathered <= 5);
  set_threads(0);
}

TEST_CASE("PrefetchLoader: what gathering throws comes when the batch is asked for, and the next ones follow") {
  const CountingDataset set{.failing = 3};
  data::PrefetchLoader ahead(set, {.batch_size = 1}, 8);
  auto it = ahead.begin();
  ++it, ++it;
  CHECK(sum_of(*it) == 2);
  CHECK(message_of<ValueError>([&] { ++it; }) == "a broken element 3");
  ++it;
  CHECK(sum_of(*it) == 4);
}

TEST_CASE("PrefetchLoader: goes on in a forked process, which has not its thread") {
  const auto set = some_images();
  data::Loader loader(set, shuffled);
  const Sums expected = sums_of_epoch(loader);
  data::PrefetchLoader ahead(set, shuffled, 2);
  auto it = ahead.begin();
  ++it;
  CHECK(holds_in_child([&] {
    Sums sums{0};
    for (; !(it == ahead.end()); ++it) sums.push_back(sum_of(*it));
    sums[0] = expected[0];
    if (prefetch_emulated || sums != expected) return sums == expected;
    ahead.set_epoch(0);
    return sums_of_epoch(ahead) == expected;
  }));
  CHECK(sum_of(*it) == expected[1]);
  ++it;
  CHECK(sum_of(*it) == expected[2]);
  CHECK(message_of<ValueError>([&] { data::PrefetchLoader(set, {}, -1); }) ==
        "PrefetchLoader: prefetch must be at least 0, got -1");
}
