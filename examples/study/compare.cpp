// Trains all five autoencoders and sets them side by side: table, pictures, and a report.

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <latent/data/fashion_mnist.hpp>
#include <latent/distributed/communicator.hpp>
#include <latent/io/staged_files.hpp>

#include "study/models/model.hpp"
#include "study/models/models.hpp"
#include "study/pictures/pictures.hpp"
#include "study/pictures/plot.hpp"
#include "study/report/report.hpp"
#include "study/training/command_line.hpp"
#include "study/training/processes.hpp"
#include "study/training/progress.hpp"
#include "study/training/run.hpp"
#include "study/training/trained_model.hpp"

namespace study {

namespace {

void print_table(const std::vector<TrainedModel>& models) {
  std::printf("\n%-10s %11s %11s %11s %11s %7s %7s %9s\n", "model", "train loss", "test loss", "test MSE", "parameters",
              "code", "zeros", "s/epoch");
  for (const TrainedModel& model : models)
    std::printf("%-10s %11.6f %11.6f %11.6f %11td %7td %5.1f %% %9.2f\n", model.name.c_str(), model.last().train_loss,
                model.last().test_loss, model.last().test_mse, model.parameters, model.code_size,
                100 * model.code.zeros, model.seconds_per_epoch());
  for (const TrainedModel& model : models)
    if (model.kl)
      std::printf("%s: KL %.2f nats, %td of %td units active\n", model.name.c_str(), *model.kl, model.code.active_units,
                  model.code_size);
  std::printf("\n");
}

/// The pictures of all models, metrics.json and report.html. Those of an earlier run stay until all are safe: until
/// then they tell of its models, with the options of each.
void write_comparison(const std::filesystem::path& out, const std::vector<TrainedModel>& models,
                      const data::FashionMnist& mnist, const TrainingOptions& options) {
  io::StagedFiles files(out);
  write_row(files / "reconstructions.png", models, mnist.test);
  write_classes(files / "classes.png", models, mnist.test);
  write_curves(files / "curves.png", models);
  write_codes(files / "codes.png", models, mnist.test);
  std::vector<TrainedModel> activity;  // of codes that are ReLU units, the sparse one beside the one without a price
  for (const TrainedModel& model : models)
    if (model.folder == "fc_autoencoder" || model.folder == "sparse_autoencoder") activity.push_back(model);
  if (!activity.empty()) write_activity(files / "activity.png", activity);

  nlohmann::json all = nlohmann::json::array();
  for (const TrainedModel& model : models) all.push_back(metrics(model));
  const ReportSettings shown{{"epochs", std::to_string(options.epochs)},
                             {"images per step", std::to_string(options.batch)},
                             {"learning rate", short_number(options.lr)},
                             {"seed", std::to_string(options.seed)},
                             {"training images", std::to_string(mnist.train.size())},
                             {"test images", std::to_string(mnist.test.size())}};
  io::write_file(files / "metrics.json", nlohmann::json{{"models", all}}.dump(1) + '\n');
  io::write_file(files / "report.html", report_page(models, shown, files.path(), out));
  files.publish({"activity.png", "metrics.json", "report.html"});  // the first may be of an earlier run only
}

}  // namespace

}  // namespace study

int main(int argc, char** argv) {
  using namespace study;
  CommandLine line(
      "Trains five autoencoders on FashionMNIST and compares them. Models that were trained with the same options "
      "before are taken from --out.");
  TrainingOptions options;
  options.out = "results";
  options.declare(line);
  options.declare_shards(line);
  std::vector<std::string> wanted{"fc", "cnn", "sparse", "rnn", "vae"};
  bool fresh = false;
  line.list("--models", wanted, "which to train, separated by commas: fc, cnn, sparse, rnn, vae, rnn-bottleneck",
            {"fc", "cnn", "sparse", "rnn", "vae", "rnn-bottleneck"});
  line.flag("--fresh", fresh, "train all anew");
  line.excludes("--fresh", "--resume");
  std::vector<std::shared_ptr<Model>> chosen = five_models();
  chosen.push_back(rnn_bottleneck());
  for (const auto& model : chosen) declare(line, *model);
  return line.run(argc, argv, options.threads, [&](distributed::Communicator& communicator) {
    const data::FashionMnist mnist = load(options);
    std::erase_if(
        chosen, [&](const auto& model) { return std::ranges::find(wanted, model->description().id) == wanted.end(); });
    Overall overall{.silent = started_by_launcher()};
    const bool first = communicator.rank() == 0;
    if (first) prepare_folder(options.out);
    for (const auto& model : chosen) {
      if (first) prepare_folder(options.out / model->description().folder);
      overall.total += model->description().megaflops * static_cast<double>(options.epochs);
    }
    std::vector<TrainedModel> models;
    for (const auto& model : chosen)
      models.push_back(
          run(model, mnist, options, options.out / model->description().folder, overall, communicator, !fresh));
    if (!first) return;
    print_table(models);
    for (const TrainedModel& model : models)
      std::printf("%s - Train Loss: %.4f, Test Loss: %.4f\n", model.name.c_str(), model.last().train_loss,
                  model.last().test_loss);
    write_comparison(options.out, models, mnist, options);
    std::cout << "Report: " << (options.out / "report.html").string()
              << "\nPictures: " << (options.out / "reconstructions.png").string()
              << ", classes.png, curves.png, codes.png and those of each model\n";
  });
}
