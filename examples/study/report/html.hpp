#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <latent/core/shape.hpp>
#include <string>
#include <string_view>

/// Pieces of text for HTML pages.
namespace study::html {

/// A text with the characters that mean something in HTML, within quotes as well, replaced by their names.
inline std::string escape(std::string_view text) {
  std::string result;
  for (const char c : text) switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += c;
    }
  return result;
}

/// Bytes in base64 with padding, RFC 4648.
inline std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
  };
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    result += digits[bits >> 18];
    result += digits[bits >> 12 & 63];
    result += i + 1 < bytes.size() ? digits[bits >> 6 & 63] : '=';
    result += i + 2 < bytes.size() ? digits[bits & 63] : '=';
  }
  return result;
}

/// A number with so many digits after the point.
inline std::string decimals(double value, int digits) {
  if (!std::isfinite(value)) return "not finite";
  char text[352];  // the largest double has 309 digits before the point
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// A share in per cent.
inline std::string percent(double share) { return decimals(100 * share, 1) + " %"; }

/// A whole number with commas between thousands.
inline std::string grouped(latent::Index value) {
  std::string result = std::to_string(value);
  for (auto place = static_cast<latent::Index>(result.size()) - 3; place > (value < 0 ? 1 : 0); place -= 3)
    result.insert(static_cast<std::size_t>(place), 1, ',');
  return result;
}

}  // namespace study::html
