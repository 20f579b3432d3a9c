#include <latent/io/one_line.hpp>

#include "../errors.hpp"

using namespace latent;

TEST_CASE("one_line: control characters are escaped, other characters stay") {
  CHECK(io::one_line("") == "");
  CHECK(io::one_line("layer.0.größe") == "layer.0.größe");
  CHECK(io::one_line(std::string("a\nb\tc\0d", 7)) == "a\\u000ab\\u0009c\\u0000d");
  CHECK(io::one_line("\x1b[2J\x7f") == "\\u001b[2J\\u007f");
  CHECK(io::one_line("a\xc2\x85z") == "a\\u0085z");  // next line, U+0085
  CHECK(io::one_line("\xc2") == "\xc2");
}

TEST_CASE("one_line: a long text is cut between two characters") {
  CHECK(io::one_line(std::string(100, 'x')) == std::string(100, 'x'));
  CHECK(io::one_line(std::string(101, 'x')) == std::string(100, 'x') + "..");
  CHECK(io::one_line(std::string(99, 'x') + "öö") == std::string(99, 'x') + "ö..");
  CHECK(io::one_line(std::string(3'000'000, '\n')).size() <= 110);
  CHECK(io::one_line(std::string(3'000'000, '\x80')).size() <= 110);
}
