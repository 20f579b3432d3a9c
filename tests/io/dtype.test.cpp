#include <latent/io/dtype.hpp>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using io::DType;

TEST_CASE("dtype: every type has its name and size, and is found by its name") {
  const std::vector<std::pair<std::string, Index>> expected{{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                                                            {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U64", 8},  {"U32", 4},
                                                            {"U16", 2}, {"U8", 1},  {"BOOL", 1}};
  for (const auto& entry : expected) {
    const std::string& name = entry.first;  // clang 14 captures no structured binding
    const Index size = entry.second;
    CAPTURE(name);
    const auto dtype = io::dtype_named(name);
    REQUIRE(dtype.has_value());
    CHECK(io::dtype_name(*dtype) == name);
    CHECK(io::element_size(*dtype) == size);
  }
  CHECK_FALSE(io::dtype_named("F8").has_value());
  CHECK_FALSE(io::dtype_named("").has_value());
}

TEST_CASE("dtype: a C++ type's is that of its size and kind") {
  CHECK(io::dtype_of<float>() == DType::F32);
  CHECK(io::dtype_of<double>() == DType::F64);
  CHECK(io::dtype_of<bool>() == DType::BOOL);
  CHECK(io::dtype_of<std::int8_t>() == DType::I8);
  CHECK(io::dtype_of<unsigned char>() == DType::U8);
  CHECK(io::dtype_of<Index>() == DType::I64);
  CHECK(io::dtype_of<unsigned long long>() == DType::U64);
}

TEST_CASE("dtype: elements come back from every type that can hold them") {
  const std::vector<float> values{0, 1, 2, 100};
  for (const DType dtype : {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64, DType::I32, DType::I16,
                            DType::I8, DType::U64, DType::U32, DType::U16, DType::U8}) {
    std::string bytes(values.size() * static_cast<std::size_t>(io::element_size(dtype)), '\0');
    io::detail::encode<float>(dtype, values, bytes.data());
    std::vector<float> back(values.size());
    io::detail::decode<float>(dtype, reinterpret_cast<const std::byte*>(bytes.data()), back);
    CHECK(back == values);
  }
  std::string bits(4, '\0');
  io::detail::encode<float>(DType::BOOL, values, bits.data());
  CHECK(bits == std::string("\0\1\1\1", 4));
}
