#include <cmath>
#include <latent/core/check.hpp>
#include <limits>
#include <sstream>

#include "../errors.hpp"

using namespace latent;

namespace somewhere {
struct Point {
  int x, y;
};
void append_to(std::string& text, const Point& p) { text += message('(', p.x, ", ", p.y, ')'); }
}  // namespace somewhere

TEST_CASE("check: throws what it is told, with all parts in order") {
  const std::string owned = "own";
  const char* pointer = "pointer";
  CHECK(message_of<IoError>([&] {
          check<IoError>(false, owned, ": ", pointer, ' ', std::string_view("view"), '\n', somewhere::Point{1, -2});
        }) == "own: pointer view\n(1, -2)");
  CHECK(message_of<ValueError>([] { fail<ValueError>("one part"); }) == "one part");
  CHECK_NOTHROW(check<IoError>(true, "nothing"));
  CHECK(message_of<IoError>([] {
          try {
            fail<IoError>("inner");
          } catch (Error& error) {
            error.prepend("outer: ");
            throw;
          }
        }) == "outer: inner");
  CHECK(message().empty());
}

TEST_CASE("message: numbers are written as by a stream") {
  const auto same = [](auto number) {
    std::ostringstream stream;
    stream << number;
    CHECK(message(number) == stream.str());
  };
  for (const double x : {0.0, -0.0, 1.0, 0.1, 1e-5, 0.0001, 123456.0, 1234567.0, 1e15, 2.0 / 3, 1e300, 5e-324}) {
    same(x);
    same(-x);
    same(static_cast<float>(x));
  }
  same(std::numeric_limits<double>::infinity());
  same(std::nan(""));
  same(std::numeric_limits<std::int64_t>::min());
  same(std::numeric_limits<std::uint64_t>::max());
  same(std::int16_t{-7});
  same(42u);
  same(true);
}
