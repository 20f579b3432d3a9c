#include <latent/data/tensor_dataset.hpp>
#include <latent/distributed/distributed_loader.hpp>
#include <numeric>

#include "../errors.hpp"
#include "ranks_in_threads.hpp"

using namespace latent;
using distributed::DistributedLoader;

namespace {

/// The numbers from `first` on, as a data set.
data::TensorDataset<float> numbers_from(float first, Index n) {
  Tensor<float> x({n});
  std::iota(x.elements().begin(), x.elements().end(), first);
  return data::TensorDataset(x);
}

/// Elements of each batch that a rank has for itself.
using Batches = std::vector<std::vector<float>>;

template <class Loader>
Batches share(Loader& loader) {
  Batches result;
  for (const auto& batch : loader) {
    const auto [first, last] = batch.mine();
    const Tensor<float> rows = std::get<0>(batch.gather(first, last));
    result.emplace_back(rows.elements().begin(), rows.elements().end());
  }
  return result;
}

}  // namespace

TEST_CASE("distributed_loader: ranks share the batches of a Loader, the last one too") {
  const auto set = numbers_from(0, 23);
  const data::LoaderOptions options{.batch_size = 7, .shuffle = true, .seed = 4};
  data::Loader plain(set, options);
  for (const Index ranks : {1, 2, 3, 5}) {
    plain.set_epoch(0);
    const auto shares = ranks_in_threads::run(ranks, [&](distributed::Communicator& communicator) {
      DistributedLoader loader(set, communicator, options);
      CHECK(loader.size() == 4);
      const Batches first = share(loader);
      CHECK(loader.epoch() == 1);
      CHECK(share(loader) != first);
      loader.set_epoch(0);
      CHECK(share(loader) == first);
      return first;
    });
    std::size_t number = 0;
    for (const auto& of_all : plain) {
      const auto expected = std::get<0>(of_all).elements();
      std::vector<float> batch;
      for (const Batches& of_rank : shares) batch.insert(batch.end(), of_rank[number].begin(), of_rank[number].end());
      CHECK(batch == std::vector<float>(expected.begin(), expected.end()));
      ++number;
    }
    CHECK(number == 4);
  }
}

TEST_CASE("distributed_loader: another number of ranks goes on in the middle of an epoch") {
  const auto set = numbers_from(0, 20);
  const data::LoaderOptions options{.batch_size = 6, .shuffle = true};
  distributed::SingleProcess alone;
  DistributedLoader whole(set, alone, options), stopped(set, alone, options);
  const Batches all = share(whole);
  auto batch = stopped.begin();
  ++batch;
  Index epoch = 0, position = 0;
  stopped.visit([&](std::string_view name, Index value, const auto&) { (name == "epoch" ? epoch : position) = value; });
  CHECK(position == 2);
  const auto rests = ranks_in_threads::run(2, [&](distributed::Communicator& communicator) {
    DistributedLoader loader(set, communicator, options);
    loader.visit([&](std::string_view name, Index, const auto& put) { put(name == "epoch" ? epoch : position); });
    return share(loader);
  });
  CHECK(rests[0].size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    auto joined = rests[0][i];
    joined.insert(joined.end(), rests[1][i].begin(), rests[1][i].end());
    CHECK(joined == all[i + 2]);
  }
}

TEST_CASE("distributed_loader: ranks with other data or options are named") {
  const auto told = [](float first, Index n, bool shuffle) {
    return message_of<ValueError>([=] {
      ranks_in_threads::run(2, [=](distributed::Communicator& communicator) {
        const bool other = communicator.rank() == 1;
        const auto set = numbers_from(other ? first : 0, other ? n : 20);
        const DistributedLoader loader(set, communicator, {.shuffle = other && shuffle});
        return 0;
      });
    });
  };
  CHECK(told(0, 19, false) ==
        "distributed: rank 1 has a data set of 19 elements, rank 0 has a data set of 20 elements");
  CHECK(told(1, 20, false).starts_with("distributed: rank 1 has a data set with checksum "));
  CHECK(told(0, 20, true) == "distributed: rank 1 has shuffle 1, rank 0 has shuffle 0");
}
