#include "study/training/run.hpp"

#include <cstdio>
#include <iostream>
#include <latent/data/fashion_mnist.hpp>
#include <latent/distributed/check_same.hpp>
#include <latent/io/staged_files.hpp>
#include <latent/io/state_dict.hpp>
#include <latent/nn/loss.hpp>
#include <latent/nn/parameters.hpp>
#include <latent/nn/training.hpp>

#include "study/models/model.hpp"
#include "study/pictures/pictures.hpp"
#include "study/training/checkpoints.hpp"
#include "study/training/command_line.hpp"
#include "study/training/machine.hpp"
#include "study/training/processes.hpp"
#include "study/training/trained_model.hpp"
#include "study/training/training.hpp"

namespace study {

namespace {

/// All that the weights of a trained model follow from.
nlohmann::json options_of(Model& model, const TrainingOptions& options, const data::FashionMnist& mnist) {
  nlohmann::json result{{"epochs", options.epochs},
                        {"batch", options.batch},
                        {"lr", options.lr},
                        {"seed", options.seed},
                        {"shards", options.shards},
                        {"matmul_precision", options.matmul_precision},
                        {"training_images", mnist.train.size()},
                        {"test_images", mnist.test.size()},
                        {"crc32_of_training_images", checksum(std::as_bytes(mnist.train.images.elements()))},
                        {"crc32_of_test_images", checksum(std::as_bytes(mnist.test.images.elements()))}};
  for (Option& option : model.options()) {
    std::ranges::replace(option.name, '-', '_');
    std::visit([&](const auto* value) { result[option.name] = *value; }, option.value);
  }
  return result;
}

/// Which option of the command line sets an entry of these, where it has another name.
const std::map<std::string, std::string> set_by{{"training_images", "--limit"},
                                                {"test_images", "--data"},
                                                {"crc32_of_training_images", "--data"},
                                                {"crc32_of_test_images", "--data"}};

/// The epochs so far, in a form that a checkpoint takes.
struct History {
  std::vector<EpochResult> epochs;

  template <class F>
  void visit(F&& f) {
    f("epochs", table_of(epochs), [this](const Tensor<double>& table) { epochs = history_of(table); });
  }
};

/// Learns for the wanted number of epochs.
std::vector<EpochResult> train(Model& model, const data::FashionMnist& mnist, const TrainingOptions& options,
                               Checkpoints checkpoints, Overall& overall, distributed::Communicator& communicator) {
  Rng noise(options.seed, 1ULL << 32);
  const Description& description = model.description();
  Training training(model.parameters(), mnist.train, options,
                    {.name = description.name,
                     .width = 9,
                     .work = description.megaflops,
                     .microbatch = description.microbatch,
                     .communicator = &communicator},
                    [&](const Tensor<float>& x) {
                      Rng* const of_shard = nn::training();
                      return model.loss(x, of_shard ? *of_shard : noise);
                    });
  data::Loader test_batches(mnist.test, {.batch_size = options.batch});
  History history;
  const Checkpoints::Parts parts{{"model", model}, {"training", training}, {"noise", noise}, {"history", history}};
  if (options.resume && checkpoints.resume(parts)) training.resumed(overall);
  while (!training.complete()) {
    const EpochTitle title = training.title();
    model.begin_epoch(title.number, title.total);
    const EpochLoss learned = training.learn(overall, [&] { checkpoints.after_step(parts); });
    if (communicator.rank() != 0) {  // goes on to the next step, where it waits
      training.next_epoch();
      continue;
    }
    EpochResult& result = history.epochs.emplace_back();
    result.train_loss = learned.per_batch;
    result.seconds = learned.seconds;

    const NoGrad no_grad;
    Rng test_noise(options.seed, (1ULL << 32) + 1);  // the same after every epoch
    for (const auto& batch : test_batches) {
      const Variable<float> x(batch.images);
      result.test_loss += model.loss(x, test_noise).item();
      result.test_mse += mse_loss(Variable<float>(model.decode(model.encode(batch.images))), x).item() *
                         static_cast<double>(batch.size());
    }
    result.test_loss /= static_cast<double>(test_batches.size());
    result.test_mse /= static_cast<double>(mnist.test.size());
    check_finite(result.test_loss + result.test_mse, title, "on the test images");
    std::printf("%s  train loss %.4f  test loss %.4f  test MSE %.4f  %.1f s  %.0f images/s\n", title.text().c_str(),
                result.train_loss, result.test_loss, result.test_mse, result.seconds,
                static_cast<double>(mnist.train.size()) / result.seconds);
    std::fflush(stdout);
    training.next_epoch();
    checkpoints.offer(parts);
  }
  return history.epochs;
}

/// Takes weights and results of the same model, trained with the same options before, from `folder` if they are there.
void load_earlier(TrainedModel& result, const Model& model, const std::filesystem::path& folder) {
  try {
    if (take_earlier(result, folder / "metrics.json")) io::load_state_dict(folder / "model.safetensors", model);
  } catch (const std::exception& error) {
    result.reused = false;
    std::cout << "Trained anew, since earlier results cannot be used: " << error.what() << '\n';
  }
}

}  // namespace

void declare(CommandLine& line, Model& model) {
  for (const Option& option : model.options()) {
    if (option.help.empty()) continue;
    const std::string name = "--" + option.name;
    if (bool* const* flag = std::get_if<bool*>(&option.value))
      line.flag(name, **flag, option.help);
    else if (double* const* number = std::get_if<double*>(&option.value))
      line.number(name, **number, option.help, {option.least, option.most});
    else
      line.number(name, *std::get<Index*>(option.value), option.help, {option.least, option.most});
  }
}

data::FashionMnist load(const TrainingOptions& options) {
  data::FashionMnist mnist = data::fashion_mnist(options.data);
  if (options.limit > 0) mnist.train = mnist.train.first(options.limit);
  return mnist;
}

TrainedModel run(const std::shared_ptr<Model>& model, const data::FashionMnist& mnist, const TrainingOptions& options,
                 const std::filesystem::path& folder, Overall& overall, distributed::Communicator& communicator,
                 bool reuse) {
  const bool first = communicator.rank() == 0;
  if (first) prepare_folder(folder);
  const Description& description = model->description();
  model->initialize(options.seed);
  TrainedModel result;
  result.name = description.name;
  result.folder = description.folder;
  result.options = options_of(*model, options, mnist);
  result.parameters = nn::parameter_count(*model);
  result.code_size = model->encode(Tensor<float>({1, 28, 28, 1})).size(1);
  result.model = model;
  distributed::check_same(communicator, {message("options ", result.options.dump())});
  if (reuse && first) load_earlier(result, *model, folder);
  result.reused = distributed::all_gather(communicator, static_cast<char>(result.reused))[0] != 0;
  if (result.reused) {
    std::cout << result.name << ": trained already, " << result.history.size() << " epochs, in " << folder.string()
              << '\n';
    overall.total -= description.megaflops * static_cast<double>(options.epochs);
  } else {
    result.history = train(*model, mnist, options,
                           Checkpoints(folder, result.options, set_by, options.checkpoint_every, &communicator),
                           overall, communicator);
    result.trained = circumstances(communicator.size());
  }
  if (!first) return result;
  measure(result, mnist.test);
  io::StagedFiles files(folder);
  if (!result.reused) {
    io::save_state_dict(files / "model.safetensors", *model, {{"model", description.name}});
    io::write_file(files / "history.csv", history_table(result.history));
  }
  write_reconstructions(files / "reconstructions.png", result, mnist.test);
  model->write_pictures(result, mnist.test, files.path());
  io::write_file(files / "metrics.json", metrics(result).dump(1) + '\n');
  files.publish({"metrics.json"});
  return result;
}

int run_program(const std::shared_ptr<Model>& model, int argc, char** argv, const std::string& description) {
  CommandLine line(description);
  TrainingOptions options;
  options.out = std::filesystem::path("results") / model->description().folder;
  options.declare(line);
  options.declare_shards(line);
  declare(line, *model);
  return line.run(argc, argv, options.threads, [&](distributed::Communicator& communicator) {
    Overall overall{.total = model->description().megaflops * static_cast<double>(options.epochs),
                    .silent = started_by_launcher()};
    run(model, load(options), options, options.out, overall, communicator);
    std::cout << "Written: history.csv, metrics.json, model.safetensors and pictures in " << options.out.string()
              << '\n';
  });
}

}  // namespace study
