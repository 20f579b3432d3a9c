#pragma once

#include <csv.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "latent/core/memory.hpp"
#include "latent/io/file.hpp"

namespace latent::data::detail {

/// The rows of a file of comma-separated values, one at a time, by libcsv. Names the file in every error, an IoError.
class CsvRows {
 public:
  CsvRows(const std::filesystem::path& path, char delimiter, Index max_bytes)
      : file_(path), max_bytes_(max_bytes), chunk_(1 << 16) {
    csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
  }
  ~CsvRows() { csv_free(&parser_); }
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  const std::string& name() const { return file_.name(); }

  /// Reads the next row that is not empty; false if there is none.
  bool next() {
    text_.clear();
    ends_.clear();
    row_ended_ = false;
    for (Index bytes = 0; !row_ended_;) {
      if (rest_.empty() && !fill()) return finish();
      // To the end of the line, so that its number is known when a row ends.
      const std::size_t end = rest_.find_first_of("\r\n");
      const std::string_view piece = rest_.substr(0, end == std::string_view::npos ? end : end + 1);
      rest_.remove_prefix(piece.size());
      const std::size_t read = csv_parse(&parser_, piece.data(), piece.size(), add_field, end_row, this);
      expect_success(read == piece.size());
      if (end != std::string_view::npos) {
        lines_ += !(piece == "\n" && after_return_);
        after_return_ = piece.back() == '\r';
      } else {
        after_return_ = false;
      }
      bytes += std::ssize(piece);
      check<IoError>(bytes <= max_bytes_, name(), ": line ", lines_, ": a row of more than the ", max_bytes_,
                     " bytes that are allowed");
    }
    return true;
  }

  /// Fields of the row.
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t field) const {
    const std::size_t begin = field ? ends_[field - 1] : 0;
    return std::string_view(text_).substr(begin, ends_[field] - begin);
  }

  /// In which the row begins, counted from 1.
  Index line() const {
    Index within = 0;
    for (std::size_t i = 0; i < text_.size(); ++i)
      within += text_[i] == '\r' || (text_[i] == '\n' && (i == 0 || text_[i - 1] != '\r'));
    return lines_ - within;
  }

 private:
  static void add_field(void* field, std::size_t size, void* self) noexcept {
    auto& rows = *static_cast<CsvRows*>(self);
    try {
      rows.text_.append(static_cast<const char*>(field), size);
      rows.ends_.push_back(rows.text_.size());
    } catch (const std::bad_alloc&) {  // not through the functions of C
      rows.out_of_memory_ = true;
    }
  }
  static void end_row(int, void* self) noexcept { static_cast<CsvRows*>(self)->row_ended_ = true; }

  bool fill() {
    const auto part = std::span(chunk_).first(std::min<std::uint64_t>(chunk_.size(), file_.size() - offset_));
    file_.read(offset_, std::as_writable_bytes(part));
    rest_ = std::string_view(part.data(), part.size());
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (offset_ == 0 && rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    offset_ += part.size();
    return !rest_.empty();
  }

  /// The end of the file ends its last row.
  bool finish() {
    if (finished_) return false;
    finished_ = true;
    expect_success(csv_fini(&parser_, add_field, end_row, this) == 0);
    lines_ += row_ended_;
    return row_ended_;
  }

  void expect_success(bool success) {
    if (out_of_memory_ || csv_error(&parser_) == CSV_ENOMEM) memory::fail_to_allocate(2 * text_.size());
    if (success) return;
    fail<IoError>(name(), ": line ", lines_ + 1, ": misplaced quotes, expected fields as \"a \"\"word\"\" in quotes\"");
  }

  io::InputFile file_;
  Index max_bytes_;
  std::vector<char> chunk_;
  std::uint64_t offset_ = 0;  // of what has not been read
  std::string_view rest_;     // of the chunk
  csv_parser parser_{};
  std::string text_;  // of all fields of the row
  std::vector<std::size_t> ends_;
  Index lines_ = 0;  // that have ended
  bool after_return_ = false, row_ended_ = false, finished_ = false, out_of_memory_ = false;
};

}  // namespace latent::data::detail
