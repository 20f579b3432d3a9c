#pragma once

#include "study/models/experiment.hpp"
#include "study/models/model.hpp"

namespace study {

/// The Model that an Experiment describes.
template <Experiment E>
class ModelOf : public Model {
  using Layers = decltype(std::declval<const E&>().template model<float>(std::declval<Rng&>()));

 public:
  explicit ModelOf(E experiment = {}) : experiment_(std::move(experiment)) {}

  const Description& description() const override { return E::description; }

  std::vector<Option> options() override {
    if constexpr (requires { experiment_.options(); })
      return experiment_.options();
    else
      return {};
  }

  using Model::initialize, Model::loss;

  void initialize(Rng& rng) override {
    layers_.emplace(experiment_.template model<float>(rng));
    const NoGrad no_grad;
    code_ = layers().encode(Variable<float>(Tensor<float>({1, 28, 28, 1}))).shape();
  }

  void begin_epoch([[maybe_unused]] Index epoch, [[maybe_unused]] Index epochs) override {
    if constexpr (requires { experiment_.begin_epoch(epoch, epochs); }) experiment_.begin_epoch(epoch, epochs);
  }

  Variable<float> loss(const Variable<float>& x, const Tensor<float>& noise) const override {
    return loss_of(experiment_, layers(), x, noise);
  }

  Tensor<float> encode(const Tensor<float>& images) const override {
    const NoGrad no_grad;
    const Tensor<float> codes = layers().encode(Variable<float>(images)).value();
    return codes.reshape({codes.size(0), code_.numel()});
  }

  Tensor<float> decode(const Tensor<float>& codes) const override {
    const NoGrad no_grad;
    return layers().decode(Variable<float>(codes.reshape(code_.with(0, codes.size(0))))).value();
  }

  std::optional<double> divergence([[maybe_unused]] const Tensor<float>& images) const override {
    const NoGrad no_grad;
    if constexpr (requires { experiment_.divergence(layers(), Variable<float>()); })
      return experiment_.divergence(layers(), Variable<float>(images)).item();
    else
      return std::nullopt;
  }

  std::vector<std::pair<std::string, Variable<float>>> parameters() const override {
    return nn::named_parameters(layers());
  }

 protected:
  const Layers& layers() const {
    check<Error>(layers_.has_value(), E::description.name, ": used before it was initialized");
    return *layers_;
  }

 private:
  E experiment_;
  std::optional<Layers> layers_;
  Shape code_;  // of one image
};

}  // namespace study
