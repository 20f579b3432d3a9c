#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "study/pictures/plot.hpp"
#include "study/report/html.hpp"
#include "study/report/parts.hpp"

namespace study::report {

namespace {

// The drawing stretches with the page, its text does not: places are per cent of the frame, and the lines are in a
// drawing of their own, 1000 x 1000 units that are stretched over it.
struct Frame {
  Axis x, y;

  double across(double epoch) const { return (epoch - x.low) / (x.high - x.low); }
  double down(double loss) const { return std::log(y.high / loss) / std::log(y.high / y.low); }
};

using Loss = double EpochResult::*;

bool can_be_drawn(double loss) { return std::isfinite(loss) && loss > 0; }

Frame frame_around(const std::vector<TrainedModel>& models) {
  std::vector<double> losses;
  std::size_t epochs = 1;
  for (const TrainedModel& model : models) {
    epochs = std::max(epochs, model.history.size());
    for (const EpochResult& epoch : model.history) losses.insert(losses.end(), {epoch.train_loss, epoch.test_loss});
  }
  Frame frame{{"epoch", 1, static_cast<double>(epochs)}, axis_around("loss", losses, true)};
  if (epochs == 1) frame.x = {"epoch", 0, 2};
  const double least = 6;  // between the ends of the axis, so that a number or two lies within
  if (const double missing = least * frame.y.low / frame.y.high; missing > 1) {
    frame.y.low /= std::sqrt(missing);
    frame.y.high *= std::sqrt(missing);
  }
  return frame;
}

std::string axes(const Frame& frame) {
  std::ostringstream svg;
  svg << std::setprecision(5);
  for (const double value : ticks(frame.y)) {
    const double place = 100 * frame.down(value);
    svg << "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"" << place << "%\" y2=\"" << place
        << "%\"/><text x=\"-8\" y=\"" << place << "%\" dy=\".35em\" text-anchor=\"end\">" << short_number(value)
        << "</text>\n";
  }
  for (const double value : ticks(frame.x)) {
    if (value != std::floor(value) || (frame.x.low == 0 && value != 1)) continue;  // epochs are whole numbers
    const double place = 100 * frame.across(value);
    svg << "<line class=\"grid\" x1=\"" << place << "%\" x2=\"" << place << "%\" y1=\"0\" y2=\"100%\"/><text x=\""
        << place << "%\" y=\"100%\" dy=\"1.5em\" text-anchor=\"middle\">" << short_number(value) << "</text>\n";
  }
  svg << "<line class=\"axis\" x1=\"0\" x2=\"0\" y1=\"0\" y2=\"100%\"/>"
         "<line class=\"axis\" x1=\"0\" x2=\"100%\" y1=\"100%\" y2=\"100%\"/>\n"
         "<text x=\"0\" y=\"-12\">loss, on a logarithmic scale</text>"
         "<text x=\"50%\" y=\"100%\" dy=\"3.1em\" text-anchor=\"middle\">epoch</text>\n";
  return svg.str();
}

/// One curve: lines between neighbouring epochs that can be drawn, and dots for those without neighbours.
void draw(const Frame& frame, const std::vector<EpochResult>& history, Loss loss, const std::string& color,
          std::ostream& lines, std::ostream& dots) {
  const bool test = loss == &EpochResult::test_loss;
  const std::string look = std::string(test ? "class=\"test\"" : "class=\"training\"") + " stroke=\"" + color + '"';
  std::vector<std::pair<double, double>> run;
  for (std::size_t i = 0; i <= history.size(); ++i) {
    if (i < history.size() && can_be_drawn(history[i].*loss)) {
      run.emplace_back(frame.across(static_cast<double>(i + 1)), frame.down(history[i].*loss));
      continue;
    }
    if (run.size() == 1)
      dots << "<circle " << look << " fill=\"" << (test ? color : "none") << "\" cx=\"" << 100 * run[0].first
           << "%\" cy=\"" << 100 * run[0].second << "%\" r=\"5\"/>\n";
    if (run.size() > 1) {
      lines << "<polyline " << look << " fill=\"none\" points=\"";
      for (const auto& [x, y] : run) lines << 1000 * x << ',' << 1000 * y << ' ';
      lines << "\"/>\n";
    }
    run.clear();
  }
}

std::string legend(const std::vector<TrainedModel>& models) {
  const auto entry = [](const std::string& name, const std::string& look, const std::string& color) {
    return "<li><svg class=\"key\" width=\"30\" height=\"10\" aria-hidden=\"true\"><line " + look + " stroke=\"" +
           color + "\" x1=\"0\" x2=\"30\" y1=\"5\" y2=\"5\"/></svg>" + name + "</li>";
  };
  std::ostringstream list;
  list << "<ul class=\"legend\">";
  for (std::size_t i = 0; i < models.size(); ++i)
    list << entry(html::escape(models[i].name), "class=\"test\"", css(distinct_color(i)));
  list << entry("test loss", "class=\"test\"", "currentColor")
       << entry("training loss", "class=\"training\"", "currentColor") << "</ul>\n";
  return list.str();
}

/// Losses of all epochs, from which the script takes what it shows.
std::string losses_table(const std::vector<TrainedModel>& models) {
  const int digits = loss_digits(models);
  std::size_t epochs = 0;
  std::ostringstream table;
  table << "<details class=\"print-not\"><summary>All losses, epoch by epoch</summary>\n"
           "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Losses of all epochs\">\n"
           "<table id=\"losses\">\n<thead><tr><th scope=\"col\" rowspan=\"2\">Epoch</th>";
  for (std::size_t i = 0; i < models.size(); ++i) {
    epochs = std::max(epochs, models[i].history.size());
    table << "<th scope=\"colgroup\" colspan=\"2\" data-color=\"" << css(distinct_color(i)) << "\">"
          << html::escape(models[i].name) << "</th>";
  }
  table << "</tr>\n<tr>";
  for (std::size_t i = 0; i < models.size(); ++i) table << "<th scope=\"col\">training</th><th scope=\"col\">test</th>";
  table << "</tr></thead>\n<tbody>\n";
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    table << "<tr><th scope=\"row\">" << epoch + 1 << "</th>";
    for (const TrainedModel& model : models)
      for (const Loss loss : {&EpochResult::train_loss, &EpochResult::test_loss})
        table << "<td>" << (epoch < model.history.size() ? html::decimals(model.history[epoch].*loss, digits) : "–")
              << "</td>";
    table << "</tr>\n";
  }
  table << "</tbody></table></div></details>\n";
  return table.str();
}

}  // namespace

std::string curves(const std::vector<TrainedModel>& models) {
  const Frame frame = frame_around(models);
  std::ostringstream lines, dots;
  lines << std::setprecision(6);
  dots << std::setprecision(6);
  std::string names;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const std::string color = css(distinct_color(i));
    for (const Loss loss : {&EpochResult::train_loss, &EpochResult::test_loss})
      draw(frame, models[i].history, loss, color, lines, dots);
    names += (i == 0 ? "" : ", ") + html::escape(models[i].name);
  }
  std::ostringstream figure;
  figure << "<figure class=\"chart\">\n"
         << legend(models) << "<div class=\"plot\" data-first=\"" << frame.x.low << "\" data-last=\"" << frame.x.high
         << "\">\n<svg role=\"img\" aria-label=\"Training and test loss over the epochs of " << names
         << "; the numbers are in the table below.\">\n"
         << axes(frame)
         << "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" width=\"100%\" height=\"100%\">\n"
         << lines.str() << "</svg>\n"
         << dots.str()
         << "<line class=\"rule\" y1=\"0\" y2=\"100%\" visibility=\"hidden\"/>\n</svg>\n"
            "<div class=\"tooltip\" hidden></div>\n</div>\n"
            "<figcaption>Solid lines and full dots: loss of the test images after each epoch. Dashed lines and rings: "
            "mean loss of the training images during it. <span class=\"script-only\">Point at the curves, or touch "
            "them, for the numbers of an epoch.</span></figcaption>\n</figure>\n"
         << losses_table(models);
  return figure.str();
}

}  // namespace study::report
