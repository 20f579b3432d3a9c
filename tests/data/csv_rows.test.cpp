#include <latent/data/csv_rows.hpp>

#include "../errors.hpp"
#include "../temporary.hpp"

using namespace latent;

namespace {

/// Each row with the number of its line, fields in brackets.
std::vector<std::string> rows_of(const TemporaryFolder& folder, const std::string& content, char delimiter = ',') {
  folder.write("t.csv", content);
  data::detail::CsvRows rows(folder / "t.csv", delimiter, 1 << 20);
  std::vector<std::string> result;
  while (rows.next()) {
    std::string text = std::to_string(rows.line());
    for (std::size_t i = 0; i < rows.size(); ++i) text.append("[").append(rows[i]).append("]");
    result.push_back(text);
  }
  CHECK_FALSE(rows.next());
  return result;
}

}  // namespace

TEST_CASE("csv_rows: fields, quotes, spaces and ends of lines as in RFC 4180") {
  using Rows = std::vector<std::string>;
  const TemporaryFolder folder;
  const auto rows = [&](const std::string& content, char delimiter = ',') {
    return rows_of(folder, content, delimiter);
  };
  CHECK(rows("a,b\n1,2\n") == Rows{"1[a][b]", "2[1][2]"});
  CHECK(rows("a,b\r\n1,2") == Rows{"1[a][b]", "2[1][2]"});
  CHECK(rows("a,b\r1,2\r") == Rows{"1[a][b]", "2[1][2]"});
  CHECK(rows("\"a,\"\"b\"\"\",c\n") == Rows{"1[a,\"b\"][c]"});
  CHECK(rows("  a , b c\t,\" d \" \n") == Rows{"1[a][b c][ d ]"});
  CHECK(rows(",\n\"\",x,\n") == Rows{"1[][]", "2[][x][]"});
  CHECK(rows("a\n\n \n\r\n\nb\n") == Rows{"1[a]", "6[b]"});
  CHECK(rows("x\n\"1\n2\r\n3\",4\n5\n") == Rows{"1[x]", "2[1\n2\r\n3][4]", "5[5]"});
  CHECK(rows("a;b,c;d", ';') == Rows{"1[a][b,c][d]"});
  CHECK(rows("a\t\tb c\td", '\t') == Rows{"1[a][][b c][d]"});
  CHECK(rows("\xEF\xBB\xBF"
             "a,b") == Rows{"1[a][b]"});
  CHECK(rows("").empty());
  CHECK(rows("\xEF\xBB\xBF").empty());
  CHECK(rows("\n\n").empty());
}

TEST_CASE("csv_rows: rows across the pieces in which a file is read are whole") {
  const TemporaryFolder folder;
  const std::string longer(70'000, 'x');
  std::string content = longer + ",1\n";
  for (int i = 0; i < 40'000; ++i) content += std::to_string(i) + ",\"" + std::to_string(i) + "\"\r\n";
  const auto rows = rows_of(folder, content);
  REQUIRE(rows.size() == 40'001);
  CHECK(rows[0] == "1[" + longer + "][1]");
  for (int i = 0; i < 40'000; ++i) {
    const std::string number = std::to_string(i);
    if (rows[static_cast<std::size_t>(i) + 1] != std::to_string(i + 2) + "[" + number + "][" + number + "]")
      FAIL("row " << i << " is " << rows[static_cast<std::size_t>(i) + 1]);
  }
}

TEST_CASE("csv_rows: misplaced quotes and rows without an end are refused") {
  const TemporaryFolder folder;
  const std::string name = (folder / "t.csv").string();
  const auto error = [&](const std::string& content) { return message_of<IoError>([&] { rows_of(folder, content); }); };
  CHECK(error("a,b\nc,d\"e\n") == name + ": line 2: misplaced quotes, expected fields as \"a \"\"word\"\" in quotes\"");
  CHECK(error("\"a\"b\n") == name + ": line 1: misplaced quotes, expected fields as \"a \"\"word\"\" in quotes\"");
  CHECK(error("a\n\"b,c") == name + ": line 2: misplaced quotes, expected fields as \"a \"\"word\"\" in quotes\"");
  CHECK(error("a\n\"b" + std::string(2 << 20, '\n')) ==
        name + ": line 1048576: a row of more than the 1048576 bytes that are allowed");
  CHECK(message_of<IoError>([&] { data::detail::CsvRows(folder / "none", ',', 1); }) ==
        (folder / "none").string() + ": cannot be opened: No such file or directory");
}
