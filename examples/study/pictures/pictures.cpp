#include "study/pictures/pictures.hpp"

#include <algorithm>
#include <latent/core/random.hpp>
#include <latent/data/dataset.hpp>
#include <latent/io/images.hpp>
#include <latent/io/png.hpp>
#include <limits>
#include <numeric>

#include "study/pictures/plot.hpp"
#include "study/pictures/principal_components.hpp"
#include "study/report/html.hpp"
#include "study/training/trained_model.hpp"

namespace study {

namespace {

using Images = std::vector<Tensor<float>>;

/// The images of a tensor [N, H, W, 1], one by one.
Images split(const Tensor<float>& images) {
  Images result;
  for (Index i = 0; i < images.size(0); ++i)
    result.push_back(images.rows(i, i + 1).reshape({images.size(1), images.size(2)}));
  return result;
}

Color shade(float value) { return {value, value, value}; }

Images all_colored(const Images& images, Color (*color)(float)) {
  Images result;
  for (const Tensor<float>& image : images) result.push_back(colored(image, color));
  return result;
}

/// scale a + shift b
Tensor<float> combine(float scale, const Tensor<float>& a, float shift, const Tensor<float>& b) {
  auto result = Tensor<float>::uninitialized(a.shape());
  std::ranges::transform(a.elements(), b.elements(), result.data(),
                         [&](float left, float right) { return scale * left + shift * right; });
  return result;
}

/// The `part`-th quantile of values of which at least one is given.
double quantile(std::vector<double> values, double part) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, place);
  return *place;
}

/// Shares of the values in bins of [0, 1].
std::vector<double> histogram(const std::vector<double>& values, std::size_t bins) {
  std::vector<double> result(bins);
  for (const double value : values)
    result[std::min(static_cast<std::size_t>(value * static_cast<double>(bins)), bins - 1)] +=
        1.0 / static_cast<double>(values.size());
  return result;
}

}  // namespace

std::vector<Index> one_of_each_class(const data::ImageDataset& images) {
  std::vector<Index> result;
  const auto labels = images.labels.elements();
  for (std::size_t label = 0; label < images.class_names.size(); ++label)
    if (const auto found = std::ranges::find(labels, label); found != labels.end())
      result.push_back(found - labels.begin());
  return result;
}

void write_reconstructions(const std::filesystem::path& path, const TrainedModel& model,
                           const data::ImageDataset& test) {
  const auto batch = test.gather(one_of_each_class(test));
  io::GridOptions options{.row_captions = {"Original", model.name}};
  for (const std::uint8_t label : batch.labels.elements()) options.column_captions.push_back(test.class_names[label]);
  io::write_png(path, io::image_grid({split(batch.images), split(model.reconstruct(batch.images))}, options));
}

void write_units(const std::filesystem::path& path, const TrainedModel& model, const data::ImageDataset& test) {
  const Tensor<float> codes = codes_of(model, test, test.size());
  const Index units = model.code_size, columns = 8;
  Tensor<float> single({units + 1, units});  // the last row is the empty code
  for (Index unit = 0; unit < units; ++unit) {
    std::vector<double> values;
    for (Index i = 0; i < codes.size(0); ++i)
      if (codes(i, unit) != 0) values.push_back(codes(i, unit));
    if (!values.empty()) single(unit, unit) = static_cast<float>(quantile(values, 0.95));
  }
  Images images = split(model.decode(single));
  const Tensor<float> empty = images.back();
  images.pop_back();
  std::vector<Images> rows;
  io::GridOptions options{.scale = 3};
  for (Index unit = 0; unit < units; ++unit) {
    if (unit % columns == 0) {
      rows.emplace_back();
      options.row_captions.push_back("units " + std::to_string(unit) + " to " +
                                     std::to_string(std::min(unit + columns, units) - 1));
    }
    const Tensor<float>& image = images[static_cast<std::size_t>(unit)];
    const bool fires = std::as_const(single)(unit, unit) != 0;
    rows.back().push_back(fires ? colored(combine(2, image, -2, empty), diverging)
                                : Tensor<float>::full({image.size(0), image.size(1), 3}, 0.8f));
  }
  io::write_png(path, io::image_grid(rows, options));
}

void write_samples(const std::filesystem::path& path, const TrainedModel& model) {
  const Images images = split(model.decode(Rng(1).normal<float>({100, model.code_size})));
  std::vector<Images> rows;
  for (std::size_t i = 0; i < images.size(); i += 10)
    rows.emplace_back(images.begin() + static_cast<Index>(i), images.begin() + static_cast<Index>(i) + 10);
  io::write_png(path, io::image_grid(rows, {.scale = 3}));
}

void write_interpolations(const std::filesystem::path& path, const TrainedModel& model,
                          const data::ImageDataset& test) {
  constexpr Index steps = 9;
  const auto batch = test.gather(one_of_each_class(test));
  const Images originals = split(batch.images);
  const Tensor<float> codes = model.encode(batch.images);
  const Index count = batch.size();
  std::vector<Images> rows;
  io::GridOptions options{.column_captions = {"From"}, .scale = 3};
  for (Index i = 0; i < count; ++i) {
    const Index j = (i + 3) % count;  // neighbours among the classes are often alike
    Tensor<float> way({steps, model.code_size});
    for (Index step = 0; step < steps; ++step) {
      const float part = static_cast<float>(step) / static_cast<float>(steps - 1);
      const Tensor<float> code = combine(1 - part, codes.rows(i, i + 1), part, codes.rows(j, j + 1));
      std::ranges::copy(code.elements(), way.data() + step * model.code_size);
    }
    Images& row = rows.emplace_back(split(model.decode(way)));
    row.insert(row.begin(), originals[static_cast<std::size_t>(i)]);
    row.push_back(originals[static_cast<std::size_t>(j)]);
  }
  for (Index step = 0; step < steps; ++step)
    options.column_captions.push_back(std::to_string(100 * step / (steps - 1)) + " %");
  options.column_captions.push_back("To");
  io::write_png(path, io::image_grid(rows, options));
}

void write_traversal(const std::filesystem::path& path, const TrainedModel& model) {
  constexpr Index steps = 9;
  std::vector<std::size_t> order(model.code.variance.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t unit) { return std::pair(-model.code.variance[unit], unit); });
  order.resize(std::min<std::size_t>(order.size(), 8));
  std::vector<Images> rows;
  io::GridOptions options{.scale = 3};
  for (Index step = 0; step < steps; ++step) {
    char text[16];
    std::snprintf(text, sizeof text, "%+.2f", -3 + 6.0 * static_cast<double>(step) / (steps - 1));
    options.column_captions.emplace_back(text);
  }
  for (const std::size_t unit : order) {
    Tensor<float> codes({steps, model.code_size});
    for (Index step = 0; step < steps; ++step)
      codes(step, static_cast<Index>(unit)) = -3 + 6 * static_cast<float>(step) / (steps - 1);
    rows.push_back(split(model.decode(codes)));
    char text[48];
    std::snprintf(text, sizeof text, "z%zu  var %.2f", unit, model.code.variance[unit]);
    options.row_captions.emplace_back(text);
  }
  io::write_png(path, io::image_grid(rows, options));
}

void write_filters(const std::filesystem::path& path, const Tensor<float>& filters) {
  const auto [out, in, h, w] = filters.sizes<4>("write_filters: filters [Out, In, KH, KW]");
  constexpr Index weight = 8;  // pixels
  float most = std::numeric_limits<float>::min();
  for (const float value : filters.elements()) most = std::max(most, std::abs(value));
  std::vector<Images> rows;
  for (Index i = 0; i < out; ++i) {
    if (i % 8 == 0) rows.emplace_back();
    const Tensor<float> filter = filters.rows(i, i + 1).reshape({in * h, w});
    Canvas canvas(in * h * weight + 2, w * weight + 2, grey);  // a frame, since small weights are as white as paper
    canvas.image({1, 1}, colored(combine(1 / most, filter, 0, filter), diverging), weight);
    rows.back().push_back(canvas.picture());
  }
  io::write_png(path, io::image_grid(rows, {.scale = 3}));
}

void write_feature_maps(const std::filesystem::path& path, const Tensor<float>& image,
                        const std::vector<std::pair<std::string, Tensor<float>>>& layers) {
  constexpr Index columns = 16, size = 56, gap = 8, heading = 34;
  const Index left = 2 * size + 4 * gap;
  Index height = gap;
  for (const auto& [name, values] : layers)
    height += heading + (values.size(3) + columns - 1) / columns * (size + gap) + gap;
  Canvas canvas(height, left + columns * (size + gap) + gap);
  canvas.text({2.0 * gap, gap + 8.0}, "Image");
  canvas.image({2.0 * gap, static_cast<double>(gap + heading)}, image, 2 * size / image.size(0));
  Index top = gap;
  for (const auto& [name, values] : layers) {
    const auto [n, h, w, channels] = values.sizes<4>("write_feature_maps: layer [1, H, W, C]");
    canvas.text({static_cast<double>(left), top + 8.0}, name);
    top += heading;
    for (Index c = 0; c < channels; ++c) {
      Tensor<float> map({h, w});
      float most = 0;
      for (Index i = 0; i < h * w; ++i) most = std::max(most, map.data()[i] = values.data()[i * channels + c]);
      if (most > 0) map = combine(1 / most, map, 0, map);
      canvas.image({static_cast<double>(left + c % columns * (size + gap)),
                    static_cast<double>(top + c / columns * (size + gap))},
                   map, size / h);
    }
    top += (channels + columns - 1) / columns * (size + gap) + gap;
  }
  io::write_png(path, canvas.picture());
}

void write_row(const std::filesystem::path& path, const std::vector<TrainedModel>& models,
               const data::ImageDataset& test) {
  const std::vector<Index> first{0};
  const Tensor<float> original = test.gather(first).images;
  io::GridOptions options{.column_captions = {"Original"}, .scale = 6};
  Images row = split(original);
  for (const TrainedModel& model : models) {
    options.column_captions.push_back(model.name);
    row.push_back(split(model.reconstruct(original))[0]);
  }
  io::write_png(path, io::image_grid({row}, options));
}

void write_classes(const std::filesystem::path& path, const std::vector<TrainedModel>& models,
                   const data::ImageDataset& test) {
  const auto batch = test.gather(one_of_each_class(test));
  io::GridOptions options{.row_captions = {"Original"}, .scale = 3};
  for (const std::uint8_t label : batch.labels.elements()) options.column_captions.push_back(test.class_names[label]);
  std::vector<Images> rows{all_colored(split(batch.images), shade)};
  for (const TrainedModel& model : models) {
    const Tensor<float> result = model.reconstruct(batch.images);
    Tensor<float> error = combine(1, result, -1, batch.images);
    for (float& value : error.elements()) value = 2 * std::abs(value);
    options.row_captions.insert(options.row_captions.end(), {model.name, "error x 2"});
    rows.push_back(all_colored(split(result), shade));
    rows.push_back(all_colored(split(error), heat));
  }
  io::write_png(path, io::image_grid(rows, options));
}

void write_curves(const std::filesystem::path& path, const std::vector<TrainedModel>& models) {
  std::vector<double> losses;
  std::size_t epochs = 1;
  for (const TrainedModel& model : models) {
    epochs = std::max(epochs, model.history.size());
    for (const EpochResult& epoch : model.history) losses.insert(losses.end(), {epoch.train_loss, epoch.test_loss});
  }
  Canvas canvas(760, 1200);
  Plot plot(canvas, {16, 12}, {1000, 748}, "Loss over the epochs",
            {"epoch", 1, std::max(static_cast<double>(epochs), 2.0)}, axis_around("loss", losses, true));
  std::vector<LegendEntry> entries;
  for (std::size_t i = 0; i < models.size(); ++i) {
    std::vector<Point> train, test;
    for (std::size_t epoch = 0; epoch < models[i].history.size(); ++epoch) {
      train.push_back({static_cast<double>(epoch + 1), models[i].history[epoch].train_loss});
      test.push_back({static_cast<double>(epoch + 1), models[i].history[epoch].test_loss});
    }
    plot.lines(train, distinct_color(i), true);
    plot.lines(test, distinct_color(i));
    entries.push_back({models[i].name, distinct_color(i)});
  }
  entries.push_back({"test", ink});
  entries.push_back({"training", ink, true});
  draw_legend(canvas, {1010, 46}, entries);
  io::write_png(path, canvas.picture());
}

void write_codes(const std::filesystem::path& path, const std::vector<TrainedModel>& models,
                 const data::ImageDataset& test) {
  constexpr Index shown = 3000;
  constexpr double width = 520, height = 480, line = 28;
  const std::size_t columns = std::min<std::size_t>(models.size(), 3), rows = (models.size() + columns - 1) / columns;
  const std::size_t names = 2 * columns;  // on each line of the legend, which stands below the diagrams
  const auto place = [](std::size_t number, double size) { return size * static_cast<double>(number) + 10; };
  Canvas canvas(static_cast<Index>(place(rows, height) + place((test.class_names.size() + names - 1) / names, line)),
                static_cast<Index>(place(columns, width)) + 10);
  for (std::size_t i = 0; i < models.size(); ++i) {
    const PrincipalComponents components = principal_components(codes_of(models[i], test, shown));
    const Tensor<float>& points = components.points;
    std::array<std::vector<double>, 2> along;
    for (Index row = 0; row < points.size(0); ++row)
      for (std::size_t axis = 0; axis < 2; ++axis) along[axis].push_back(points(row, static_cast<Index>(axis)));
    const auto axis = [&](std::size_t number) {
      return axis_around(
          "component " + std::to_string(number + 1) + " (" + html::percent(components.share[number]) + ")",
          along[number]);
    };
    const Point from{place(i % columns, width), place(i / columns, height)};
    Plot plot(canvas, from, {from.x + width - 10, from.y + height - 10},
              models[i].name + ", " + std::to_string(models[i].code_size) + " numbers", axis(0), axis(1));
    for (std::size_t row = 0; row < along[0].size(); ++row)
      plot.points({{along[0][row], along[1][row]}}, distinct_color(test.labels.elements()[row]), 2.2, 0.65);
  }
  for (std::size_t label = 0; label < test.class_names.size(); ++label)
    draw_legend(canvas,
                {place(label % names, width / 2), place(rows, height) + line * static_cast<double>(label / names) - 10},
                {{test.class_names[label], distinct_color(label)}});
  io::write_png(path, canvas.picture());
}

void write_activity(const std::filesystem::path& path, const std::vector<TrainedModel>& models) {
  constexpr std::size_t bins = 32;
  constexpr double width = 640, height = 420;
  Canvas canvas(static_cast<Index>(height) * static_cast<Index>(models.size()) + 20,
                static_cast<Index>(width) * 2 + 20);
  const auto draw = [&](const std::vector<double>& values, Point from, const std::string& title, const std::string& x,
                        const std::string& y, Color color) {
    const std::vector<double> shares = histogram(values, bins);
    Plot plot(canvas, from, {from.x + width - 10, from.y + height - 10}, title, {x, 0, 1},
              {y, 0, 1.1 * *std::ranges::max_element(shares)});
    plot.bars(shares, color);
  };
  for (std::size_t i = 0; i < models.size(); ++i) {
    const TrainedModel& model = models[i];
    const double top = height * static_cast<double>(i) + 10;
    draw(model.code.firing, {10, top},
         model.name + ": " + std::to_string(model.code.never_fire) + " of " + std::to_string(model.code_size) +
             " units never fire",
         "share of images for which a unit fires", "share of units", distinct_color(i));
    draw(model.code.fired, {width + 10, top},
         model.name + ": " + html::percent(model.code.zeros) + " of the code is zero",
         "share of units that fire for an image", "share of images", distinct_color(i));
  }
  io::write_png(path, canvas.picture());
}

}  // namespace study
