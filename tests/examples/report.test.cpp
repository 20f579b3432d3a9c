// g++ 12 takes parts of <regex> for uninitialized when sanitizers are on.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <doctest/doctest.h>

#include <algorithm>
#include <latent/io/png.hpp>
#include <limits>
#include <regex>
#include <set>

#include "../temporary.hpp"
#include "study/report/html.hpp"
#include "study/report/report.hpp"

// The page on trained models, without training any.

namespace {

using namespace study;

TrainedModel made_up(const std::string& name, const std::string& folder, std::vector<EpochResult> history) {
  TrainedModel model;
  model.name = name;
  model.folder = folder;
  model.history = std::move(history);
  model.parameters = 1234567;
  model.code_size = 64;
  model.code.zeros = 0.4321;
  model.code.never_fire = 7;
  return model;
}

std::vector<EpochResult> three_epochs(double scale) {
  return {{0.3 * scale, 0.2 * scale, 0.19 * scale, 1},
          {0.1 * scale, 0.09 * scale, 0.08 * scale, 2},
          {0.0123456789 * scale, 0.0111111111 * scale, 0.0101234567 * scale, 3}};
}

std::string page_of(const std::vector<TrainedModel>& models, const std::filesystem::path& folder,
                    const ReportSettings& settings = {}) {
  return report_page(models, settings, folder, folder);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

long count(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  return std::distance(std::sregex_iterator(text.begin(), text.end(), expression), {});
}

/// The bytes of a text in base64, by its definition.
std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0, known = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<unsigned>(digits.find(c));
    known += 6;
    if (known < 8) continue;
    known -= 8;
    bytes += static_cast<char>(bits >> known & 255);
  }
  return bytes;
}

}  // namespace

TEST_CASE("html: base64 has the values of RFC 4648") {
  const std::vector<std::pair<std::string, std::string>> known{{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : known) CHECK(html::base64(bytes) == text);
  CHECK(html::base64({"\xfb\xff\xfe\0", 4}) == "+//+AA==");
}

TEST_CASE("html: texts are escaped and numbers written") {
  CHECK(html::escape("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#39;");
  CHECK(html::escape("3 × 3") == "3 × 3");
  CHECK(html::decimals(0.00126, 4) == "0.0013");
  CHECK(html::decimals(1e300, 1).size() == 303);
  CHECK(html::decimals(std::numeric_limits<double>::quiet_NaN(), 4) == "not finite");
  CHECK(html::percent(0.1234) == "12.3 %");
  CHECK(html::grouped(0) == "0");
  CHECK(html::grouped(999) == "999");
  CHECK(html::grouped(3584) == "3,584");
  CHECK(html::grouped(1234567) == "1,234,567");
  CHECK(html::grouped(-123) == "-123");
}

TEST_CASE("report: has the numbers of the last epochs as history.csv has them") {
  const TemporaryFolder folder;
  const std::vector<TrainedModel> models{made_up("FC-AE", "fc_autoencoder", three_epochs(1)),
                                         made_up("CNN-AE", "cnn_autoencoder", three_epochs(0.01))};
  const ReportSettings settings{{"epochs", "3"}, {"data <folder>", "a & b"}};
  const std::string page = page_of(models, folder / "", settings);
  for (const TrainedModel& model : models) {
    const std::string table = history_table(model.history);
    const std::string last = table.substr(table.rfind("\n3,") + 3);
    const std::string train = last.substr(0, last.find(',')), rest = last.substr(last.find(',') + 1);
    const std::string test = rest.substr(0, rest.find(',')), more = rest.substr(rest.find(',') + 1);
    CAPTURE(last);
    CHECK(has(page, "<tr data-folder=\"" + model.folder + "\">"));
    CHECK(has(page, "data-column=\"train_loss\" data-value=\"" + train + '"'));
    CHECK(has(page, "data-column=\"test_loss\" data-value=\"" + test + '"'));
    CHECK(has(page, "data-column=\"test_mse\" data-value=\"" + more.substr(0, more.find(',')) + '"'));
  }
  CHECK(has(page,
            "data-value=\"0.0101234567\">0.010123</td>"));  // three digits of the smallest, and as many of all others
  CHECK(has(page, "data-value=\"0.000101234567\"><strong class=\"best\">0.000101</strong></td>"));
  CHECK(has(page, "1,234,567"));
  CHECK(has(page, "43.2 %"));
  CHECK(has(page, "<dt>data &lt;folder&gt;</dt><dd>a &amp; b</dd>"));
  CHECK(count(page, "<polyline ") == 4);
  CHECK(count(page, "<h3>(FC|CNN)-AE<") == 2);
  CHECK_FALSE(has(page, "Published"));
}

TEST_CASE("report: loads nothing and escapes what it is given") {
  const TemporaryFolder folder;
  std::vector<TrainedModel> models{made_up("<b>&\"", "no such <folder>\"", three_epochs(1)),
                                   made_up("Sparse-AE", "sparse_autoencoder", three_epochs(1))};
  models[0].options = {{"<i>", "</dd><script>"}};
  models[1].options = {{"l1", 0.25}};
  const std::string page = page_of(models, folder / "");
  CHECK_FALSE(has(page, "<b>"));
  CHECK_FALSE(has(page, "<i>"));
  CHECK_FALSE(has(page, "<folder>"));
  CHECK(has(page, "<h3>&lt;b&gt;&amp;&quot;</h3>"));
  CHECK(has(page, "<dt>&lt;i&gt;</dt><dd>&lt;/dd&gt;&lt;script&gt;</dd>"));
  CHECK(has(page, "The L1 term has the weight 0.25"));
  CHECK_FALSE(has(page, "http:"));
  CHECK_FALSE(has(page, "https:"));
  CHECK(count(page, "(src|href)=\"(?!data:)") == 0);
  CHECK(count(page, "url\\(|@import") == 0);
  CHECK(count(page, "<script") == 1);
}

TEST_CASE("report: has the pictures that are there in itself") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "fc_autoencoder");
  Tensor<float> image({3, 5});
  image(1, 2) = 1;
  io::write_png(folder / "fc_autoencoder/units.png", image);
  folder.write("codes.png", "no picture at all, though long enough to be one");
  const std::string page = page_of({made_up("FC-AE", "fc_autoencoder", three_epochs(1))}, folder / "");
  CHECK(count(page, "<img ") == 1);
  CHECK(count(page, "<img width=\"5\" height=\"3\" alt=\"FC-AE: [^\"<]+\"") == 1);
  const std::string before = "src=\"data:image/png;base64,";
  const std::size_t first = page.find(before) + before.size();
  CHECK(from_base64(page.substr(first, page.find('"', first) - first)) == folder.read("fc_autoencoder/units.png"));
}

TEST_CASE("report: shows single epochs, models of different lengths, and losses that are not finite") {
  const TemporaryFolder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const std::string one = page_of({made_up("A", "a", {{0.02, 0.01, 0.01, 1}})}, folder / "");
  CHECK(count(one, "<circle [^>]*cx=\"50%\"") == 2);
  CHECK(count(one, "<circle class=\"training\"[^>]*fill=\"none\"") == 1);  // a ring, and a full dot for the test loss
  CHECK(count(one, "<polyline ") == 0);
  CHECK(count(one, "text-anchor=\"middle\">1</text>") == 1);

  const std::string page =
      page_of({made_up("A", "a", {{nan, infinity, nan, 1}, {0.5, 0.0, nan, 1}, {0.25, 0.2, 0.2, 1}}),
               made_up("B", "b", {{0.1, nan, infinity, 1}})},
              folder / "");
  CHECK(count(page, "(points|x1|x2|y1|y2|cx|cy|y|x)=\"[^\"]*(nan|inf)") == 0);
  CHECK(count(page, "<polyline ") == 1);  // of two epochs that follow each other
  CHECK(count(page, "<circle ") == 2);
  CHECK(count(page, "<td>–</td><td>–</td></tr>") == 2);
  CHECK(has(page, "not finite"));

  const std::string nothing = page_of({made_up("A", "a", {{nan, nan, nan, nan}})}, folder / "");
  CHECK(count(nothing, "(points|x1|x2|y1|y2|cx|cy)=\"[^\"]*(nan|inf)") == 0);
}

TEST_CASE("report: says what was special about a run") {
  const TemporaryFolder folder;
  TrainedModel vae = made_up("VAE", "variational_autoencoder", three_epochs(1));
  vae.kl = 12.345;
  vae.code_size = 32;
  vae.code.active_units = 11;
  vae.options = {{"beta", 0.5}, {"study_loss", false}};
  std::string page = page_of({vae}, folder / "");
  CHECK(has(page, "β = 0.5"));
  CHECK(has(page, "12.35 nats"));
  CHECK(has(page, "11 of 32 units are active"));
  CHECK_FALSE(has(page, "The model has collapsed"));
  vae.options["study_loss"] = true;
  vae.code.active_units = 2;
  page = page_of({vae}, folder / "");
  CHECK_FALSE(has(page, "β"));
  CHECK(has(page, "The model has collapsed"));

  TrainedModel sparse = made_up("Sparse-AE", "sparse_autoencoder", three_epochs(1));
  sparse.options = {{"l1", 0.5}, {"free", 12}};
  CHECK(has(page_of({sparse}, folder / ""), "The 12 largest numbers"));
  sparse.options["l1"] = 0.0;
  CHECK_FALSE(has(page_of({sparse}, folder / ""), "The 12 largest numbers"));

  TrainedModel recurrent = made_up("RNN-AE", "rnn_autoencoder", three_epochs(1));
  CHECK(has(page_of({recurrent}, folder / ""), "3,584 numbers for 784 pixels. It can copy"));
  recurrent.options = {{"bottleneck", true}};
  CHECK_FALSE(has(page_of({recurrent}, folder / ""), "It can copy, "));
  CHECK(has(page_of({recurrent}, folder / ""), "last hidden state, 128 numbers"));
}

TEST_CASE("report: says when and where models were trained, and marks all that are best") {
  const TemporaryFolder folder;
  std::vector<TrainedModel> models{made_up("A", "a", three_epochs(1)), made_up("B", "b", three_epochs(1)),
                                   made_up("C", "c", three_epochs(2))};
  models[0].trained = models[1].trained = {{"date", "2030-01-02"}, {"threads", 2}, {"machine", "abacus"}};
  models[2].trained = {{"date", "2030-01-03"}, {"threads", 2}, {"machine", "abacus"}};
  std::string page = page_of(models, folder / "");
  CHECK(has(page, "<dt>date</dt><dd>2030-01-02; 2030-01-03</dd>"));
  CHECK(has(page, "<dt>threads</dt><dd>2</dd>"));
  CHECK(has(page, "<dt>machine</dt><dd>abacus</dd>"));
  CHECK(has(page, "<dt>time of learning, all models</dt><dd>18.0 s</dd>"));
  CHECK(count(page, "<td[^>]*><strong class=\"best\">") == 6);  // three losses of A and of B; all else is equal
  CHECK(has(page, "is that of A, with a code of 64 numbers"));
  models[0].code_size = 65;
  CHECK(has(page_of(models, folder / ""), "is that of A, whose code is also the largest: 65 numbers"));
}

TEST_CASE("report: has the published losses beside those of the same settings only") {
  const TemporaryFolder folder;
  TrainedModel model = made_up("FC-AE", "fc_autoencoder", three_epochs(1));
  model.options = {{"epochs", 50}, {"batch", 64}, {"lr", 0.001}, {"training_images", 60000}, {"seed", 1}};
  CHECK(has(page_of({model}, folder / ""), "<td>0.0079</td>"));
  for (const char* name : {"epochs", "batch", "lr", "training_images"}) {
    TrainedModel other = model;
    other.options[name] = 2;
    CHECK_FALSE(has(page_of({model, other}, folder / ""), "Published test loss"));
    CHECK_FALSE(has(page_of({other}, folder / ""), "0.0079"));
  }
}

TEST_CASE("report: elements are closed in the order in which they were opened") {
  const TemporaryFolder folder;
  std::vector<TrainedModel> models;
  for (const char* name : {"fc_autoencoder", "cnn_autoencoder", "sparse_autoencoder", "rnn_autoencoder",
                           "rnn_bottleneck", "variational_autoencoder", "unknown"})
    models.push_back(made_up(name, name, three_epochs(1)));
  std::string page = page_of(models, folder / "");
  page.erase(page.find("<style>"), page.find("</style>") - page.find("<style>"));
  page.erase(page.find("<script>") + 8, page.find("</script>") - page.find("<script>") - 8);
  page.erase(page.find("</style>"), 8);
  const std::set<std::string> empty{"meta", "link", "img"};
  const std::regex tag("<(/?)([a-z0-9]+)[^>]*?(/?)>");
  std::vector<std::string> open;
  for (std::sregex_iterator found(page.begin(), page.end(), tag), end; found != end; ++found) {
    const std::string name = (*found)[2];
    if ((*found)[3] == "/" || empty.contains(name)) continue;
    if ((*found)[1] != "/") {
      open.push_back(name);
      continue;
    }
    REQUIRE(!open.empty());
    REQUIRE(open.back() == name);
    open.pop_back();
  }
  CHECK(open.empty());
}
