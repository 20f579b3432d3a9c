#include <optional>
#include <thread>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

struct InPlace final : detail::InLayer {
  explicit InPlace(const char* text) : text_(text) {}
  std::string name() const override { return text_; }
  const char* text_;
};

}  // namespace

TEST_CASE("watcher: there is none, and layers are not noted, until somebody watches") {
  CHECK(detail::watcher() == nullptr);
  const InPlace unseen("unseen: ");
  CHECK(detail::InLayer::text().empty());
  {
    const DetectAnomaly guard;
    CHECK(detail::watcher() != nullptr);
    const InPlace outer("outer: ");
    {
      const InPlace inner("inner: ");
      CHECK(detail::InLayer::text() == "outer: inner: ");
      std::jthread([] {
        CHECK(detail::watcher() == nullptr);
        CHECK(detail::InLayer::text().empty());
      }).join();
    }
    CHECK(detail::InLayer::text() == "outer: ");
  }
  CHECK(detail::watcher() == nullptr);
  CHECK(detail::InLayer::text().empty());
}

TEST_CASE("watcher: a layer that was entered under a guard is left when the guard has ended") {
  {
    std::optional<DetectAnomaly> guard(std::in_place);
    const InPlace layer("layer: ");
    guard.reset();
    CHECK(detail::InLayer::text() == "layer: ");
  }
  CHECK(detail::InLayer::text().empty());
}
