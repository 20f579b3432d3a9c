#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace latent::io {

/// A text that a file holds (a name, a type) as part of a message: control characters are escaped as in JSON, and what
/// is longer than 100 bytes ends with two dots.
inline std::string one_line(std::string_view text) {
  constexpr std::size_t most = 100;
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool begins = (byte & 0xC0) != 0x80;  // a character of UTF-8, which is not to be cut in two
    if (begins && result.size() >= most) return result + "..";
    const auto next = static_cast<unsigned char>(at + 1 < text.size() ? text[at + 1] : 0);
    const bool control = byte < 0x20 || byte == 0x7F;
    const bool wide_control = byte == 0xC2 && next >= 0x80 && next < 0xA0;  // U+0080 to U+009F
    if (control || wide_control) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", wide_control ? next : byte);
      result += escaped;
      at += wide_control;
    } else {
      result += text[at];
    }
    if (result.size() >= most + 8) return result + "..";  // no UTF-8
  }
  return result;
}

}  // namespace latent::io
