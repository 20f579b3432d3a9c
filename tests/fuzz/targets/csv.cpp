// data::read_csv: what is accepted has rows of one length, and reads the same after it was written again.

#include <charconv>
#include <fstream>
#include <latent/data/csv.hpp>

#include "target.hpp"

namespace {

using Csv = latent::data::Csv<double>;

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) result.append(letter == '"' ? 2 : 1, letter);
  return result + '"';
}

/// The label is the last column, which has no name of the others.
std::string written(const Csv& csv) {
  std::string result;
  for (std::size_t i = 0; i < csv.names.size(); ++i) result += std::to_string(i) + ',';
  result += "label\n";
  for (latent::Index row = 0; row < csv.values.size(0); ++row) {
    for (latent::Index column = 0; column < csv.values.size(1); ++column) {
      char digits[40];
      const double value = csv.values(row, column);
      result.append(digits, value == value ? std::to_chars(digits, digits + 40, value).ptr : digits) += ',';
    }
    result += quoted(csv.class_names[static_cast<std::size_t>(csv.labels(row))]) + '\n';
  }
  return result;
}

}  // namespace

std::vector<std::string> target::seeds() {
  return {"a,b,label\n1,2.5e3,x\n-3,,\"y \"\"z\"\"\"\n",
          "\xEF\xBB\xBF"
          "label\r\n\"two\r\nlines\"\r\n\r\n\"\"\r\n",
          "a;label\n1;2\n",
          "\"a\",\"label\"\n\" 1\",NA\ninf,nan\n",
          "label,1\nx,1e400\n",
          "label",
          "a,label\n\"1,x\n"};
}

void target::read(const std::string& path, const std::string&) {
  constexpr latent::Index most = 1 << 16;
  const latent::data::CsvOptions options{.label = "label", .allow_missing = true, .max_bytes = most};
  Csv csv;
  if (!is_accepted([&] { csv = latent::data::read_csv<double>(path, options); })) return;
  const latent::Index rows = csv.values.size(0);
  expect(rows >= 1 && csv.values.size(1) == std::ssize(csv.names), "there are rows, and a name for each column");
  expect(csv.labels.size(0) == rows && csv.values.numel() * 8 + rows * 8 <= most, "no more than max_bytes is read");
  std::ofstream(path, std::ios::binary | std::ios::trunc) << written(csv);
  const Csv again = latent::data::read_csv<double>(path, {.label = "label", .allow_missing = true});
  expect(again.class_names == csv.class_names && std::ranges::equal(again.labels.elements(), csv.labels.elements()),
         "the same labels are read again");
  const auto same = [](double a, double b) { return a == b || (a != a && b != b); };
  expect(std::ranges::equal(again.values.elements(), csv.values.elements(), same), "the same numbers are read again");
}

std::string target::change(const std::string& content, unsigned) { return mutated(content); }
