#include <doctest/doctest.h>

#include <fstream>

#include "graft/core/file.h"
#include "graft/core/tensor.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using graft::test::error_text;
using graft::test::TemporaryFolder;
using namespace std::string_literals;

// A file as numpy.save (1.24) writes it: magic, version 1.0, header padded to 118 bytes.
static std::string numpy_file(std::string dictionary, const std::string& elements) {
  dictionary.resize(117, ' ');
  return "\x93NUMPY\x01\x00v\x00"s + dictionary + "\n" + elements;
}
static const std::string kSixFloats = "\x00\x00\xc0?\x00\x00\x00\xc0\x00\x00@@\x00\x00\x88@\x00\x00\x00\x00o\x12\x83:"s;
static const char* const kSixFloatsHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";

static Tensor loaded(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder / "a.npy", bytes);
  return Tensor::load_npy(folder / "a.npy");
}

// The error without the path of the folder, which changes.
static std::string refused(const std::string& bytes) {
  const std::string text = error_text<FormatError>([&] { loaded(bytes); });
  const size_t file = text.find("a.npy");
  return file == std::string::npos ? text : text.substr(file);
}

TEST_CASE("float files of NumPy are read") {
  const Tensor tensor = loaded(numpy_file(kSixFloatsHeader, kSixFloats));
  CHECK(bit_equal(tensor, Tensor(Shape{3, 2}, std::vector<float>{1.5f, -2, 3, 4.25f, 0, 1e-3f})));
}

TEST_CASE("versions 2 and 3 of the format are read") {
  for (const char version : {'\x02', '\x03'}) {
    std::string header = kSixFloatsHeader;
    header.resize(115, ' ');
    const std::string bytes = "\x93NUMPY"s + version + "\x00t\x00\x00\x00"s + header + "\n" + kSixFloats;
    CHECK(loaded(bytes).shape() == Shape{3, 2});
    const Tensor tensor = loaded(bytes);
    CHECK(tensor.data<float>()[3] == 4.25f);
  }
}

TEST_CASE("doubles, integers, bytes and truth values are read as the nearest type") {
  const Tensor f8 = loaded(numpy_file("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
                                      "\0\0\0\0\0\0\xf0?\0\0\0\0\0\0\x04@\0\0\0\0\0\0\x08\xc0"s));
  CHECK(bit_equal(f8, Tensor(Shape{3}, std::vector<float>{1, 2.5f, -3})));
  const Tensor i4 = loaded(numpy_file("{'descr': '<i4', 'fortran_order': False, 'shape': (1, 3), }",
                                      "\x01\0\0\0\xfe\xff\xff\xff\x03\0\0\0"s));
  CHECK(bit_equal(i4, Tensor(Shape{1, 3}, std::vector<int32_t>{1, -2, 3})));
  const Tensor i8 = loaded(numpy_file("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
                                      "\x07\0\0\0\0\0\0\0\xf8\xff\xff\xff\xff\xff\xff\xff"s));
  CHECK(bit_equal(i8, Tensor(Shape{2}, std::vector<int32_t>{7, -8})));
  const Tensor u1 = loaded(numpy_file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "\0\xff"s));
  CHECK(bit_equal(u1, Tensor(Shape{2}, std::vector<uint8_t>{0, 255})));
  const Tensor b1 = loaded(numpy_file("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", "\x01\0\x01"s));
  CHECK(bit_equal(b1, Tensor(Shape{3}, std::vector<uint8_t>{1, 0, 1})));
}

TEST_CASE("half precision is read as it is, and every type on request") {
  const Tensor f2 = loaded(numpy_file("{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", "\0<\0\xc1"s));
  CHECK(f2.dtype() == DType::f16);
  CHECK(bit_equal(f2.cast(DType::f32), Tensor(Shape{2}, {1, -2.5})));
  const TemporaryFolder folder;
  const auto back = [&](const Tensor& tensor) {
    tensor.save_npy(folder / "t.npy");
    return bit_equal(Tensor::load_npy(folder / "t.npy", tensor.dtype()), tensor);
  };
  CHECK(back(Tensor(Shape{2}, std::vector<int64_t>{-5, int64_t{1} << 62})));
  CHECK(back(Tensor(Shape{2}, std::vector<double>{0.1, -1e300})));
  CHECK(back(Tensor(Shape{3}, std::vector<bool>{true, false, true})));
  CHECK(back(f2));
  CHECK(error_text<DataError>([&] { Tensor(Shape{1}, {"a"}).save_npy(folder / "t.npy"); }) ==
        "strings are not written as .npy; .json takes them.");
}

TEST_CASE("rank 0 and empty arrays are read") {
  const Tensor scalar = loaded(numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "\x00\x00P@"s));
  CHECK(scalar.shape() == Shape{});
  CHECK(scalar.item() == 3.25f);
  CHECK(loaded(numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", "")).shape() == Shape{0, 3});
}

TEST_CASE("what is saved is what NumPy writes, byte for byte") {
  const TemporaryFolder folder;
  const Tensor tensor(Shape{3, 2}, std::vector<float>{1.5f, -2, 3, 4.25f, 0, 1e-3f});
  tensor.save_npy(folder / "a.npy");
  CHECK(read_file(folder / "a.npy") == numpy_file(kSixFloatsHeader, kSixFloats));
  Tensor::scalar(3.25f).save_npy(folder / "b.npy");
  CHECK(read_file(folder / "b.npy") ==
        numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "\x00\x00P@"s));
}

TEST_CASE("a saved tensor of every type comes back") {
  const TemporaryFolder folder;
  const auto back = [&](const Tensor& tensor) {
    tensor.save_npy(folder / "t.npy");
    return bit_equal(Tensor::load_npy(folder / "t.npy"), tensor);
  };
  CHECK(back(Tensor(Shape{2, 1, 2}, std::vector<float>{1, -1, 0, 1e30f})));
  CHECK(back(Tensor(Shape{3}, std::vector<int32_t>{1, -1, 1 << 30})));
  CHECK(back(Tensor(Shape{2, 2}, std::vector<uint8_t>{1, 2, 3, 255})));
  CHECK(back(Tensor(Shape{0, 4})));
  CHECK(error_text<DataError>([&] { Tensor(Shape{1}, DType::bf16).save_npy(folder / "t.npy"); }) ==
        ".npy has no bfloat16; cast(DType::f32) can be saved.");
}

TEST_CASE("files that are not .npy are refused") {
  CHECK(refused("") == "a.npy: is not a .npy file: it has 0 bytes.");
  CHECK(refused("PK\x03\x04 zip") == "a.npy: is not a .npy file: it does not begin with \\x93NUMPY.");
  CHECK(refused("\x93NUMPY\x09\x00v\x00"s) == "a.npy: the .npy version must be 1 to 3; received 9.0.");
}

TEST_CASE("truncated files are refused wherever they end") {
  const std::string whole = numpy_file(kSixFloatsHeader, kSixFloats);
  for (size_t length = 0; length < whole.size(); ++length)
    CHECK(refused(whole.substr(0, length)).starts_with("a.npy: "));
  CHECK(refused(whole.substr(0, 8)) == "a.npy: the file ends early, at byte 8.");
  CHECK(refused(whole.substr(0, 60)) == "a.npy: the .npy header has 118 bytes, the whole file 60.");
  CHECK(refused(whole.substr(0, 151)) ==
        "a.npy: the header promises (3, 2) of '<f4', 6 elements of 4 bytes; the file holds 23 bytes of them.");
}

TEST_CASE("a header that contradicts the size is refused") {
  CHECK(refused(numpy_file(kSixFloatsHeader, kSixFloats + "x")) ==
        "a.npy: the header promises (3, 2) of '<f4', 6 elements of 4 bytes; the file holds 25 bytes of them.");
  CHECK(refused(numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "")) ==
        "a.npy: shape (4611686018427387904, 4) has more elements than can be counted in 64 bits.");
  CHECK(refused(numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,), }", "")) ==
        "a.npy: the header promises (4611686018427387904,) of '<f4', 4611686018427387904 elements of 4 bytes; "
        "the file holds 0 bytes of them.");
}

TEST_CASE("order and types that are not read are named") {
  CHECK(refused(numpy_file("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", kSixFloats)) ==
        "a.npy: the elements must be in C order; these are in Fortran order.\n"
        "  Hint: numpy.save(path, numpy.ascontiguousarray(array)) writes C order.");
  CHECK(refused(numpy_file("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "?\x80\0\0@\0\0\0"s)) ==
        "a.npy: elements must be f2, f4, f8, i4, i8, u1 or b1, little-endian; received '>f4'.");
  CHECK(refused(numpy_file("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }", "\0<\0@"s)) ==
        "a.npy: elements must be f2, f4, f8, i4, i8, u1 or b1, little-endian; received '<i2'.");
  CHECK(refused(numpy_file("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", "\0\0\0\0\0\x01\0\0"s)) ==
        "a.npy: the value 1099511627776 does not fit int32, which i8 is read as.");
}

TEST_CASE("headers that are not the dictionary are refused") {
  const std::string prefix = "a.npy: the .npy header cannot be read at character ";
  CHECK(refused(numpy_file("[1, 2]", "")) == prefix + "0: expected '{'.");
  CHECK(refused(numpy_file("{'descr': '<f4', 'shape': (1,), }", "")).starts_with(prefix + "118: the keys descr"));
  CHECK(refused(numpy_file("{'descr': '<f4', 'colour': 3}", "")) ==
        prefix + "26: the key 'colour' is unknown or repeated.");
  CHECK(refused(numpy_file("{'descr': [('x', '<f4')], }", "")) ==
        prefix + "10: expected a string (records are not supported).");
  CHECK(refused(numpy_file("{'fortran_order': Maybe}", "")) == prefix + "18: expected True or False.");
  CHECK(refused(numpy_file("{'shape': (-3,)}", "")) == prefix + "11: expected a dimension.");
  CHECK(refused(numpy_file("{'descr': '<f4}", "")) == prefix + "11: a string does not end.");
}

TEST_CASE("files that cannot be opened are named") {
  const TemporaryFolder folder;
  CHECK(error_text<FormatError>([&] { Tensor::load_npy(folder / "none.npy"); }) ==
        (folder / "none.npy").string() + ": cannot be opened: No such file or directory.");
  CHECK(error_text<FormatError>([&] { Tensor::load_npy(folder.path()); }) ==
        folder.path().string() + ": expected a .npy file; it is a folder.");
}
