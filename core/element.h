#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "graft/core/dtype.h"

namespace graft {

// Internal: one element of a Tensor in each of its types.

/// IEEE 754's half precision: 1 bit of sign, 5 of exponent, 10 of fraction.
struct Half {
  uint16_t bits = 0;
  Half() = default;
  explicit Half(float value);  ///< the nearest number, ties to even; infinite when it is too large
  explicit operator float() const;
};

/// bfloat16: the upper half of a float.
struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value);  ///< the nearest number, ties to even; a NaN stays a NaN
  explicit operator float() const;
};

/// Calls `use` with an element of the C++ type that a dtype is stored as.
template <class Use>
auto with_element(DType dtype, const Use& use) {
  switch (dtype) {
    case DType::f32:
      return use(float{});
    case DType::s32:
      return use(int32_t{});
    case DType::u8:
      return use(uint8_t{});
    case DType::bf16:
      return use(BFloat16{});
    case DType::s64:
      return use(int64_t{});
    case DType::boolean:
      return use(bool{});
    case DType::f16:
      return use(Half{});
    case DType::f64:
      return use(double{});
    case DType::string:
      break;
  }
  return use(std::string{});
}

/// Converts `count` elements. Numbers with a fraction are cut off where the new type has none, and every number but 0
/// is true. Throws DataError for a number that does not fit the new type, and between numbers and strings.
void convert_elements(const std::byte* from, DType from_type, std::byte* to, DType to_type, size_t count);

/// Prints one element as C++ does; strings stand in quotes.
void print_element(std::ostream& out, const std::byte* element, DType dtype);

}  // namespace graft
