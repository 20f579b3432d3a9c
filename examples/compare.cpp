// Trains all five autoencoders and sets them side by side: table, pictures, and a report.

#include "cnn_autoencoder.hpp"
#include "fc_autoencoder.hpp"
#include "rnn_autoencoder.hpp"
#include "sparse_autoencoder.hpp"
#include "study/plot.hpp"
#include "study/report.hpp"
#include "variational_autoencoder.hpp"

namespace examples {

/// The recurrent autoencoder with its bottleneck, beside the one without.
struct RnnBottleneck : RnnAutoencoder {
  static constexpr const char* name = "RNN-128";
  static constexpr const char* folder = "rnn_bottleneck";
  static constexpr const char* id = "rnn-bottleneck";

  RnnBottleneck() : RnnAutoencoder{.bottleneck = true} {}
  void declare(CLI::App&) {}
};

using Experiments =
    std::tuple<FcAutoencoder, CnnAutoencoder, SparseAutoencoder, RnnAutoencoder, VariationalAutoencoder, RnnBottleneck>;

/// Calls f(experiment) for those that are wanted, in the study's order.
template <class F>
void for_each_wanted(const Experiments& experiments, const std::vector<std::string>& wanted, F f) {
  const auto one = [&](const auto& experiment) {
    if (std::ranges::find(wanted, experiment.id) != wanted.end()) f(experiment);
  };
  std::apply([&](const auto&... experiment) { (one(experiment), ...); }, experiments);
}

void print_table(const std::vector<TrainedModel>& models) {
  std::printf("\n%-10s %11s %11s %11s %11s %7s %7s %9s\n", "model", "train loss", "test loss", "test MSE", "parameters",
              "code", "zeros", "s/epoch");
  for (const TrainedModel& model : models)
    std::printf("%-10s %11.6f %11.6f %11.6f %11td %7td %5.1f %% %9.2f\n", model.name.c_str(), model.last().train_loss,
                model.last().test_loss, model.last().test_mse, model.parameters, model.code_size,
                100 * model.code.zeros, model.seconds_per_epoch());
  for (const TrainedModel& model : models)
    if (model.divergence)
      std::printf("%s: KL %.2f nats, %td of %td units active\n", model.name.c_str(), model.kl, model.code.active_units,
                  model.code_size);
  std::printf("\n");
}

/// The pictures of all models, metrics.json and report.html.
void write_comparison(const std::filesystem::path& out, const std::vector<TrainedModel>& models,
                      const data::FashionMnist& mnist, const Settings& settings) {
  write_row(out / "reconstructions.png", models, mnist.test);
  write_classes(out / "classes.png", models, mnist.test);
  write_curves(out / "curves.png", models);
  write_codes(out / "codes.png", models, mnist.test);
  std::vector<TrainedModel> activity;  // of codes that are ReLU units, the sparse one beside the one without a price
  for (const TrainedModel& model : models)
    if (model.folder == FcAutoencoder::folder || model.folder == SparseAutoencoder::folder) activity.push_back(model);
  std::filesystem::remove(out / "activity.png");  // of an earlier run with other models
  if (!activity.empty()) write_activity(out / "activity.png", activity);

  nlohmann::json all = nlohmann::json::array();
  for (const TrainedModel& model : models) all.push_back(metrics(model));
  const ReportSettings shown{{"epochs", std::to_string(settings.epochs)},
                             {"images per step", std::to_string(settings.batch)},
                             {"learning rate", short_number(settings.lr)},
                             {"seed", std::to_string(settings.seed)},
                             {"training images", std::to_string(mnist.train.size())},
                             {"test images", std::to_string(mnist.test.size())}};
  io::write_file(out / "metrics.json", nlohmann::json{{"models", all}}.dump(1) + '\n');
  io::write_file(out / "report.html", report_page(models, shown, out));
}

}  // namespace examples

int main(int argc, char** argv) {
  using namespace examples;
  CLI::App app(
      "Trains five autoencoders on FashionMNIST and compares them. Models that were trained with the same options "
      "before are taken from --out.");
  Settings settings;
  settings.out = "results";
  settings.declare(app);
  std::vector<std::string> wanted{"fc", "cnn", "sparse", "rnn", "vae"};
  bool fresh = false;
  app.add_option("--models", wanted, "which to train, separated by commas: fc, cnn, sparse, rnn, vae, rnn-bottleneck")
      ->delimiter(',')
      ->check(CLI::IsMember({"fc", "cnn", "sparse", "rnn", "vae", "rnn-bottleneck"}));
  app.add_flag("--fresh", fresh, "train all anew");
  Experiments experiments;
  std::apply([&](auto&... experiment) { (experiment.declare(app), ...); }, experiments);
  return guarded_main(app, argc, argv, settings.threads, [&] {
    const data::FashionMnist mnist = settings.load();
    Overall overall;
    prepare_folder(settings.out);
    for_each_wanted(experiments, wanted, [&](const auto& experiment) {
      prepare_folder(settings.out / experiment.folder);
      overall.total += experiment.megaflops * static_cast<double>(settings.epochs);
    });
    std::vector<TrainedModel> models;
    for_each_wanted(experiments, wanted, [&](const auto& experiment) {
      models.push_back(run_experiment(experiment, mnist, settings, settings.out / experiment.folder, overall, !fresh));
      if (!models.back().reused)  // what an earlier run wrote about all models describes others now
        for (const char* file : {"metrics.json", "report.html"}) std::filesystem::remove(settings.out / file);
    });
    print_table(models);
    for (const TrainedModel& model : models)
      std::printf("%s - Train Loss: %.4f, Test Loss: %.4f\n", model.name.c_str(), model.last().train_loss,
                  model.last().test_loss);
    write_comparison(settings.out, models, mnist, settings);
    std::cout << "Report: " << (settings.out / "report.html").string()
              << "\nPictures: " << (settings.out / "reconstructions.png").string()
              << ", classes.png, curves.png, codes.png and those of each model\n";
  });
}
