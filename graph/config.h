#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "graft/core/choice.h"
#include "graft/core/error.h"
#include "graft/core/initializer.h"
#include "graft/core/shape.h"
#include "graft/graph/activation_function.h"

namespace graft {

/// Makes a config whose required fields are still unset, for the reader of files, which then fills them.
struct ConfigAccess {
  template <class Config>
  static Config blank() {
    return Config{};
  }
};

/// A setting without a default: a config that leaves it out does not compile.
template <class T>
class Required {
 public:
  Required(T value) : value_(std::move(value)) {}
  Required(const char* text)
    requires(std::is_same_v<T, std::string>)
      : value_(text) {}
  operator const T&() const { return value_; }
  T& get() { return value_; }

 private:
  friend struct ConfigAccess;
  Required() = default;
  T value_{};
};

/// A number for each spatial axis, from the outermost: those of a series (steps), an image (height, width) or a volume
/// (depth, height, width). One number means all axes.
template <size_t rank>
class Size {
 public:
  Size(int64_t all) { values.fill(all); }
  Size(int64_t height, int64_t width)
    requires(rank == 2)
      : values{height, width} {}
  Size(int64_t depth, int64_t height, int64_t width)
    requires(rank == 3)
      : values{depth, height, width} {}
  bool operator==(const Size&) const = default;
  std::vector<int64_t> list() const { return {values.begin(), values.end()}; }

  std::array<int64_t, rank> values;

 private:
  friend struct ConfigAccess;
  Size() : Size(0) {}
};
using Size1D = Size<1>;
using Size2D = Size<2>;
using Size3D = Size<3>;

/// A Size that may be left out: `.strides = {2, 2}`, `.strides = 2`, or nothing.
template <size_t rank>
class OptionalSize : public std::optional<Size<rank>> {
 public:
  OptionalSize() = default;
  OptionalSize(Size<rank> size) : std::optional<Size<rank>>(size) {}
  OptionalSize(int64_t all) : OptionalSize(Size<rank>(all)) {}
  OptionalSize(int64_t height, int64_t width)
    requires(rank == 2)
      : OptionalSize(Size<rank>(height, width)) {}
  OptionalSize(int64_t depth, int64_t height, int64_t width)
    requires(rank == 3)
      : OptionalSize(Size<rank>(depth, height, width)) {}
};
using OptionalSize1D = OptionalSize<1>;
using OptionalSize2D = OptionalSize<2>;
using OptionalSize3D = OptionalSize<3>;

/// Pixels at both ends of an axis: (before, after).
using Ends = std::array<int64_t, 2>;

/// Pixels at the ends of each spatial axis: of a series (before, after), of an image ((top, bottom), (left, right)). A
/// number for each axis means both of its ends, one number all ends.
template <size_t rank>
class Sides {
 public:
  Sides(int64_t all) { values.fill({all, all}); }
  Sides(int64_t before, int64_t after)
    requires(rank == 1)
      : values{{{before, after}}} {}
  Sides(int64_t rows, int64_t columns)
    requires(rank == 2)
      : values{{{rows, rows}, {columns, columns}}} {}
  Sides(Ends rows, Ends columns)
    requires(rank == 2)
      : values{{rows, columns}} {}
  Sides(int64_t layers, int64_t rows, int64_t columns)
    requires(rank == 3)
      : values{{{layers, layers}, {rows, rows}, {columns, columns}}} {}
  Sides(Ends layers, Ends rows, Ends columns)
    requires(rank == 3)
      : values{{layers, rows, columns}} {}
  bool operator==(const Sides&) const = default;

  std::array<Ends, rank> values;
};
using Sides1D = Sides<1>;
using Sides2D = Sides<2>;
using Sides3D = Sides<3>;

/// How the windows of a convolution or a pooling treat the border: "valid" never crosses it, "same" pads with zeros.
struct PaddingWords {
  static constexpr std::array<std::string_view, 2> words{"valid", "same"};
};
using Padding = Choice<PaddingWords>;
/// The same for Conv1D: "causal" pads with zeros before the first step alone, so that no output depends on later steps.
struct CausalPaddingWords {
  static constexpr std::array<std::string_view, 3> words{"valid", "same", "causal"};
};
using CausalPadding = Choice<CausalPaddingWords>;
/// How an image of another size is made: from the nearest pixels, or by mixing neighbours.
struct InterpolationWords {
  static constexpr std::array<std::string_view, 5> words{"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"};
};
using InterpolationName = Choice<InterpolationWords>;
/// Where the channels are: images are (N, H, W, C) or (N, C, H, W).
struct DataFormatWords {
  static constexpr std::array<std::string_view, 2> words{"channels_last", "channels_first"};
};
using DataFormat = Choice<DataFormatWords>;
/// Where the channels are, for layers that compute both: behind the spatial axes or before them.
struct AnyDataFormatWords {
  static constexpr std::array<std::string_view, 2> words{"channels_last", "channels_first"};
};
using AnyDataFormat = Choice<AnyDataFormatWords>;

/// A penalty on a weight, which is added to the loss: l1 sum|w| + l2 sum w^2, and, for matrices, `orthogonal` times the
/// mean of |cosine| between each two rows (or columns). A shared variable is counted once.
struct Regularizer {
  double l1 = 0, l2 = 0;
  double orthogonal = 0;
  bool columns = false;  ///< of `orthogonal`: between columns, not rows
  explicit operator bool() const { return l1 != 0 || l2 != 0 || orthogonal != 0; }
  bool operator==(const Regularizer&) const = default;
};
/// The penalties of keras.regularizers, by their names and defaults there.
inline Regularizer L1(double l1 = 0.01) { return {.l1 = l1}; }
inline Regularizer L2(double l2 = 0.01) { return {.l2 = l2}; }
inline Regularizer L1L2(double l1 = 0, double l2 = 0) { return {.l1 = l1, .l2 = l2}; }
inline Regularizer OrthogonalRegularizer(double factor = 0.01, bool columns = false) {
  return {.orthogonal = factor, .columns = columns};
}

/// A rule that a weight is brought back to after every step of training. By default there is none.
///
/// MaxNorm      norms along `axis` are at most max_value
/// MinMaxNorm   norms are moved by `rate` towards [min_value, max_value]
/// NonNeg       no element is below 0
/// UnitNorm     norms are 1
struct Constraint {
  std::string class_name = {};  ///< Keras's class, as above; empty: none
  double min_value = 0, max_value = 1, rate = 1;
  std::vector<int64_t> axis = {0};
  explicit operator bool() const { return !class_name.empty(); }
  bool operator==(const Constraint&) const = default;
};
/// The rules of keras.constraints, by their names and defaults there.
inline Constraint MaxNorm(double max_value = 2, std::vector<int64_t> axis = {0}) {
  return {.class_name = "MaxNorm", .max_value = max_value, .axis = std::move(axis)};
}
inline Constraint MinMaxNorm(double min_value = 0, double max_value = 1, double rate = 1,
                             std::vector<int64_t> axis = {0}) {
  return {"MinMaxNorm", min_value, max_value, rate, std::move(axis)};
}
inline Constraint NonNeg() { return {.class_name = "NonNeg"}; }
inline Constraint UnitNorm(std::vector<int64_t> axis = {0}) {
  return {.class_name = "UnitNorm", .axis = std::move(axis)};
}

}  // namespace graft
