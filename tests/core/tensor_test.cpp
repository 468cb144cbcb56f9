#include "graft/core/tensor.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <type_traits>
#include <utility>

#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

static std::vector<float> values(const Tensor& tensor) {
  const auto data = tensor.data<float>();
  return {data.begin(), data.end()};
}

TEST_CASE("a tensor without values is zeros, aligned to 64 bytes") {
  const Tensor tensor(Shape{3, 2});
  CHECK(values(tensor) == std::vector<float>(6, 0.f));
  CHECK(reinterpret_cast<uintptr_t>(tensor.raw()) % 64 == 0);
  CHECK(tensor.bytes() == 24);
}

TEST_CASE("the values must fill the shape") {
  CHECK(error_text<ShapeError>([] { Tensor(Shape{2, 2}, std::vector<float>{1, 2, 3}); }) ==
        "a tensor (2, 2) has 4 values; received 3.");
  CHECK(error_text<ShapeError>([] { Tensor(Shape{Shape::none, 2}); }) ==
        "the number of elements of (None, 2) is unknown.");
}

TEST_CASE("numbers in braces are float32, whatever they are written as") {
  CHECK(values(Tensor(Shape{3}, {1, 2, 3})) == std::vector<float>{1, 2, 3});
  CHECK(values(Tensor(Shape{3}, {0.5, 1.0, 2.5})) == std::vector<float>{0.5f, 1, 2.5f});
  CHECK(values(Tensor({2, 2}, {1, 2.5, 3.f, 4})) == std::vector<float>{1, 2.5f, 3, 4});
  const int i = -7;
  const double d = 0.25;
  const uint8_t u = 200;
  CHECK(values(Tensor(Shape{3}, {i, d, u})) == std::vector<float>{-7, 0.25f, 200});
  CHECK(Tensor(Shape{2}, {1, 2}).dtype() == DType::f32);
  CHECK(Tensor(Shape{0}, {}).elements() == 0);
  CHECK(Tensor(Shape{1}, std::vector<int32_t>{5}).dtype() == DType::s32);
  CHECK(error_text<ShapeError>([] { Tensor(Shape{2, 2}, {1, 2, 3}); }) == "a tensor (2, 2) has 4 values; received 3.");
}

TEST_CASE("numbers in nested braces are rows") {
  const Tensor rows(Shape{2, 3}, {{1, 2, 3}, {4, 5.5, 6}});
  CHECK(rows.shape() == Shape{2, 3});
  CHECK(values(rows) == std::vector<float>{1, 2, 3, 4, 5.5f, 6});
  CHECK(values(Tensor(Shape{2, 1}, {{1}, {2}})) == std::vector<float>{1, 2});
  CHECK(error_text<ShapeError>([] { Tensor(Shape{2, 3}, {{1, 2, 3}, {4, 5}}); }) ==
        "row 1 has 2 values, which does not fit a tensor (2, 3).");
  CHECK(error_text<ShapeError>([] { Tensor(Shape{3, 2}, {{1, 2}, {3, 4}}); }) ==
        "a tensor (3, 2) has 6 values; received 4.");
}

// What a temporary owns is returned by value, and a view of it does not compile.
template <class T>
concept HasData = requires(T&& tensor) { std::forward<T>(tensor).template data<float>(); };
template <class T>
concept HasRaw = requires(T&& tensor) { std::forward<T>(tensor).raw(); };
template <class T>
concept HasBegin = requires(T&& shape) { std::forward<T>(shape).begin(); };
static_assert(HasData<Tensor&> && HasData<const Tensor&> && !HasData<Tensor> && !HasData<const Tensor>);
static_assert(HasRaw<Tensor&> && HasRaw<const Tensor&> && !HasRaw<Tensor> && !HasRaw<const Tensor>);
static_assert(HasBegin<Shape&> && HasBegin<const Shape&> && !HasBegin<Shape>);
static_assert(std::is_same_v<decltype(std::declval<Tensor&>().shape()), const Shape&>);
static_assert(std::is_same_v<decltype(std::declval<Tensor>().shape()), Shape>);
static_assert(std::is_same_v<decltype(std::declval<Shape&>().dims()), const std::vector<int64_t>&>);
static_assert(std::is_same_v<decltype(std::declval<Shape>().dims()), std::vector<int64_t>>);
static_assert(std::is_same_v<decltype(std::declval<Tensors&>()[0]), Tensor&>);
static_assert(std::is_same_v<decltype(std::declval<Tensors>()[0]), Tensor>);
static_assert(std::is_same_v<decltype(std::declval<Tensors>().front()), Tensor>);
static_assert(!std::is_convertible_v<HeldData<float>, std::span<const float>>);
static_assert(std::is_convertible_v<HeldData<float>&, std::span<const float>>);

TEST_CASE("a list of one tensor is a tensor") {
  const auto list = [] { return Tensors{Tensor(Shape{1, 3}, {1, 2, 3})}; };
  CHECK(list().shape() == Shape{1, 3});
  CHECK(list().dtype() == DType::f32);
  CHECK(list().elements() == 3);
  float sum = 0;
  for (const float value : list().data<float>()) sum += value;
  CHECK(sum == 6);
  const auto held = list().data<float>();
  CHECK(held.size() == 3);
  CHECK(held[2] == 3);
  const std::span<const float> view = held;
  CHECK(view[1] == 2);
  const Tensor& alone = list();
  CHECK(values(alone) == std::vector<float>{1, 2, 3});
  Tensors named = list();
  named.data<float>()[0] = 9;
  CHECK(std::as_const(named).data<float>()[0] == 9);
  CHECK(named[0].data<float>()[0] == 9);
  CHECK(named.data() == &named[0]);
  CHECK(Tensors(Tensor::scalar(4)).item() == 4);
}

TEST_CASE("a list of several tensors is not one, and the error says how many they are") {
  const Tensors two{Tensor::scalar(1), Tensor::scalar(2)};
  const std::string expected = "expected one Tensor; received 2.";
  CHECK(error_text<DataError>([&] { two.shape(); }) == expected);
  CHECK(error_text<DataError>([&] { two.data<float>(); }) == expected);
  CHECK(error_text<DataError>([&] { Tensors(two).data<float>(); }) == expected);
  CHECK(error_text<DataError>([&] { two.item(); }) == expected);
  CHECK(error_text<DataError>([&] { const Tensor one = two; }) == expected);
  CHECK(error_text<DataError>([] { Tensors().dtype(); }) == "expected one Tensor; received 0.");
}

TEST_CASE("a tensor larger than memory is one clear error") {
  const std::string text = error_text<BackendError>([] { Tensor(Shape{1 << 30, 1 << 20}); });
  CHECK(text.starts_with("a tensor (1073741824, 1048576) of float32 needs 4503599627370496 bytes; the machine has "));
}

TEST_CASE("rank 0 holds one value") {
  const Tensor scalar = Tensor::scalar(2.5f);
  CHECK(scalar.shape() == Shape{});
  CHECK(scalar.elements() == 1);
  CHECK(scalar.item() == 2.5f);
}

TEST_CASE("a tensor without data is empty and counts nothing") {
  const Tensor none;
  CHECK(none.empty());
  CHECK(none.elements() == 0);
  CHECK(none.clone().empty());
  CHECK_FALSE(Tensor(Shape{0, 3}).empty());
}

TEST_CASE("copies share, clones do not") {
  Tensor a(Shape{2}, std::vector<float>{1, 2});
  Tensor shared = a, cloned = a.clone();
  a.data<float>()[0] = 9;
  CHECK(values(shared) == std::vector<float>{9, 2});
  CHECK(values(cloned) == std::vector<float>{1, 2});
}

TEST_CASE("reading as another type is an error that names both") {
  const Tensor tensor(Shape{1}, std::vector<int32_t>{4});
  CHECK(error_text<DataError>([&] { tensor.data<float>(); }) == "a tensor of int32 cannot be read as float32.");
  CHECK(tensor.item() == 4.f);
}

TEST_CASE("item needs exactly one value") {
  CHECK(error_text<ShapeError>([] { Tensor(Shape{2}).item(); }) ==
        "item() needs a tensor of one value; received (2,).");
}

TEST_CASE("reshaping shares the buffer and infers one dimension") {
  const Tensor tensor(Shape{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const Tensor reshaped = tensor.reshaped({3, 2});
  CHECK(reshaped.raw() == tensor.raw());
  CHECK(tensor.reshaped({Shape::none, 2}).shape() == Shape{3, 2});
  CHECK(tensor.reshaped({6}).shape() == Shape{6});
  CHECK(error_text<ShapeError>([&] { tensor.reshaped({4, 2}); }) ==
        "a tensor (2, 3) cannot be reshaped to (4, 2): it has 6 values.");
  CHECK(error_text<ShapeError>([&] { tensor.reshaped({4, Shape::none}); }) ==
        "a tensor (2, 3) cannot be reshaped to (4, None): it has 6 values.");
  CHECK(error_text<ShapeError>([&] { tensor.reshaped({Shape::none, Shape::none}); }) ==
        "one dimension can be inferred, not 2; received (None, None).");
}

TEST_CASE("rows are a view, gathered rows a copy") {
  Tensor tensor(Shape{3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  Tensor tail = tensor.rows(1, 3);
  const std::vector<int64_t> wanted{2, 0, 2};
  const Tensor gathered = tensor.gathered(wanted);
  tensor.data<float>()[4] = 50;
  CHECK(tail.shape() == Shape{2, 2});
  CHECK(values(tail) == std::vector<float>{3, 4, 50, 6});
  CHECK(values(gathered) == std::vector<float>{5, 6, 1, 2, 5, 6});
  CHECK(tensor.rows(1, 1).elements() == 0);
  CHECK(error_text<ShapeError>([&] { tensor.rows(2, 4); }) == "rows 2 to 4 are not in a tensor (3, 2).");
  CHECK(error_text<ShapeError>([&] { tensor.gathered(std::vector<int64_t>{3}); }) ==
        "row 3 is not in a tensor (3, 2).");
  CHECK(error_text<ShapeError>([] { Tensor::scalar(1).rows(0, 1); }) == "a tensor of rank 0 has no rows.");
}

TEST_CASE("strings are elements like others") {
  const Tensor words(Shape{2, 2}, {"a", "a longer text, which has memory of its own", "", "\xc3\xa9"});
  CHECK(words.dtype() == DType::string);
  CHECK(words.data<std::string>()[1] == "a longer text, which has memory of its own");
  const Tensor copy = words.clone();
  CHECK(bit_equal(copy, words));
  CHECK(copy.raw() != words.raw());
  CHECK(bit_equal(words.rows(1, 2), Tensor(Shape{1, 2}, {"", "\xc3\xa9"})));
  const std::vector<int64_t> order{1, 0, 1};
  CHECK(bit_equal(words.gathered(order).rows(0, 2),
                  Tensor(Shape{2, 2}, {"", "\xc3\xa9", "a", "a longer text, which has memory of its own"})));
  CHECK(bit_equal(words.cast(DType::string), words));
  CHECK(relative_difference(words, copy) == 0);
  CHECK_FALSE(bit_equal(words, Tensor(Shape{2, 2}, DType::string)));
  std::ostringstream printed;
  printed << words.rows(0, 1).reshaped(Shape{2}).rows(0, 1);
  CHECK(printed.str() == "Tensor (1,) string [\"a\"]");
  CHECK(error_text<DataError>([&] { words.cast(DType::f32); }) == "strings cannot be converted to numbers.");
  CHECK(error_text<DataError>([] { Tensor::scalar(1).cast(DType::string); }) ==
        "numbers cannot be converted to strings.");
  CHECK(error_text<DataError>([&] { words.data<float>(); }) == "a tensor of string cannot be read as float32.");
}

TEST_CASE("integers are cast without a detour by float") {
  const int64_t large = (int64_t{1} << 31) - 1;
  const Tensor wide(Shape{2}, std::vector<int64_t>{large, -7});
  const Tensor narrow = wide.cast(DType::s32);
  CHECK(narrow.data<int32_t>()[0] == large);
  CHECK(bit_equal(narrow.cast(DType::s64), wide));
  CHECK(bit_equal(wide.cast(DType::boolean), Tensor(Shape{2}, std::vector<bool>{true, true})));
  CHECK(bit_equal(Tensor(Shape{2}, std::vector<bool>{true, false}).cast(DType::f32), Tensor(Shape{2}, {1, 0})));
  CHECK(error_text<DataError>([] { Tensor(Shape{1}, std::vector<int64_t>{int64_t{1} << 31}).cast(DType::s32); }) ==
        "the value 2147483648 does not fit int32.");
  CHECK(error_text<DataError>([] { Tensor(Shape{1}, {0x1p63}).cast(DType::s64); }) ==
        "the value 9223372036854775808 does not fit int64.");
}

TEST_CASE("half precision rounds to the nearest number") {
  const auto through = [](float value) { return Tensor::scalar(value).cast(DType::f16).cast(DType::f32).item(); };
  CHECK(through(1.0009765625f) == 1.0009765625f);
  CHECK(through(1.00048828125f) == 1.f);  // half way, to even
  CHECK(through(65504.f) == 65504.f);
  CHECK(std::isinf(through(65520.f)));
  CHECK(through(0x1p-24f) == 0x1p-24f);
  CHECK(through(-0x1p-26f) == 0.f);
  CHECK(std::isnan(through(NAN)));
}

TEST_CASE("casting keeps values, and refuses those that do not fit") {
  const Tensor floats(Shape{3}, std::vector<float>{0, 2.75f, 255});
  const Tensor same = floats.cast(DType::f32);
  CHECK(same.raw() == floats.raw());
  CHECK(values(floats.cast(DType::s32).cast(DType::f32)) == std::vector<float>{0, 2, 255});
  CHECK(values(floats.cast(DType::u8).cast(DType::f32)) == std::vector<float>{0, 2, 255});
  CHECK(error_text<DataError>([] { Tensor::scalar(256).cast(DType::u8); }) == "the value 256 does not fit uint8.");
  CHECK(error_text<DataError>([] { Tensor::scalar(NAN).cast(DType::s32); }) == "the value nan does not fit int32.");
}

TEST_CASE("bfloat16 rounds to the nearest even") {
  const auto through = [](float value) { return Tensor::scalar(value).cast(DType::bf16).cast(DType::f32).item(); };
  CHECK(through(1.f) == 1.f);
  CHECK(through(1.f + 0x1p-8f) == 1.f);                    // halfway: to the even one below
  CHECK(through(1.f + 3 * 0x1p-8f) == 1.f + 4 * 0x1p-8f);  // halfway: to the even one above
  CHECK(through(1.f + 0x1p-8f + 0x1p-20f) == 1.f + 0x1p-7f);
  CHECK(std::isnan(through(NAN)));
  CHECK(through(-INFINITY) == -INFINITY);
}

TEST_CASE("types have Keras's names") {
  for (const DType dtype : {DType::f32, DType::s32, DType::u8, DType::bf16})
    CHECK(dtype_from_name(to_string(dtype)) == dtype);
  CHECK(error_text<ConfigError>([] { dtype_from_name("float"); }) ==
        "dtype must be one of float32, int32, uint8, bfloat16, int64, bool, float16, float64, string; received "
        "\"float\".");
}

TEST_CASE("a tensor prints its shape, type and ends") {
  const auto text = [](const Tensor& tensor) {
    std::ostringstream out;
    out << tensor;
    return out.str();
  };
  CHECK(text(Tensor(Shape{2, 1}, std::vector<int32_t>{1, -2})) == "Tensor (2, 1) int32 [1, -2]");
  CHECK(text(Tensor(Shape{9}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9})) ==
        "Tensor (9,) float32 [1, 2, 3, ..., 7, 8, 9]");
  CHECK(text(Tensor(Shape{7}, std::vector<float>{1, 2, 3, 4, 5, 6, 7})) == "Tensor (7,) float32 [1, 2, 3, 4, 5, 6, 7]");
  CHECK(text(Tensor()) == "Tensor without data");
}

TEST_CASE("the relative difference is taken of the largest value") {
  const auto tensor = [](std::vector<float> v) { return Tensor(Shape{static_cast<int64_t>(v.size())}, v); };
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  CHECK(relative_difference(tensor({1, 2.5f}), tensor({1, 2})) == doctest::Approx(0.25));
  CHECK(relative_difference(tensor({0.5f, 0}), tensor({0, 0})) == 0.5);
  CHECK(relative_difference(tensor({nan, 1}), tensor({nan, 1})) == 0);
  CHECK(relative_difference(tensor({nan, 1}), tensor({0, 1})) == infinity);
  CHECK(relative_difference(tensor({infinity}), tensor({infinity})) == 0);
  CHECK(relative_difference(tensor({infinity}), tensor({1})) == infinity);
  CHECK(relative_difference(tensor({1}), tensor({1, 1})) == infinity);
}

TEST_CASE("bit equality sees the sign of zero and the type") {
  CHECK(bit_equal(Tensor::scalar(1), Tensor::scalar(1)));
  CHECK_FALSE(bit_equal(Tensor::scalar(0.f), Tensor::scalar(-0.f)));
  CHECK_FALSE(bit_equal(Tensor(Shape{1}), Tensor(Shape{1}, DType::s32)));
  CHECK_FALSE(bit_equal(Tensor(Shape{1}), Tensor(Shape{1, 1})));
}
