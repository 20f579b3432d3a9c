#include <latent/data/loader.hpp>
#include <latent/data/sequences.hpp>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("pad_sequences: fills up to the longest, and gives the lengths") {
  const std::vector<Tensor<float>> list{reference::random<float>({3, 2}, 1), reference::random<float>({1, 2}, 2),
                                        reference::random<float>({4, 2}, 3)};
  const auto batch = data::pad_sequences(list, -9);
  CHECK(batch.sequences.shape() == Shape{3, 4, 2});
  CHECK(batch.lengths == std::vector<Index>{3, 1, 4});
  CHECK_FALSE(batch.labels.defined());
  for (Index i = 0; i < 3; ++i)
    for (Index t = 0; t < 4; ++t)
      for (Index c = 0; c < 2; ++c) {
        const Tensor<float>& from = list[static_cast<std::size_t>(i)];
        CHECK(batch.sequences(i, t, c) == (t < from.size(0) ? from(t, c) : -9));
      }
  CHECK(data::pad_sequences(std::vector{Tensor<std::int64_t>({2}, {5, 6}), Tensor<std::int64_t>({3})})
            .sequences.shape() == Shape{2, 3});
}

TEST_CASE("pad_sequences: an LSTM takes what it gives, and sees no padding") {
  Rng rng(1);
  const nn::LSTM lstm({.in = 2, .hidden = 3}, rng);
  const std::vector<Tensor<float>> list{reference::random<float>({5, 2}, 1), reference::random<float>({2, 2}, 2)};
  const auto batch = data::pad_sequences(list, 1e3f);
  const NoGrad no_grad;
  const auto together = lstm(Variable<float>(batch.sequences), {}, batch.lengths).output;
  const auto alone = lstm(Variable<float>(list[1].reshape({1, 2, 2}))).output;
  for (Index t = 0; t < 2; ++t)
    for (Index h = 0; h < 3; ++h)
      CHECK(together.value()(1, t, h) == doctest::Approx(alone.value()(0, t, h)).epsilon(1e-6));
}

TEST_CASE("SequenceDataset: batches are as long as their longest sequence, with labels") {
  const data::SequenceDataset<float> set{
      {Tensor<float>({2, 1}, {1, 2}), Tensor<float>({5, 1}), Tensor<float>({1, 1}, {3})},
      Tensor<std::int64_t>({3}, {7, 8, 9}),
      0.5f};
  data::Loader loader(set, {.batch_size = 2});
  auto it = loader.begin();
  CHECK((*it).sequences.shape() == Shape{2, 5, 1});
  CHECK((*it).size() == 2);
  CHECK((*it).sequences(0, 2, 0) == 0.5f);
  ++it;
  CHECK((*it).sequences.shape() == Shape{1, 1, 1});
  CHECK((*it).labels(0) == 9);
}

TEST_CASE("sequences: those that do not fit are named") {
  CHECK(message_of<ValueError>([] { data::pad_sequences(std::vector<Tensor<float>>{}); }) ==
        "pad_sequences: no sequences given");
  CHECK(message_of<ShapeError>([] {
          data::pad_sequences(std::vector{Tensor<float>({2, 3}), Tensor<float>({4, 2})});
        }) == "pad_sequences: sequence [4, 2] does not fit, expected [T, ..] as the first, [2, 3]");
  CHECK(message_of<ShapeError>([] { data::pad_sequences(std::vector{Tensor<float>(Shape{})}); }) ==
        "pad_sequences: sequence [] does not fit, expected [T, ..] as the first, []");
  const data::SequenceDataset<float> set{{Tensor<float>({2})}, Tensor<std::int64_t>({3})};
  CHECK(message_of<ShapeError>([&] { set.gather(std::vector<Index>{0}); }) ==
        "SequenceDataset: labels [3] do not fit, expected [1]");
  CHECK(message_of<ValueError>([&] { set.gather(std::vector<Index>{1}); }) == "SequenceDataset: element 1 wanted of 1");
}
