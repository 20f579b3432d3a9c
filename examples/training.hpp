#pragma once

// What the five autoencoder programs share: their options, the training loop, and what they write.

#include <zlib.h>

#include <iomanip>
#include <latent/io/state_dict.hpp>

#include "program.hpp"
#include "study/machine.hpp"
#include "study/model.hpp"
#include "study/pictures.hpp"

namespace examples {

/// An encoder and the decoder behind it.
template <class Encoder, class Decoder>
struct Autoencoder {
  Encoder encoder;
  Decoder decoder;

  template <Scalar T>
  Variable<T> encode(const Variable<T>& x) const {
    return encoder(x);
  }
  template <Scalar T>
  Variable<T> decode(const Variable<T>& code) const {
    return decoder(code);
  }
  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return decoder(encoder(x));
  }

  template <class F>
  void visit(F&& f) const {
    f("encoder", encoder);
    f("decoder", decoder);
  }
};
template <class Encoder, class Decoder>
Autoencoder(Encoder, Decoder) -> Autoencoder<Encoder, Decoder>;

struct Settings : TrainingOptions {
  data::FashionMnist load() const {
    data::FashionMnist mnist = data::fashion_mnist(data);
    if (limit > 0) mnist.train = mnist.train.first(limit);
    return mnist;
  }
};

/// All that the weights of a trained model follow from.
template <class Experiment>
nlohmann::json options_of(const Experiment& experiment, const Settings& settings, const data::FashionMnist& mnist) {
  const auto checksum = [](const data::ImageDataset& images) {
    const auto bytes = images.images.elements();
    return crc32(0, bytes.data(), static_cast<uInt>(bytes.size()));
  };
  nlohmann::json options{{"epochs", settings.epochs},
                         {"batch", settings.batch},
                         {"lr", settings.lr},
                         {"seed", settings.seed},
                         {"training_images", mnist.train.size()},
                         {"test_images", mnist.test.size()},
                         {"crc32_of_training_images", checksum(mnist.train)},
                         {"crc32_of_test_images", checksum(mnist.test)}};
  options.update(experiment.options());
  return options;
}

/// A model of an experiment, its weights drawn from the seed.
template <class Experiment>
auto make_model(const Experiment& experiment, const Settings& settings) {
  Rng rng(settings.seed, 1ULL << 33);
  return experiment.template model<float>(rng);
}

/// Learns for the wanted number of epochs. An experiment may change with them, by begin_epoch(epoch, epochs).
template <class Experiment, class Model>
std::vector<EpochResult> train(Experiment experiment, const Model& model, const data::FashionMnist& mnist,
                               const Settings& settings, Overall& overall) {
  data::Loader train_batches(mnist.train, {.batch_size = settings.batch, .shuffle = true, .seed = settings.seed});
  data::Loader test_batches(mnist.test, {.batch_size = settings.batch});
  optim::Adam optimizer(nn::parameters(model), {.lr = settings.lr});
  Rng noise(settings.seed, 1ULL << 32);
  std::vector<EpochResult> history;
  for (Index epoch = 1; epoch <= settings.epochs; ++epoch) {
    std::ostringstream title;
    title << std::left << std::setw(9) << Experiment::name << " epoch " << epoch << '/' << settings.epochs;
    EpochResult& result = history.emplace_back();
    if constexpr (requires { experiment.begin_epoch(epoch, settings.epochs); })
      experiment.begin_epoch(epoch, settings.epochs);
    {
      Progress progress(title.str(), train_batches.size());
      Index done = 0, images = 0;
      for (const auto& batch : train_batches) {
        optimizer.zero_grad();
        const Floats loss = experiment.loss(model, Floats(batch.images), noise);
        loss.backward();
        optimizer.step();
        result.train_loss += loss.item();
        images += batch.size();
        ++done;
        progress.show(done, images, result.train_loss / static_cast<double>(done), overall, Experiment::megaflops);
      }
      result.seconds = progress.elapsed();
    }
    const NoGrad no_grad;
    Rng test_noise(settings.seed, (1ULL << 32) + 1);  // the same after every epoch
    for (const auto& batch : test_batches) {
      const Floats x(batch.images);
      result.test_loss += experiment.loss(model, x, test_noise).item();
      result.test_mse += mse_loss(model(x), x).item() * static_cast<double>(batch.size());
    }
    result.train_loss /= static_cast<double>(train_batches.size());
    result.test_loss /= static_cast<double>(test_batches.size());
    result.test_mse /= static_cast<double>(mnist.test.size());
    check<Error>(std::isfinite(result.train_loss + result.test_loss + result.test_mse), Experiment::name,
                 ": the loss is no longer a number in epoch ", epoch, "; a smaller --lr may help");
    overall.done += Experiment::megaflops;
    std::printf("%s  train loss %.4f  test loss %.4f  test MSE %.4f  %.1f s  %.0f images/s\n", title.str().c_str(),
                result.train_loss, result.test_loss, result.test_mse, result.seconds,
                static_cast<double>(mnist.train.size()) / result.seconds);
    std::fflush(stdout);
  }
  return history;
}

/// What statistics and pictures need of a model, which shares its parameters: they may be learned or loaded later.
template <class Experiment, class Model>
TrainedModel describe(const Experiment& experiment, const Model& model, nlohmann::json options) {
  const NoGrad no_grad;
  const Shape code = model.encode(Floats(Tensor<float>({1, 28, 28, 1}))).shape();
  TrainedModel result;
  result.name = Experiment::name;
  result.folder = Experiment::folder;
  result.options = std::move(options);
  result.parameters = nn::parameter_count(model);
  result.code_size = code.numel();
  result.encode = [model](const Tensor<float>& images) {
    const NoGrad no_grad_within;
    const Tensor<float> codes = model.encode(Floats(images)).value();
    return codes.reshape({codes.size(0), codes.shape().stride(0)});
  };
  result.decode = [model, code](const Tensor<float>& codes) {
    const NoGrad no_grad_within;
    return model.decode(Floats(codes.reshape(code.with(0, codes.size(0))))).value();
  };
  if constexpr (requires { experiment.divergence(model, Floats()); })
    result.divergence = [experiment, model](const Tensor<float>& images) {
      const NoGrad no_grad_within;
      return static_cast<double>(experiment.divergence(model, Floats(images)).item());
    };
  return result;
}

/// Takes weights and results of the same model, trained with the same options before, from `folder` if they are there.
template <class Model>
void load_earlier(TrainedModel& result, const Model& model, const std::filesystem::path& folder) {
  try {
    if (take_earlier(result, folder / "metrics.json")) io::load_state_dict(folder / "model.safetensors", model);
  } catch (const std::exception& error) {
    result.reused = false;
    std::cout << "Trained anew, since earlier results cannot be used: " << error.what() << '\n';
  }
}

/// Trains one experiment, or takes what an earlier run with the same options left in `folder` if `reuse` is set, and
/// writes there history.csv, model.safetensors, metrics.json and pictures. What is there already stays until all is
/// learned; metrics.json comes last, so that it never describes other files than those beside it.
template <class Experiment>
TrainedModel run_experiment(const Experiment& experiment, const data::FashionMnist& mnist, const Settings& settings,
                            const std::filesystem::path& folder, Overall& overall, bool reuse = false) {
  prepare_folder(folder);
  const auto model = make_model(experiment, settings);
  TrainedModel result = describe(experiment, model, options_of(experiment, settings, mnist));
  if (reuse) load_earlier(result, model, folder);
  if (result.reused) {
    std::cout << Experiment::name << ": trained already, " << result.history.size() << " epochs, in " << folder.string()
              << '\n';
    overall.total -= Experiment::megaflops * static_cast<double>(settings.epochs);
  } else {
    result.history = train(experiment, model, mnist, settings, overall);
    result.trained = circumstances();
  }
  measure(result, mnist.test);
  if (!result.reused) {
    std::filesystem::remove(folder / "metrics.json");
    io::save_state_dict(folder / "model.safetensors", model, {{"model", Experiment::name}});
    io::write_file(folder / "history.csv", history_table(result.history));
  }
  write_reconstructions(folder / "reconstructions.png", result, mnist.test);
  if constexpr (requires { experiment.write_pictures(model, result, mnist.test, folder); })
    experiment.write_pictures(model, result, mnist.test, folder);
  io::write_file(folder / "metrics.json", metrics(result).dump(1) + '\n');
  return result;
}

/// The main function of one experiment.
template <class Experiment>
int run(int argc, char** argv, const std::string& description) {
  CLI::App app(description);
  Settings settings;
  settings.out = std::filesystem::path("results") / Experiment::folder;
  settings.declare(app);
  Experiment experiment;
  experiment.declare(app);
  return guarded_main(app, argc, argv, settings.threads, [&] {
    Overall overall{.total = Experiment::megaflops * static_cast<double>(settings.epochs)};
    run_experiment(experiment, settings.load(), settings, settings.out, overall);
    std::cout << "Written: history.csv, metrics.json, model.safetensors and pictures in " << settings.out.string()
              << '\n';
  });
}

}  // namespace examples
