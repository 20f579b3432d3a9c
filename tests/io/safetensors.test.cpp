#include <sys/stat.h>

#include <latent/io/state_dict.hpp>

#include "../errors.hpp"
#include "../reference.hpp"
#include "../temporary.hpp"

using namespace latent;

namespace {

/// The bytes of a file with this header and data.
std::string file_of(const std::string& header, const std::string& data = "") {
  std::uint64_t length = header.size();
  std::string result(8, '\0');
  std::memcpy(result.data(), &length, 8);
  return result + header + data;
}

/// What is said about a file of these bytes, without its name; "" if it can be read.
std::string complaint(const std::string& bytes) {
  const TemporaryFolder folder;
  folder.write("x.safetensors", bytes);
  const auto path = folder / "x.safetensors";
  try {
    const io::SafeTensorsFile file(path);
    for (const auto& [name, entry] : file.tensors()) file.read_as<float>(name);
    return "";
  } catch (const IoError& error) {
    const std::string text = error.what();
    REQUIRE(text.starts_with(path.string() + ": "));
    return text.substr(path.string().size() + 2);
  }
}

/// A header that describes one tensor, a.
std::string describe(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

template <class T>
void check_round_trip(const Tensor<T>& tensor, io::DType dtype) {
  const TemporaryFolder folder;
  io::SafeTensorsWriter writer;
  writer.add("x", tensor, dtype);
  writer.write(folder / "x.safetensors");
  const io::SafeTensorsFile file(folder / "x.safetensors");
  CHECK(file.tensors().at("x").dtype == dtype);
  CHECK(reference::identical(file.read_as<T>("x"), tensor));
  if (dtype == io::dtype_of<T>()) CHECK(reference::identical(file.read<T>("x"), tensor));
}

}  // namespace

TEST_CASE("safetensors: all types of elements, shapes and metadata come back") {
  check_round_trip(reference::random<double>({2, 3}, 1), io::DType::F64);
  check_round_trip(reference::random<float>({2, 3, 1, 1, 2, 1}, 2), io::DType::F32);
  const Tensor<float> halves({6}, {0, -0.5f, 1, 1024, 0.125f, -3});  // exact in 8 bits of mantissa
  check_round_trip(halves, io::DType::F16);
  check_round_trip(halves, io::DType::BF16);
  check_round_trip(Tensor<std::int64_t>({3}, {1, -2, std::int64_t{1} << 62}), io::DType::I64);
  check_round_trip(Tensor<std::int32_t>({3}, {1, -2, 1 << 30}), io::DType::I32);
  check_round_trip(Tensor<std::int16_t>({2}, {-30000, 7}), io::DType::I16);
  check_round_trip(Tensor<std::int8_t>({2}, {-100, 7}), io::DType::I8);
  check_round_trip(Tensor<std::uint64_t>({1}, {~std::uint64_t{0}}), io::DType::U64);
  check_round_trip(Tensor<std::uint32_t>({1}, {~std::uint32_t{0}}), io::DType::U32);
  check_round_trip(Tensor<std::uint16_t>({2}, {65535, 1}), io::DType::U16);
  check_round_trip(Tensor<std::uint8_t>({2, 2}, {1, 2, 3, 255}), io::DType::U8);
  check_round_trip(Tensor<bool>({3}, {true, false, true}), io::DType::BOOL);
  check_round_trip(Tensor<float>(Shape{}, {3}), io::DType::F32);
  check_round_trip(Tensor<float>({2, 0}), io::DType::F32);
  check_round_trip(reference::random<double>({300, 1001}, 3), io::DType::F64);

  const TemporaryFolder folder;
  io::SafeTensorsWriter writer;
  writer.metadata = {{"a", "1"}, {"größe", "\"\n"}};
  writer.add("flags", Tensor<bool>({3}, {true, false, true}));
  writer.add("weight", Tensor<double>({2}, {1.5, 2.5}));
  writer.write(folder / "x.safetensors");
  const io::SafeTensorsFile file(folder / "x.safetensors");
  CHECK(file.metadata() == writer.metadata);
  CHECK(file.tensors().size() == 2);
  CHECK(file.tensors().at("weight").first % 8 == 0);
  CHECK(file.read<bool>("flags")(2));
}

TEST_CASE("safetensors: the tables of a file outlive it where it is a temporary") {
  const TemporaryFolder folder;
  io::SafeTensorsWriter writer;
  writer.add("x", Tensor<float>({2}), io::DType::F32);
  writer.add("y", Tensor<float>({3}), io::DType::F32);
  writer.write(folder / "x.safetensors");
  std::string names;
  for (const auto& [name, entry] : io::SafeTensorsFile(folder / "x.safetensors").tensors()) names += name;
  CHECK(names == "xy");
}

TEST_CASE("safetensors: reads other types only when asked to convert them") {
  const TemporaryFolder folder;
  io::SafeTensorsWriter writer;
  writer.add("x", Tensor<double>({3}, {1.5, -2, 1e-3}));
  writer.add("n", Tensor<std::int64_t>({2}, {3, -4}));
  writer.write(folder / "x.safetensors");
  const io::SafeTensorsFile file(folder / "x.safetensors");
  CHECK(file.read_as<float>("x")(2) == 1e-3f);
  CHECK(file.read_as<float>("n")(1) == -4);
  CHECK(message_of<IoError>([&] { file.read<float>("x"); }) == file.name() + ": x is F64, expected F32");
  CHECK(message_of<IoError>([&] { file.read<float>("y"); }) == file.name() + ": has no tensor y");
}

TEST_CASE("safetensors: half precision is rounded to the nearest, ties to even, infinities and NaN stay") {
  const TemporaryFolder folder;
  const float infinity = std::numeric_limits<float>::infinity();
  io::SafeTensorsWriter writer;
  // 1 + 2^-11 lies between two numbers of 11 bits, 1 + 3 2^-11 as well; 2^-24 is the least, 65520 rounds to infinity.
  const Tensor<float> x({7}, {1 + 0x1p-11f, 1 + 3 * 0x1p-11f, 0x1p-24f, 65519, 65520, -infinity,
                              std::numeric_limits<float>::quiet_NaN()});
  writer.add("x", x, io::DType::F16);
  writer.write(folder / "x.safetensors");
  const auto y = io::SafeTensorsFile(folder / "x.safetensors").read_as<float>("x");
  CHECK(y(0) == 1);
  CHECK(y(1) == 1 + 0x1p-9f);
  CHECK(y(2) == 0x1p-24f);
  CHECK(y(3) == 65504);
  CHECK(y(4) == infinity);
  CHECK(y(5) == -infinity);
  CHECK(std::isnan(y(6)));
}

TEST_CASE("safetensors: a file that is none, or damaged, is refused with the reason") {
  CHECK(complaint("") == "no safetensors file, 0 bytes are too few");
  CHECK(complaint("1234567") == "no safetensors file, 7 bytes are too few");
  CHECK(complaint(file_of("")) == "no safetensors file, its header does not begin with {");
  CHECK(complaint(file_of("{}")) == "");
  CHECK(complaint(file_of("{}   ")) == "");
  CHECK(complaint(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}")) ==
        "no safetensors file, or a damaged one: a header of 18446744073709551615 bytes, expected at most 100000000");
  CHECK(complaint(std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10)) ==
        "no safetensors file, or a damaged one: a header of 100000001 bytes, expected at most 100000000");
  CHECK(complaint(std::string("\x03\0\0\0\0\0\0\0{}", 10)) ==
        "cut off, or no safetensors file: a header of 3 bytes in a file of 10");
  CHECK(complaint(file_of("[]")) == "no safetensors file, its header does not begin with {");
  CHECK(complaint(file_of("{\"a\"")) == "its header is not JSON in UTF-8: wrong at byte 5");
  CHECK(complaint(file_of("{\"a\":1e999}")) == "its header has a number that is too large");
  CHECK(complaint(file_of("{}}")) == "its header is not JSON in UTF-8: wrong at byte 3");
  CHECK(complaint(file_of("{\"\xff\":1}")) == "its header is not JSON in UTF-8: wrong at byte 3");
  CHECK(complaint(file_of("{\"\xc0\xaf\":1}")) == "its header is not JSON in UTF-8: wrong at byte 3");
}

TEST_CASE("safetensors: a header that says too much, twice, or nonsense is refused") {
  const std::string four(4, 'x');
  const auto of = [&](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return complaint(file_of(describe(dtype, shape, offsets), four));
  };
  CHECK(of(R"("F32")", "[1]", "[0,4]") == "");
  CHECK(of(R"("F8_E5M2")", "[4]", "[0,4]") == "a has elements of an unknown type, F8_E5M2");
  CHECK(of("32", "[1]", "[0,4]") == "a has a dtype that is no string");
  CHECK(of(R"("F32")", "[-1]", "[0,4]") == "a has a shape that is no list of sizes");
  CHECK(of(R"("F32")", "[1.0]", "[0,4]") == "a has a shape that is no list of sizes");
  CHECK(of(R"("F32")", "1", "[0,4]") == "a has a shape that is no list of sizes");
  CHECK(of(R"("F32")", "[1,1,1,1,1,1,1]", "[0,4]") == "a has 7 axes, at most 6 are possible");
  CHECK(of(R"("F32")", "[1,1,1,1,1,1,2]", "[0,4]") ==
        "a has 4 bytes, expected 8 for [1,1,1,1,1,1,2] elements of type F32");
  CHECK(of(R"("F32")", "[1,1,1,1,1,4611686018427387904,4]", "[0,4]") ==
        "a has a shape too large for memory, [1,1,1,1,1,4611686018427387904,4]");
  CHECK(of(R"("F32")", "[1]", "[0]") == "a has data_offsets that are no two offsets");
  CHECK(of(R"("F32")", "[1]", "[0,-4]") == "a has data_offsets that are no two offsets");
  CHECK(of(R"("F32")", "[1]", "[0,4,8]") == "a has data_offsets that are no two offsets");
  CHECK(of(R"("F32")", "[1]", "[4,0]").starts_with("a has bytes 4 to 0 of a file of "));
  CHECK(of(R"("F32")", "[1]", "[0,400]").starts_with("a has bytes 0 to 400 of a file of "));
  CHECK(of(R"("F32")", "[2]", "[0,4]") == "a has 4 bytes, expected 8 for [2] elements of type F32");
  CHECK(of(R"("F32")", "[2]", "[0,8]") == "has 4 bytes of data, expected 8 by its header");
  CHECK(of(R"("F32")", "[0]", "[0,0]") == "has 4 bytes of data, expected 0 by its header");
  CHECK(of(R"("F32")", "[18446744073709551615]", "[0,4]") == "a has a size too large for memory, 18446744073709551615");
  CHECK(of(R"("F32")", "[4611686018427387904,4]", "[0,4]") ==
        "a has a shape too large for memory, [4611686018427387904,4]");
  CHECK(of(R"("F32")", "[0,4294967296,4294967296]", "[0,0]") ==
        "a has a shape too large for memory, [0,4294967296,4294967296]");
  CHECK(of(R"("F32")", "[99999999999999999999]", "[0,4]") == "a has a shape that is no list of sizes");

  CHECK(complaint(file_of(R"({"a":{"dtype":"F32","shape":[1]}})", four)) ==
        "a is described otherwise than by dtype, shape and data_offsets");
  CHECK(complaint(file_of(R"({"a":[1]})")) == "a is described otherwise than by dtype, shape and data_offsets");
  CHECK(complaint(file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", four)) ==
        "a is described otherwise than by dtype, shape and data_offsets");
  const std::string good = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  CHECK(complaint(file_of(R"({"a":)" + good + R"(,"a":)" + good + "}", four)) == R"(its header names "a" twice)");
  CHECK(complaint(file_of(R"({"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]}})", four)) ==
        R"(its header names "dtype" twice)");
  CHECK(complaint(file_of(R"({"__metadata__":{"a":1}})")) == "__metadata__ has a that is no string");
  CHECK(complaint(file_of(R"({"__metadata__":[]})")) == "__metadata__ is no object");

  const std::string deep = std::string(10'000'000, '[');
  CHECK(complaint(file_of(R"({"a":)" + deep)) == "its header is nested too deeply");
  CHECK(complaint(file_of(R"({"a":{"b":{"c":{}}}})")) == "its header is nested too deeply");
}

TEST_CASE("safetensors: tensors of unknown types or ranks are listed, and refused only when asked for") {
  const TemporaryFolder folder;
  folder.write("x", file_of(R"({"f8":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},)"
                            R"("f4":{"dtype":"F4","shape":[4],"data_offsets":[2,4]},)"
                            R"("c":{"dtype":"C64","shape":[],"data_offsets":[4,12]},)"
                            R"("axes":{"dtype":"U8","shape":[1,1,1,1,1,2,1],"data_offsets":[12,14]},)"
                            R"("known":{"dtype":"U8","shape":[2],"data_offsets":[14,16]}})",
                            "0123456789abcdef"));
  const io::SafeTensorsFile file(folder / "x");
  CHECK(file.tensors().size() == 5);
  CHECK(file.tensors().at("c").unreadable == "has elements of an unknown type, C64");
  CHECK(file.tensors().at("c").bytes == 8);
  CHECK(file.tensors().at("known").unreadable.empty());
  CHECK(file.read<std::uint8_t>("known")(1) == 'f');
  const auto error = [&](const char* name) { return message_of<IoError>([&] { file.read<std::uint8_t>(name); }); };
  CHECK(error("f8") == file.name() + ": f8 has elements of an unknown type, F8_E4M3");
  CHECK(error("f4") == file.name() + ": f4 has elements of an unknown type, F4");
  CHECK(error("axes") == file.name() + ": axes has 7 axes, at most 6 are possible");
}

TEST_CASE("safetensors: names and types that a file makes up are one short line in a message") {
  const std::string entry = R"(":{"dtype":"U8","shape":[9],"data_offsets":[0,4]}})";
  CHECK(complaint(file_of(R"({"a\n\u001bb)" + entry, "1234")) ==
        "a\\u000a\\u001bb has 4 bytes, expected 9 for [9] elements of type U8");
  CHECK(complaint(file_of("{\"" + std::string(3'000'000, 'x') + entry, "1234")).size() < 200);
  CHECK(complaint(file_of(describe('"' + std::string(3'000'000, 'x') + '"', "[4]", "[0,4]"), "1234")).size() < 200);
  std::string sizes = "[1";
  for (int i = 0; i < 1'000'000; ++i) sizes += ",1";
  CHECK(complaint(file_of(describe(R"("U8")", sizes + ",9]", "[0,4]"), "1234")).size() < 200);
  const std::string key = '"' + std::string(3'000'000, 'x') + '"';
  CHECK(complaint(file_of("{" + key + ":{}," + key + ":{}}")).size() < 200);
  CHECK(complaint(file_of(R"({"__metadata__":{)" + key + ":1}}")).size() < 200);
}

TEST_CASE("safetensors: tensors that overlap, or leave a hole, are refused") {
  const auto two = [](const std::string& a, const std::string& b) {
    const auto entry = [](const std::string& offsets) {
      return R"({"dtype":"U8","shape":[4],"data_offsets":)" + offsets + "}";
    };
    return complaint(file_of(R"({"a":)" + entry(a) + R"(,"b":)" + entry(b) + "}", "12345678"));
  };
  CHECK(two("[0,4]", "[4,8]") == "");
  CHECK(two("[4,8]", "[0,4]") == "");
  CHECK(two("[0,4]", "[0,4]") == "tensors overlap at byte 0 of the data");
  CHECK(two("[0,4]", "[3,7]") == "tensors overlap at byte 3 of the data");
  CHECK(two("[0,4]", "[5,9]") == "tensors leave a hole at byte 4 of the data");
  CHECK(two("[1,5]", "[5,9]") == "tensors leave a hole at byte 0 of the data");
}

TEST_CASE("safetensors: no change of a few bytes makes reading crash") {
  const TemporaryFolder folder;
  io::SafeTensorsWriter writer;
  writer.metadata = {{"model", "x"}};
  writer.add("a", reference::random<float>({2, 3}, 1));
  writer.add("b", Tensor<bool>({3}, {true, false, true}));
  writer.write(folder / "x.safetensors");
  const std::string whole = folder.read("x.safetensors");
  Rng rng(1);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = whole;
    const auto changes = 1 + rng.below(3);
    for (std::uint32_t change = 0; change < changes; ++change)
      bytes[rng.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<char>(rng.below(256));
    if (i % 3 == 0) bytes.resize(rng.below(static_cast<std::uint32_t>(bytes.size() + 1)));
    refused += !complaint(bytes).empty();
  }
  CHECK(refused > 1500);
}

TEST_CASE("safetensors: what is no file, or cannot be written, is said, and an earlier file stays") {
  const TemporaryFolder folder;
  CHECK(message_of<IoError>([&] { io::SafeTensorsFile(folder / "none"); }) ==
        (folder / "none").string() + ": cannot be opened: No such file or directory");
  std::filesystem::create_directory(folder / "folder");
  CHECK(message_of<IoError>([&] { io::SafeTensorsFile(folder / "folder"); }) ==
        (folder / "folder").string() + ": not a file");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(message_of<IoError>([&] { io::SafeTensorsFile(folder / "pipe"); }) ==
        (folder / "pipe").string() + ": not a file");

  io::SafeTensorsWriter writer;
  writer.add("a", Tensor<float>({1}, {1}));
  CHECK(message_of<IoError>([&] { writer.write(folder / "missing" / "x"); }) ==
        (folder / "missing" / "x").string() + ": cannot be written: No such file or directory");
  CHECK(message_of<ValueError>([&] { writer.add("a", Tensor<float>({1})); }) ==
        "safetensors: two tensors are called a");
  CHECK(message_of<ValueError>([&] { writer.add("__metadata__", Tensor<float>({1})); }) ==
        "safetensors: a tensor cannot be called __metadata__");
  folder.write("old", "old");
  writer.add("\xff", Tensor<float>({1}));
  CHECK(message_of<ValueError>([&] { writer.write(folder / "old"); }) ==
        "safetensors: a name or metadata is not UTF-8");
  CHECK(folder.read("old") == "old");
}

TEST_CASE("safetensors: a header that no reader would take is not written") {
  const TemporaryFolder folder;
  io::SafeTensorsWriter writer;
  writer.metadata["long"] = std::string(100'000'000, 'x');
  CHECK(message_of<ValueError>([&] { writer.write(folder / "x"); }) ==
        "safetensors: a header of 100000032 bytes, at most 100000000 are allowed");
  CHECK(!std::filesystem::exists(folder / "x"));
}
