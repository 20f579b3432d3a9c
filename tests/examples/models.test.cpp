#include <latent/autograd/gradcheck.hpp>

#include "../errors.hpp"
#include "study/models/model_of.hpp"
#include "study/models/models.hpp"
#include "study/models/sparse_autoencoder.hpp"

// What the study asks of an experiment, and what it makes of one.

using namespace study;

namespace {

/// An autoencoder of one parameter: x is scaled twice.
struct Scaling {
  template <Scalar T>
  struct Layers {
    Variable<T> scale;

    Variable<T> encode(const Variable<T>& x) const { return scale * x; }
    Variable<T> decode(const Variable<T>& code) const { return scale * code; }
    Variable<T> operator()(const Variable<T>& x) const { return decode(encode(x)); }
    template <class F>
    void visit(F&& f) const {
      f("scale", scale);
    }
  };

  template <Scalar T>
  Layers<T> model(Rng& rng) const {
    return {Variable<T>(rng.uniform<T>({1}), true)};
  }
};

/// An experiment that has only what is required.
struct Plain : Scaling {
  static constexpr Description description{.name = "plain", .folder = "plain", .id = "plain", .megaflops = 1};
};

/// One that has all.
struct Rich : Scaling {
  static constexpr Description description{.name = "rich", .folder = "rich", .id = "rich", .megaflops = 1, .noise = 3};
  double weight = 1;
  Index count = 1;
  bool flag = false;
  double grown = 0;

  std::vector<Option> options() {
    return {{"weight", &weight, "a weight", 0, 1}, {"count", &count, "a count", 0, 9}, {"flag", &flag, "a flag"}};
  }
  void begin_epoch(Index epoch, Index epochs) { grown = static_cast<double>(epoch) / static_cast<double>(epochs); }
  template <Scalar T>
  Variable<T> loss(const Layers<T>& layers, const Variable<T>& x, const Tensor<T>& noise) const {
    return mse_loss(layers(x), x) + Variable<T>(Tensor<T>::full({1}, static_cast<T>(weight * grown) * noise(0, 2)));
  }
  template <Scalar T>
  Variable<T> divergence(const Layers<T>&, const Variable<T>&) const {
    return Variable<T>(Tensor<T>::full({1}, T(7)));
  }
};

struct NoLayers {
  static constexpr Description description = Plain::description;
};

const Tensor<float> images = Rng(1).uniform<float>({2, 28, 28, 1});

}  // namespace

static_assert(Experiment<Plain> && Experiment<Rich>);
static_assert(!Experiment<NoLayers> && !Experiment<Scaling>);

TEST_CASE("experiment: what is optional has defaults") {
  ModelOf<Plain> model;
  model.initialize(3);
  const float scale = model.parameters()[0].second.item();
  CHECK(model.parameters()[0].first == "scale");
  CHECK(model.options().empty());
  CHECK_FALSE(model.divergence(images));
  CHECK(model.encode(images).shape() == Shape{2, 784});
  CHECK(model.decode(model.encode(images)).shape() == images.shape());
  CHECK(model.encode(images)(1, 5) == scale * images(1, 0, 5, 0));
  const Variable<float> x(images);
  CHECK(model.loss(x, Tensor<float>()).item() == mse_loss(Variable<float>(scale * (scale * x)), x).item());
}

TEST_CASE("experiment: what is optional is used where it is there") {
  ModelOf<Rich> model;
  model.initialize(3);
  model.set("weight", 0.5);
  model.set("count", 4);
  model.set("flag", 1);
  CHECK(*std::get<Index*>(model.options()[1].value) == 4);
  CHECK(*std::get<bool*>(model.options()[2].value));
  CHECK(message_of<ValueError>([&] { model.set("height", 1); }) == "rich: no option height");
  CHECK(*model.divergence(images) == 7);
  const Variable<float> x(images);
  const Tensor<float> noise({2, 3}, {0, 0, 8, 0, 0, 0});
  const float before = model.loss(x, noise).item();
  model.begin_epoch(1, 4);
  CHECK(model.loss(x, noise).item() == doctest::Approx(before + 0.5 * 0.25 * 8));
  Rng rng(5), same(5);
  CHECK(model.loss(x, rng).item() == model.loss(x, same.normal<float>({2, 3})).item());
}

TEST_CASE("model: has weights only when it was initialized, the same for the same seed") {
  const auto model = variational_autoencoder();
  CHECK(message_of<Error>([&] { model->encode(images); }) == "VAE: used before it was initialized");
  model->initialize(1);
  const Tensor<float> first = model->encode(images);
  model->initialize(2);
  CHECK(model->encode(images)(0, 0) != first(0, 0));
  model->initialize(1);
  CHECK(model->encode(images)(0, 0) == first(0, 0));
}

TEST_CASE("below_largest: marks what is not among the largest of its row") {
  const Tensor<double> x({2, 4}, {3, 0, 2, 1,  //
                                  5, 5, 0, 0});
  const auto marks = [&](Index count) {
    const Tensor<double> result = below_largest(x, count);
    return std::vector<double>(result.elements().begin(), result.elements().end());
  };
  CHECK(marks(1) == std::vector<double>{0, 1, 1, 1, 0, 0, 1, 1});
  CHECK(marks(2) == std::vector<double>{0, 1, 0, 1, 0, 0, 1, 1});
  CHECK(marks(4) == std::vector<double>(8, 0));
}

TEST_CASE("sparse autoencoder: its price has the gradient that finite differences give") {
  const SparseAutoencoder experiment{.l1 = 2, .free = 2};
  const Variable<double> x(Rng(4).uniform<double>({3, 6}, -1, 1), true);
  CHECK(gradcheck([&](const auto& in) { return experiment.price(relu(in[0])); }, {x}).ok);
  CHECK(experiment.price(relu(x)).item() > 0);
  const SparseAutoencoder plain{.l1 = 2, .free = 0};
  CHECK(plain.price(x).item() == 2 * mean(abs(x)).item());
}
