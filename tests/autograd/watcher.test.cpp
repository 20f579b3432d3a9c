#include <optional>
#include <thread>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

const char* const signatures[] = {"first", "second"};

std::string in_stack(std::size_t place, const char* signature) {
  return message("stack: layer ", place, " (", signature, "): ");
}

}  // namespace

TEST_CASE("watcher: there is none, and layers are not noted, until somebody watches") {
  CHECK(detail::watcher() == nullptr);
  std::size_t place = 0;
  const detail::InLayer unseen(place, signatures, &in_stack);
  CHECK(detail::InLayer::text().empty());
  {
    const DetectAnomaly guard;
    CHECK(detail::watcher() != nullptr);
    const detail::InLayer outer(place, signatures, &in_stack);
    CHECK(detail::InLayer::text() == "stack: layer 0 (first): ");
    place = 1;  // the stack has gone on
    {
      const std::size_t first = 0;
      const detail::InLayer inner(first, signatures, &in_stack);
      CHECK(detail::InLayer::text() == "stack: layer 1 (second): stack: layer 0 (first): ");
      std::jthread([] {
        CHECK(detail::watcher() == nullptr);
        CHECK(detail::InLayer::text().empty());
      }).join();
    }
    CHECK(detail::InLayer::text() == "stack: layer 1 (second): ");
  }
  CHECK(detail::watcher() == nullptr);
  CHECK(detail::InLayer::text().empty());
}

TEST_CASE("watcher: a layer that was entered under a guard is left when the guard has ended") {
  {
    std::optional<DetectAnomaly> guard(std::in_place);
    const std::size_t place = 0;
    const detail::InLayer layer(place, signatures, &in_stack);
    guard.reset();
    CHECK(detail::InLayer::text() == "stack: layer 0 (first): ");
  }
  CHECK(detail::InLayer::text().empty());
}
