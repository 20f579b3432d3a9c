#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latent/core/tensor.hpp"
#include "latent/data/csv_rows.hpp"
#include "latent/io/one_line.hpp"

namespace latent::data {

/// ValueError for a delimiter that is a quote or ends lines, and for a column that is wanted twice.
struct CsvOptions {
  char delimiter = ',';                   ///< between fields
  bool header = true;                     ///< the first row has the names of the columns; else they are "0", "1" ..
  std::vector<std::string> columns = {};  ///< those of numbers to read, in this order; none stands for all but `label`
  std::string label = {};                 ///< column of text whose values are classes, in alphabetical order
  std::vector<std::string> class_names = {};  ///< those known already, by number, and no others; else all found, sorted
  bool allow_missing = false;                 ///< fields that have no number become NaN, else they are an error
  std::vector<std::string> na_values = {"", "NA", "N/A", "NaN", "nan", "null"};  ///< texts that stand for none
  Index max_bytes = Index{1} << 30;  ///< that numbers and labels may take in memory

  void check_values() const {
    check<ValueError>(delimiter != '"' && delimiter != '\n' && delimiter != '\r',
                      "read_csv: the delimiter must be no quote and end no line");
    for (auto column = columns.begin(); column != columns.end(); ++column)
      check<ValueError>(std::find(columns.begin(), column, *column) == column, "read_csv: column ",
                        io::one_line(*column), " is wanted twice");
  }
};

namespace detail {

/// The names as one line; of many the first.
inline std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
    text.append(i ? ", " : "").append(io::one_line(names[i]));
  return text.append(names.size() > most ? ", .." : "");
}

inline bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

/// A number as the whole of a text, whatever the locale; false if it is none. What is too small becomes 0.
template <Scalar T>
bool parse_number(std::string_view text, T& number) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto parse = [text](auto& to) { return std::from_chars(text.data(), text.data() + text.size(), to); };
  const auto [end, error] = parse(number);
  if (end != text.data() + text.size() || text.empty()) return false;
  if (error == std::errc()) return !std::isnan(number);
  long double wide = 0;  // beyond T: too large or too small, which a wider type tells
  if (parse(wide).ec != std::errc() || std::abs(wide) >= 1) return false;
  number = static_cast<T>(wide);
  return true;
}

/// Numbers of the classes of a column of text.
class ClassNumbers {
 public:
  explicit ClassNumbers(const std::vector<std::string>& known) : fixed_(!known.empty()), names_(known) {
    for (const std::string& name : known) numbers_.emplace(name, std::ssize(numbers_));
  }

  /// -1 for what is no class.
  Index number(std::string_view text) {
    if (const auto found = numbers_.find(text); found != numbers_.end()) return found->second;
    if (fixed_) return -1;
    names_.emplace_back(text);
    bytes_ += static_cast<Index>(sizeof(std::string) + text.size());
    return numbers_.emplace(text, std::ssize(numbers_)).first->second;
  }
  const std::vector<std::string>& names() const { return names_; }
  Index bytes() const { return bytes_; }

  /// Numbers in the order of the names from those in the order of appearance, unless they were known.
  void sort(std::span<std::int64_t> labels) {
    if (fixed_) return;
    std::vector<std::int64_t> sorted(names_.size());
    std::int64_t next = 0;
    for (const auto& entry : numbers_) sorted[static_cast<std::size_t>(entry.second)] = next++;
    for (std::int64_t& label : labels) label = sorted[static_cast<std::size_t>(label)];
    std::ranges::sort(names_);
  }

 private:
  bool fixed_;
  std::map<std::string, Index, std::less<>> numbers_;
  std::vector<std::string> names_;
  Index bytes_ = 0;
};

/// Which fields of a row are read.
struct CsvColumns {
  std::vector<std::string> all;     // names
  std::vector<std::size_t> values;  // places of numbers
  std::size_t label = 0;
};

/// The columns that are wanted, by the first row.
[[gnu::cold]] inline CsvColumns find_columns(const CsvRows& rows, const CsvOptions& options) {
  CsvColumns result;
  for (std::size_t i = 0; i < rows.size(); ++i)
    result.all.push_back(options.header ? std::string(rows[i]) : std::to_string(i));
  const auto place_of = [&](const std::string& name) {
    const auto found = std::ranges::find(result.all, name);
    check<IoError>(found != result.all.end(), rows.name(), ": column ", io::one_line(name),
                   " not found, there are: ", list_of(result.all));
    check<IoError>(std::find(found + 1, result.all.end(), name) == result.all.end(), rows.name(),
                   ": two columns have the name ", io::one_line(name));
    return static_cast<std::size_t>(found - result.all.begin());
  };
  if (!options.label.empty()) result.label = place_of(options.label);
  for (const std::string& name : options.columns) result.values.push_back(place_of(name));
  for (std::size_t i = 0; options.columns.empty() && i < result.all.size(); ++i)
    if (options.label.empty() || i != result.label) result.values.push_back(i);
  return result;
}

}  // namespace detail

/// A table of numbers.
template <Scalar T>
struct Csv {
  std::vector<std::string> names;        ///< of the columns of values
  Tensor<T> values;                      ///< [rows, columns]
  Tensor<std::int64_t> labels;           ///< [rows], numbers of classes; undefined without a column of labels
  std::vector<std::string> class_names;  ///< by label

  /// The values of one column, [rows]. ValueError, with those that there are, for an unknown one.
  Tensor<T> column(std::string_view name) const {
    const auto found = std::ranges::find(names, name);
    check<ValueError>(found != names.end(), "Csv: column ", io::one_line(name),
                      " not found, there are: ", detail::list_of(names));
    const Index place = found - names.begin();
    auto result = Tensor<T>::uninitialized({values.size(0)});
    for (Index row = 0; row < values.size(0); ++row) result(row) = values(row, place);
    return result;
  }
};

/// A table of numbers in a file of comma-separated values (RFC 4180: fields may be in quotes, with quotes doubled):
///
///     const auto iris = data::read_csv("iris.csv", {.label = "species"});
///     const data::TensorDataset set(iris.values, iris.labels);
///
/// Spaces around fields and empty lines are passed over. Numbers are read as they are written in C++, whatever the
/// locale. For a test set give the class names of the training set, `{.label = "species", .class_names = ..}`.
/// IoError naming file, line and column for what is no number, a missing one unless these are allowed, an unknown
/// class, a row of another length, misplaced quotes, a column that is not there, a file without rows, or more data than
/// the options allow.
template <Scalar T = float>
Csv<T> read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
  options.check_values();
  detail::CsvRows rows(path, options.delimiter, options.max_bytes);
  const std::string& name = rows.name();
  bool found = rows.next();
  check<IoError>(found, name, ": no rows found, the file is empty");
  const detail::CsvColumns columns = detail::find_columns(rows, options);
  const Index first_line = rows.line();
  detail::ClassNumbers classes(options.class_names);
  std::vector<T> values;
  std::vector<std::int64_t> labels;
  Index count = 0;
  const auto row_bytes = static_cast<Index>(columns.values.size() * sizeof(T) + sizeof(std::int64_t));
  for (found = options.header ? rows.next() : found; found; found = rows.next()) {
    const auto where = [&](std::size_t place) {
      return message(name, ": line ", rows.line(), ", column ", io::one_line(columns.all[place]), ": ");
    };
    check<IoError>(rows.size() == columns.all.size(), name, ": line ", rows.line(), ": ", rows.size(),
                   " fields found, expected ", columns.all.size(), ", as in line ", first_line);
    for (const std::size_t place : columns.values) {
      T& number = values.emplace_back();
      if (detail::parse_number(rows[place], number)) continue;
      const bool missing = detail::contains(options.na_values, rows[place]);
      if (missing && !options.allow_missing)
        fail<IoError>(where(place), "no number, \"", io::one_line(rows[place]), "\"; .allow_missing reads it as NaN");
      if (!missing) fail<IoError>(where(place), "\"", io::one_line(rows[place]), "\" is no number");
      number = std::numeric_limits<T>::quiet_NaN();
    }
    if (!options.label.empty()) {
      labels.push_back(classes.number(rows[columns.label]));
      if (labels.back() < 0)
        fail<IoError>(where(columns.label), "\"", io::one_line(rows[columns.label]),
                      "\" is no class, expected one of: ", detail::list_of(classes.names()));
    }
    check<IoError>(++count * row_bytes + classes.bytes() <= options.max_bytes, name, ": line ", rows.line(),
                   ": more data than the ", options.max_bytes, " bytes that are allowed");
  }
  check<IoError>(count > 0, name, ": no rows found behind the names of the columns");

  Csv<T> result;
  for (const std::size_t place : columns.values) result.names.push_back(columns.all[place]);
  result.values = Tensor<T>({count, std::ssize(columns.values)}, values);
  if (options.label.empty()) return result;
  classes.sort(labels);
  result.labels = Tensor<std::int64_t>({count}, labels);
  result.class_names = classes.names();
  return result;
}

}  // namespace latent::data
