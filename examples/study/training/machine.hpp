#pragma once

#include <latent/core/shape.hpp>
#include <nlohmann/json_fwd.hpp>

namespace study {

/// When and where this program runs, which its times depend on: the day as "date", such as 2026-01-31, processor,
/// compiler and instruction set as "machine", and the numbers of "processes" and of "threads" of each.
nlohmann::json circumstances(latent::Index processes = 1);

}  // namespace study
