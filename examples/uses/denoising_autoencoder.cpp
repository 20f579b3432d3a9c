// Learns to remove noise from images: it is shown noisy ones, and its error is that to the clean ones.

#include <cstdio>
#include <iostream>
#include <latent/io/images.hpp>
#include <latent/io/png.hpp>
#include <latent/io/staged_files.hpp>
#include <nlohmann/json.hpp>

#include "study/training/command_line.hpp"
#include "uses/cleaning.hpp"
#include "uses/image_pictures.hpp"

namespace uses {

namespace {

/// Some test images, and below them for each noise: with it, after the plain filter, and after the network; with the
/// mean PSNR of all test images.
void write_picture(const std::filesystem::path& path, const data::ImageDataset& test,
                   const std::vector<Denoiser>& denoisers, std::uint64_t seed) {
  const Index h = test.images.size(1), w = test.images.size(2), c = test.channels(), side = std::max(h, w);
  const Index scale = side <= 120 ? std::clamp<Index>(84 / side, 2, 8) : 1;
  std::vector<Index> indices = images_to_show(test);
  indices.resize(std::min(indices.size(), static_cast<std::size_t>(std::max<Index>(2400 / (w * scale), 1))));
  const auto batch = test.gather(indices);
  io::GridOptions options{.scale = scale};
  const auto labels = batch.labels.elements();
  if (std::ranges::count(labels, labels[0]) < std::ssize(labels))  // the same name above all would say nothing
    for (const std::uint8_t label : labels) options.column_captions.push_back(test.class_names[label]);
  std::vector<std::vector<Tensor<float>>> rows;
  const auto add_row = [&](const std::string& name, const Tensor<float>& images, double psnr) {
    char quality[32] = "";
    if (psnr > 0) std::snprintf(quality, sizeof quality, "  %.1f dB", psnr);
    options.row_captions.push_back(name + quality);
    auto& row = rows.emplace_back();
    for (Index i = 0; i < images.size(0); ++i) row.push_back(images.rows(i, i + 1).reshape({h, w, c}));
  };
  add_row("original", batch.images, 0);
  for (const Denoiser& denoiser : denoisers) {
    auto noisy = Tensor<float>::uninitialized(batch.images.shape());
    for (std::size_t i = 0; i < indices.size(); ++i) {  // each with the noise that it had in the test
      const auto row = static_cast<Index>(i);
      const Tensor<float> one = add_noise(batch.images.rows(row, row + 1), denoiser.noise, seed,
                                          test_noise_stream + static_cast<std::uint64_t>(indices[i]));
      std::ranges::copy(one.elements(), noisy.data() + row * h * w * c);
    }
    add_row(denoiser.noise.name, noisy, denoiser.before);
    add_row(denoiser.filter_name(), denoiser.filter(noisy), denoiser.filtered);
    add_row("network", denoiser.network(noisy), denoiser.after());
  }
  io::write_png(path, io::image_grid(rows, options));
}

void write_results(const ImageSets& sets, const std::vector<Denoiser>& denoisers, const ImageOptions& options,
                   const nlohmann::ordered_json& settings) {
  nlohmann::ordered_json metrics{{"settings", settings},
                                 {"images",
                                  {{"train", sets.train.size()},
                                   {"test", sets.test.size()},
                                   {"height", sets.test.images.size(1)},
                                   {"width", sets.test.images.size(2)}}},
                                 {"noises", nlohmann::ordered_json::array()}};
  io::StagedFiles files(options.out);
  for (const Denoiser& d : denoisers) {
    nlohmann::ordered_json history = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < d.losses.size(); ++i)
      history.push_back({{"epoch", i + 1}, {"train_loss", d.losses[i]}, {"test_psnr", d.psnrs[i]}});
    save_denoiser(files / ("model_" + d.noise.name + ".safetensors"), d.model, d.noise);
    metrics["noises"].push_back({{"noise", d.noise.name},
                                 {"strength", d.noise.strength},
                                 {"psnr_before", d.before},
                                 {"filter", d.filter_name()},
                                 {"psnr_filter", d.filtered},
                                 {"psnr_after", d.after()},
                                 {"history", history}});
  }
  write_picture(files / "denoised.png", sets.test, denoisers, options.seed);
  io::write_file(files / "metrics.json", json_text(metrics));
  files.publish({"metrics.json"});
}

}  // namespace

}  // namespace uses

int main(int argc, char** argv) {
  using namespace uses;
  CommandLine line(
      "Removes noise from images with a convolutional network.\n"
      "Quality is the peak signal-to-noise ratio: the mean over the test images of 10 log10(1 / mean squared "
      "error of the image), in dB; pixels lie from 0 to 1, and an image without error counts as 100 dB.\n"
      "What was learned is written into model_gaussian.safetensors and model_salt-and-pepper.safetensors. --model FILE "
      "--images FOLDER --out OTHER cleans all PNG files of a folder by such a file, of any size, in grey and in "
      "colour; "
      "the names stay.");
  ImageOptions options;
  options.epochs = 5;
  options.out = "results/denoising_autoencoder";
  options.declare(line);
  std::string kind = "both", network = "auto";
  double sigma = 0.2, amount = 0.1;
  line.choice("--noise", kind, "gaussian, salt-and-pepper, or both in turn, each with a network of its own",
              {"gaussian", "salt-and-pepper", "both"});
  line.number("--sigma", sigma,
              "standard deviation of Gaussian noise; pixels lie from 0 to 1, noisy ones are cut to that", {0.001, 10});
  line.number("--amount", amount, "share of the pixels that salt-and-pepper noise makes black or white", {0.001, 1});
  line.choice("--network", network,
              "residual: says what noise is and takes it away, so that what it has not learned stays; autoencoder: "
              "makes images anew from a code, out of what it has learned; auto: residual for --images, autoencoder "
              "for Fashion-MNIST",
              {"auto", "residual", "autoencoder"});
  std::string model;
  line.text("--model", model, "learn nothing, but clean the pictures of --images by this model that was learned");
  for (const char* learning :
       {"--noise", "--sigma", "--amount", "--network", "--data", "--test-images", "--epochs", "--batch", "--lr",
        "--seed", "--limit", "--detect-anomaly", "--checkpoint-every", "--resume"})
    line.excludes("--model", learning);
  return line.run(argc, argv, options.threads, [&] {
    if (!model.empty()) return clean(model, options);
    const ImageSets sets = options.load();
    prepare_folder(options.out);
    std::vector<Noise> noises;
    if (kind != "salt-and-pepper") noises.push_back({"gaussian", sigma});
    if (kind != "gaussian") noises.push_back({"salt-and-pepper", amount});
    if (network == "auto") network = options.images.empty() ? "autoencoder" : "residual";
    const Patches patches = network == "residual" ? patches_of(sets.train) : Patches{};
    std::vector<Denoiser> denoisers;
    for (const Noise& noise : noises) {
      Rng rng(options.seed, weights_stream);
      denoisers.push_back({.noise = noise,
                           .model = DenoisingNetwork(network, sets.train.channels(), rng),
                           .patches = patches,
                           .work = static_cast<double>(sets.train.size() * patches.of_each * options.epochs)});
    }
    nlohmann::ordered_json settings = options.settings();
    settings.update({{"noise", kind}, {"network", network}, {"sigma", sigma}, {"amount", amount}});
    learn_in_turn(
        denoisers, [&](Denoiser& denoiser) { return std::make_unique<DenoiserLearning>(denoiser, sets, options); },
        options.checkpoints(settings, sets), options.resume);
    write_results(sets, denoisers, options, settings);
    std::puts("\nPSNR in dB        noisy      plain filter  network");
    for (const Denoiser& d : denoisers)
      std::printf("%-15s  %6.2f  %10s %5.2f   %6.2f\n", d.noise.name.c_str(), d.before, d.filter_name(), d.filtered,
                  d.after());
    std::cout << "Written: denoised.png, metrics.json and the networks' weights in " << options.out.string() << '\n';
  });
}
