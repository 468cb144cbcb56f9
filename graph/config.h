#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graft/core/choice.h"
#include "graft/core/error.h"
#include "graft/core/initializer.h"
#include "graft/core/shape.h"

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
  operator const T&() const { return value_; }
  T& get() { return value_; }

 private:
  friend struct ConfigAccess;
  Required() = default;
  T value_{};
};

/// (height, width) in pixels; one number means both.
class Size2D {
 public:
  Size2D(int64_t both) : height(both), width(both) {}
  Size2D(int64_t rows, int64_t columns) : height(rows), width(columns) {}
  bool operator==(const Size2D&) const = default;
  int64_t height, width;

 private:
  friend struct ConfigAccess;
  Size2D() : Size2D(0) {}
};

/// A Size2D that may be left out: `.strides = {2, 2}`, `.strides = 2`, or nothing.
class OptionalSize2D : public std::optional<Size2D> {
 public:
  OptionalSize2D() = default;
  OptionalSize2D(Size2D size) : optional(size) {}
  OptionalSize2D(int64_t both) : optional(Size2D(both)) {}
  OptionalSize2D(int64_t rows, int64_t columns) : optional(Size2D(rows, columns)) {}
};

/// Pixels at the four sides, ((top, bottom), (left, right)); two numbers mean (rows, columns), one means all four.
class Sides2D {
 public:
  Sides2D(int64_t all) : Sides2D(all, all) {}
  Sides2D(int64_t rows, int64_t columns) : top(rows), bottom(rows), left(columns), right(columns) {}
  Sides2D(std::array<int64_t, 2> rows, std::array<int64_t, 2> columns)
      : top(rows[0]), bottom(rows[1]), left(columns[0]), right(columns[1]) {}
  bool operator==(const Sides2D&) const = default;
  int64_t top, bottom, left, right;
};

/// How the windows of a convolution or a pooling treat the border: "valid" never crosses it, "same" pads with zeros.
struct PaddingWords {
  static constexpr std::array<std::string_view, 2> words{"valid", "same"};
};
using Padding = Choice<PaddingWords>;
/// How an image grows: by repeating pixels or by mixing neighbours.
struct InterpolationWords {
  static constexpr std::array<std::string_view, 2> words{"nearest", "bilinear"};
};
using InterpolationName = Choice<InterpolationWords>;
/// Images are (N, H, W, C); a file with "channels_first" is refused, as the word is not in this set.
struct DataFormatWords {
  static constexpr std::array<std::string_view, 1> words{"channels_last"};
};
using DataFormat = Choice<DataFormatWords>;

/// Keras 3's activations (keras.activations); hard_sigmoid_v2 is Keras 2's and TF.js's hard_sigmoid,
/// clip(0.2 x + 0.5, 0, 1), and is written to files as "hard_sigmoid" of that version.
struct ActivationWords {
  static constexpr std::array<std::string_view, 30> words{
      "linear",     "relu",        "relu6",        "leaky_relu",      "elu",         "selu",
      "celu",       "gelu",        "silu",         "swish",           "hard_silu",   "hard_swish",
      "mish",       "sigmoid",     "hard_sigmoid", "hard_sigmoid_v2", "log_sigmoid", "tanh",
      "hard_tanh",  "tanh_shrink", "soft_shrink",  "hard_shrink",     "softplus",    "softsign",
      "squareplus", "sparse_plus", "exponential",  "softmax",         "log_softmax", "glu"};
};
using ActivationName = Choice<ActivationWords>;

/// A penalty on a weight, which is added to the loss: l1 sum|w| + l2 sum w^2. A shared variable is counted once.
struct Regularizer {
  double l1 = 0, l2 = 0;
  explicit operator bool() const { return l1 != 0 || l2 != 0; }
  bool operator==(const Regularizer&) const = default;
};
/// The penalties of keras.regularizers, by their names and defaults there.
inline Regularizer L1(double l1 = 0.01) { return {l1, 0}; }
inline Regularizer L2(double l2 = 0.01) { return {0, l2}; }
inline Regularizer L1L2(double l1 = 0, double l2 = 0) { return {l1, l2}; }

}  // namespace graft
