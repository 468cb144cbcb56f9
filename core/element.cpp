#include "graft/core/element.h"

#include <bit>
#include <cmath>
#include <limits>
#include <ostream>
#include <type_traits>
#include <utility>

#include "graft/core/error.h"

namespace graft {

// -- half precision --------------------------------------------------------------------------------------------------

Half::Half(float value) {
  const uint32_t whole = std::bit_cast<uint32_t>(value), sign = whole >> 16 & 0x8000u;
  const float magnitude = std::fabs(value);
  uint32_t rest;
  if (std::isnan(value)) {
    rest = 0x7e00u;
  } else if (magnitude >= 65520.f) {
    rest = 0x7c00u;
  } else if (magnitude < 0x1p-14f) {
    rest = static_cast<uint32_t>(std::nearbyint(std::ldexp(magnitude, 24)));
  } else {
    const uint32_t rounded = (whole & 0x7fffffffu) + 0xfffu + (whole >> 13 & 1u);
    rest = (rounded >> 13) - (112u << 10);
  }
  bits = static_cast<uint16_t>(sign | rest);
}

Half::operator float() const {
  const uint32_t sign = uint32_t{bits & 0x8000u} << 16, exponent = (bits >> 10) & 31u, fraction = bits & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

BFloat16::BFloat16(float value) {
  const uint32_t whole = std::bit_cast<uint32_t>(value);
  bits = std::isnan(value) ? static_cast<uint16_t>((whole >> 16) | 0x40)
                           : static_cast<uint16_t>((whole + 0x7fff + ((whole >> 16) & 1)) >> 16);
}

BFloat16::operator float() const { return std::bit_cast<float>(uint32_t{bits} << 16); }

// -- converting ------------------------------------------------------------------------------------------------------

template <class T>
constexpr bool kShort = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

template <class To, class From>
[[noreturn]] static void refuse(From value) {
  throw DataError(cat("the value ", value, " does not fit ", to_string(dtype_of<To>())));
}

// The largest integers have no equal in floating point, so that the limits are compared as powers of 2.
template <class To>
static To whole(double value) {
  const double truncated = std::trunc(value);
  constexpr double kBeyond = static_cast<double>(std::numeric_limits<To>::max() / 2 + 1) * 2;
  if (truncated >= static_cast<double>(std::numeric_limits<To>::min()) && truncated < kBeyond)
    return static_cast<To>(truncated);
  refuse<To>(value);
}

template <class To, class From>
static To converted(const From& value) {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (std::is_same_v<From, std::string>) {
    throw DataError(cat("strings cannot be converted to numbers"));
  } else if constexpr (std::is_same_v<To, std::string>) {
    throw DataError("numbers cannot be converted to strings");
  } else if constexpr (kShort<From>) {
    return converted<To>(static_cast<float>(value));
  } else if constexpr (kShort<To>) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != 0;
  } else if constexpr (std::is_same_v<From, bool>) {
    return static_cast<To>(value ? 1 : 0);
  } else if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
    if (!std::in_range<To>(value)) refuse<To>(+value);
    return static_cast<To>(value);
  } else if constexpr (std::is_integral_v<To>) {
    return whole<To>(static_cast<double>(value));
  } else {
    return static_cast<To>(value);
  }
}

void convert_elements(const std::byte* from, DType from_type, std::byte* to, DType to_type, size_t count) {
  with_element(from_type, [&]<class From>(const From&) {
    with_element(to_type, [&]<class To>(const To&) {
      const auto* source = reinterpret_cast<const From*>(from);
      auto* destination = reinterpret_cast<To*>(to);
      for (size_t i = 0; i < count; ++i) destination[i] = converted<To>(source[i]);
    });
  });
}

// -- printing --------------------------------------------------------------------------------------------------------

void print_element(std::ostream& out, const std::byte* element, DType dtype) {
  with_element(dtype, [&]<class T>(const T&) {
    const T& value = *reinterpret_cast<const T*>(element);
    if constexpr (kShort<T>)
      out << static_cast<float>(value);
    else if constexpr (std::is_same_v<T, std::string>)
      out << '"' << value << '"';
    else if constexpr (std::is_same_v<T, bool>)
      out << (value ? "true" : "false");
    else if constexpr (std::is_integral_v<T>)
      out << +value;
    else
      out << value;
  });
}

}  // namespace graft
