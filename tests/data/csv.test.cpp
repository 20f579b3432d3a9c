#include <clocale>
#include <latent/data/csv.hpp>
#include <latent/data/split.hpp>
#include <latent/data/tensor_dataset.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

using namespace latent;

namespace {

template <Scalar T = float>
data::Csv<T> table(const std::string& content, const data::CsvOptions& options = {}) {
  const TemporaryFolder folder;
  folder.write("t.csv", content);
  return data::read_csv<T>(folder / "t.csv", options);
}

/// The text of the error, behind the name of the file.
std::string table_error(const std::string& content, const data::CsvOptions& options = {}) {
  const TemporaryFolder folder;
  folder.write("t.csv", content);
  const std::string text = message_of<IoError>([&] { data::read_csv(folder / "t.csv", options); });
  const std::string name = (folder / "t.csv").string();
  CHECK(text.starts_with(name));
  return text.substr(std::min(name.size(), text.size()));
}

const std::string flowers =
    "length,width,species\n"
    "5.1,3.5,setosa\n"
    "7.0,3.2,\"versi, color\"\n"
    "6.3,3.3,virginica\n"
    "4.9,3.0,setosa\n";

}  // namespace

TEST_CASE("csv: numbers, names of columns, and a column of text as classes") {
  const auto csv = table(flowers, {.label = "species"});
  CHECK(csv.names == std::vector<std::string>{"length", "width"});
  CHECK(csv.values.shape() == Shape{4, 2});
  CHECK(csv.values(1, 0) == 7.0f);
  CHECK(csv.values(2, 1) == 3.3f);
  CHECK(csv.class_names == std::vector<std::string>{"setosa", "versi, color", "virginica"});
  CHECK(std::ranges::equal(csv.labels.elements(), std::vector<std::int64_t>{0, 1, 2, 0}));
  CHECK(csv.column("width").shape() == Shape{4});
  CHECK(csv.column("width")(3) == 3.0f);
  CHECK(message_of<ValueError>([&] { csv.column("depth"); }) ==
        "Csv: column depth not found, there are: length, width");
  const data::TensorDataset set(csv.values, csv.labels);
  const auto parts = data::stratified_split(set, csv.labels, {0.5, 0.5});
  CHECK(parts[0].size() + parts[1].size() == 4);
}

TEST_CASE("csv: classes are sorted by name whatever their order, or are those that are known") {
  CHECK(std::ranges::equal(table("y,x\nb,1\na,2\nb,3\n", {.label = "y"}).labels.elements(),
                           std::vector<std::int64_t>{1, 0, 1}));
  const auto known = table("y,x\nb,1\na,2\nb,3\n", {.label = "y", .class_names = {"c", "b", "a"}});
  CHECK(std::ranges::equal(known.labels.elements(), std::vector<std::int64_t>{1, 2, 1}));
  CHECK(known.class_names == std::vector<std::string>{"c", "b", "a"});
  CHECK(table_error("y,x\nb,1\nd,2\n", {.label = "y", .class_names = {"a", "b"}}) ==
        ": line 3, column y: \"d\" is no class, expected one of: a, b");
}

TEST_CASE("csv: columns are chosen by name, in the order that is asked for") {
  const std::string content = "id,name,x,y\n1,Anna,0.5,7\n2,Bert,1.5,8\n";
  const auto csv = table<double>(content, {.columns = {"y", "x"}});
  CHECK(csv.names == std::vector<std::string>{"y", "x"});
  CHECK(csv.values(1, 0) == 8);
  CHECK(csv.values(1, 1) == 1.5);
  CHECK_FALSE(csv.labels.defined());
  CHECK(table_error(content, {.columns = {"z"}}) == ": column z not found, there are: id, name, x, y");
  CHECK(table_error(content, {.label = "class"}) == ": column class not found, there are: id, name, x, y");
  CHECK(table_error("x,x,y\n1,2,3\n", {.columns = {"x"}}) == ": two columns have the name x");
  CHECK(table("x,x,y\n1,2,3\n", {.columns = {"y"}}).values(0, 0) == 3);
  std::string many, list;
  for (int i = 0; i < 25; ++i) many.append(i ? ",c" : "c").append(std::to_string(i));
  for (int i = 0; i < 20; ++i) list.append(i ? ", c" : "c").append(std::to_string(i));
  CHECK(table_error(many, {.columns = {"z"}}) == ": column z not found, there are: " + list + ", ..");
}

TEST_CASE("csv: without a header columns are numbered, and other delimiters are taken") {
  const auto csv = table("1;2;a\n3;4;b\n", {.delimiter = ';', .header = false, .label = "2"});
  CHECK(csv.names == std::vector<std::string>{"0", "1"});
  CHECK(csv.values(0, 0) == 1);
  CHECK(csv.values(1, 1) == 4);
  CHECK(csv.labels(1) == 1);
  CHECK(table("1\t2\n3\t4\n", {.delimiter = '\t', .header = false}).values(1, 1) == 4);
}

TEST_CASE("csv: missing values are refused, or NaN if that is allowed") {
  const std::string content = "x,y\n1,\nNA,4\n\"\",nan\n";
  const auto csv = table(content, {.allow_missing = true});
  CHECK(csv.values(0, 0) == 1);
  CHECK(csv.values(1, 1) == 4);
  for (const float value : {csv.values(0, 1), csv.values(1, 0), csv.values(2, 0), csv.values(2, 1)})
    CHECK(std::isnan(value));
  CHECK(table_error(content) == ": line 2, column y: no number, \"\"; .allow_missing reads it as NaN");
  CHECK(table_error("x\n?\n", {.allow_missing = true}) == ": line 2, column x: \"?\" is no number");
  CHECK(std::isnan(table("x\n?\n", {.allow_missing = true, .na_values = {"?"}}).values(0, 0)));
}

TEST_CASE("csv: numbers are those that the texts name, in every locale, and nothing else") {
  const bool german = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;
  INFO("with German numbers: ", german);
  const auto csv = table<double>("x\n-1.5e3\n+2\n .5 \n0.1\n1e-400\ninf\n9007199254740993\n");
  std::setlocale(LC_ALL, "C");
  const double expected[] = {-1500, 2, 0.5, 0.1, 0, std::numeric_limits<double>::infinity(), 9007199254740992};
  for (Index i = 0; i < 7; ++i) CHECK(csv.values(i, 0) == expected[i]);
  CHECK(table("x\n1e-60\n3.4e38\n1e-40\n").values(0, 0) == 0);
  CHECK(table("x\n0.1\n").values(0, 0) == 0.1f);
  for (const std::string text :
       {"1,5", "\"1,5\"", "0x10", "1e400", "1e39", "1.2.3", "--1", "+-1", "++1", "1 2", "-", "e5", "1f"})
    CHECK(table_error("x\n" + text + "\n").find(text == "1,5" ? "2 fields found" : "is no number") !=
          std::string::npos);
}

TEST_CASE("csv: every kind of wrong file is one line that says where") {
  CHECK(table_error("") == ": no rows found, the file is empty");
  CHECK(table_error("\n\n") == ": no rows found, the file is empty");
  CHECK(table_error("x,y\n") == ": no rows found behind the names of the columns");
  CHECK(table_error("x,y\n1,2\n\n3,4,5\n") == ": line 4: 3 fields found, expected 2, as in line 1");
  CHECK(table_error("\n1,2\n3\n", {.header = false}) == ": line 3: 1 fields found, expected 2, as in line 2");
  CHECK(table_error("x,y\n1,2\n3,four\n") == ": line 3, column y: \"four\" is no number");
  CHECK(table_error("x\na\x01" + std::string(200, 'b')) ==
        ": line 2, column x: \"a\\u0001" + std::string(93, 'b') + "..\" is no number");
  CHECK(table_error("x,y\n1,2\n3,4\n", {.max_bytes = 31}) == ": line 3: more data than the 31 bytes that are allowed");
  CHECK(table("x,y\n1,2\n3,4\n", {.max_bytes = 32}).values(1, 1) == 4);
  CHECK(table_error("y\n" + std::string(100, 'c') + "\n" + std::string(100, 'd') + "\n",
                    {.label = "y", .max_bytes = 150}) == ": line 3: more data than the 150 bytes that are allowed");
  for (const char delimiter : {'"', '\n', '\r'})
    CHECK(message_of<ValueError>([&] { data::read_csv("none", {.delimiter = delimiter}); }) ==
          "read_csv: the delimiter must be no quote and end no line");
  CHECK(message_of<ValueError>([] {
          data::read_csv("none", {.columns = {"a", "b", "a"}});
        }) == "read_csv: column a is wanted twice");
  CHECK(message_of<IoError>([] { data::read_csv("none"); }) == "none: cannot be opened: No such file or directory");
}
