#pragma once

// What the example programs share: options, the training loop, progress, and what they write.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <latent/latent.hpp>

namespace examples {

using namespace latent;
using Floats = Variable<float>;  // images, codes and losses while a program runs

/// An encoder and the decoder behind it.
template <class Encoder, class Decoder>
struct Autoencoder {
  Encoder encoder;
  Decoder decoder;

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

/// Accepts numbers from `least` to `most` only, which NaN is not.
inline CLI::Validator between(double least, double most) {
  return CLI::Validator(
      [least, most](std::string& text) {
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        const bool ok = !text.empty() && *end == '\0' && value >= least && value <= most;
        std::ostringstream message;
        message.precision(12);
        if (!ok) message << text << " is not a number from " << least << " to " << most;
        return message.str();
      },
      "");
}

struct Settings {
  Index epochs = 5;
  Index batch = 64;
  double lr = 0.001;
  std::uint64_t seed = 1;
  int threads = 0;
  std::string data;
  Index limit = 0;
  std::filesystem::path out;

  void declare(CLI::App& app) {
    app.option_defaults()->always_capture_default();
    app.add_option("--epochs", epochs, "times to go through the training images")->check(between(1, 1e6));
    app.add_option("--batch", batch, "images per step")->check(between(1, 60000));
    app.add_option("--lr", lr, "learning rate of Adam")->check(between(1e-12, 10));
    app.add_option("--seed", seed, "seed of initial weights, order of images, and noise");
    app.add_option("--threads", threads, "threads to use; 0: as many as OpenMP gives")->check(between(0, 1024));
    app.add_option("--data", data,
                   "folder with the four idx files of FashionMNIST; without it $FASHION_MNIST_DIR, Debian's "
                   "dataset-fashion-mnist and ~/.cache/fashion-mnist are tried");
    app.add_option("--limit", limit, "learn from the first N images only; 0: all")->check(between(0, 1e9));
    app.add_option("--out", out, "folder for what is written");
  }

  data::FashionMnist load() const {
    data::FashionMnist mnist = data::fashion_mnist(data);
    if (limit > 0) mnist.train = mnist.train.first(limit);
    return mnist;
  }
};

/// Makes a folder, before hours of work are lost for want of one.
inline void prepare_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  check<IoError>(!error && ::access(folder.c_str(), W_OK) == 0, folder.string(), ": cannot be written to: ",
                 error ? error.message() : "permission denied");
}

/// Rewrites one line on a terminal while an epoch goes on, and says nothing elsewhere.
class Progress {
 public:
  Progress(std::string title, Index batches) : title_(std::move(title)), batches_(batches) {}
  ~Progress() {
    if (drawn_) std::cout << "\r\033[K" << std::flush;
  }

  void show(Index batch, Index images, double loss) {
    const double seconds = elapsed();
    if (!terminal_ || (drawn_ && seconds - drawn_at_ < 0.1 && batch < batches_)) return;
    drawn_ = true;
    drawn_at_ = seconds;
    constexpr Index width = 30;
    const Index full = width * batch / batches_;
    const std::string bar = std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(width - full), '.');
    std::printf("\r%s [%s] %3d %%  loss %.4f  %.0f images/s  %.0f s left \033[K", title_.c_str(), bar.c_str(),
                static_cast<int>(100 * batch / batches_), loss, static_cast<double>(images) / seconds,
                seconds * static_cast<double>(batches_ - batch) / static_cast<double>(batch));
    std::fflush(stdout);
  }

  double elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::string title_;
  Index batches_;
  bool terminal_ = ::isatty(STDOUT_FILENO) != 0;
  bool drawn_ = false;
  double drawn_at_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct EpochResult {
  double train_loss = 0, test_loss = 0;  ///< means over batches
  double test_mse = 0;                   ///< mean over all pixels
};

/// Learns for the wanted number of epochs and writes history.csv after each.
template <class Experiment, class Model>
EpochResult train(const Experiment& experiment, const Model& model, const data::FashionMnist& mnist,
                  const Settings& settings, const std::filesystem::path& folder) {
  prepare_folder(folder);
  data::Loader train_batches(mnist.train, {.batch_size = settings.batch, .shuffle = true, .seed = settings.seed});
  data::Loader test_batches(mnist.test, {.batch_size = settings.batch});
  optim::Adam optimizer(nn::parameters(model), {.lr = settings.lr});
  Rng noise(settings.seed, 1ULL << 32);
  std::ostringstream history;
  history << "epoch,train_loss,test_loss,test_mse,seconds\n" << std::setprecision(9);
  EpochResult result;
  for (Index epoch = 1; epoch <= settings.epochs; ++epoch) {
    std::ostringstream title;
    title << std::left << std::setw(9) << Experiment::name << " epoch " << epoch << '/' << settings.epochs;
    result = {};
    double seconds = 0;
    {
      Progress progress(title.str(), train_batches.size());
      Index done = 0, images = 0;
      for (const auto& batch : train_batches) {
        optimizer.zero_grad();
        const Floats loss = experiment.loss(model, Floats(batch.images), &noise);
        loss.backward();
        optimizer.step();
        result.train_loss += loss.item();
        images += batch.size();
        ++done;
        progress.show(done, images, result.train_loss / static_cast<double>(done));
      }
      seconds = progress.elapsed();
    }
    const NoGrad no_grad;
    for (const auto& batch : test_batches) {
      const Floats x(batch.images);
      result.test_loss += experiment.loss(model, x, nullptr).item();
      result.test_mse += mse_loss(model(x), x).item() * static_cast<double>(batch.size());
    }
    result.train_loss /= static_cast<double>(train_batches.size());
    result.test_loss /= static_cast<double>(test_batches.size());
    result.test_mse /= static_cast<double>(mnist.test.size());
    check<Error>(std::isfinite(result.train_loss), Experiment::name, ": the loss is no longer a number in epoch ", epoch,
                 "; a smaller --lr may help");
    history << epoch << ',' << result.train_loss << ',' << result.test_loss << ',' << result.test_mse << ',' << seconds << '\n';
    io::write_file(folder / "history.csv", history.str());
    std::printf("%s  train loss %.4f  test loss %.4f  test MSE %.4f  %.1f s  %.0f images/s\n", title.str().c_str(),
                result.train_loss, result.test_loss, result.test_mse, seconds,
                static_cast<double>(mnist.train.size()) / seconds);
    std::fflush(stdout);
  }
  return result;
}

/// Numbers of the first image of each class; fewer where a class has none.
inline std::vector<Index> one_of_each_class(const data::ImageDataset& images) {
  std::vector<Index> result;
  for (std::size_t label = 0; label < images.class_names.size(); ++label)
    if (const auto found = std::ranges::find(images.labels.elements(), label); found != images.labels.elements().end())
      result.push_back(found - images.labels.elements().begin());
  return result;
}

/// The images of a tensor [N, H, W, 1], one by one.
inline std::vector<Tensor<float>> split(const Tensor<float>& images) {
  std::vector<Tensor<float>> result;
  for (Index i = 0; i < images.size(0); ++i)
    result.push_back(images.rows(i, i + 1).reshape({images.size(1), images.size(2)}));
  return result;
}

/// Some images above what models make of them: a grid of one row each, `rows` being the models' names and results.
inline void write_reconstructions(const std::filesystem::path& path, const data::ImageDataset& images,
                                  std::span<const Index> numbers,
                                  const std::vector<std::pair<std::string, Tensor<float>>>& models) {
  const auto batch = images.gather(numbers);
  io::GridOptions options{.row_captions = {"Original"}};
  std::vector<std::vector<Tensor<float>>> rows{split(batch.images)};
  for (const std::uint8_t label : batch.labels.elements()) options.column_captions.push_back(images.class_names[label]);
  for (const auto& [name, result] : models) {
    options.row_captions.push_back(name);
    rows.push_back(split(result));
  }
  io::write_png(path, io::image_grid(rows, options));
}

/// A model of an experiment, its weights drawn from the seed.
template <class Experiment>
auto make_model(const Settings& settings) {
  Rng rng(settings.seed, 1ULL << 33);
  return Experiment::template model<float>(rng);
}

/// Trains one experiment and writes history.csv, model.safetensors and reconstructions.png into `folder`.
template <class Experiment>
auto run_experiment(const Experiment& experiment, const data::FashionMnist& mnist, const Settings& settings,
                    const std::filesystem::path& folder) {
  auto model = make_model<Experiment>(settings);
  const std::filesystem::path picture = folder / "reconstructions.png", weights = folder / "model.safetensors";
  std::filesystem::remove(picture);  // an earlier run's would stand beside a history that it does not belong to
  std::filesystem::remove(weights);
  const EpochResult result = train(experiment, model, mnist, settings, folder);
  io::save_state_dict(weights, model, {{"model", Experiment::name}});
  const NoGrad no_grad;
  const auto numbers = one_of_each_class(mnist.test);
  write_reconstructions(picture, mnist.test, numbers,
                        {{Experiment::name, model(Floats(mnist.test.gather(numbers).images)).value()}});
  return std::pair(std::move(model), result);
}

/// Reads the options and calls `work`; whatever goes wrong is one line and exit status 1.
template <class F>
int guarded_main(CLI::App& app, int argc, char** argv, Settings& settings, F work) {
  const std::string program = std::filesystem::path(argv[0]).filename().string();
  try {
    app.parse(argc, argv);
    set_threads(settings.threads);
    work();
    return 0;
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << '\n';
    return 1;
  }
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
  return guarded_main(app, argc, argv, settings, [&] {
    run_experiment(experiment, settings.load(), settings, settings.out);
    std::cout << "Written: history.csv, model.safetensors and reconstructions.png in " << settings.out.string() << '\n';
  });
}

}  // namespace examples
