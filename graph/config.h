#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graft/core/choice.h"
#include "graft/core/error.h"
#include "graft/core/initializer.h"
#include "graft/core/shape.h"

namespace graft {

/// Makes a config with its required fields still unset: only for the reader of files, which then fills them.
struct ConfigAccess {
  template <class Config>
  static Config blank() {
    return Config{};
  }
};

/// A setting without a default: leaving it out does not compile.
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

/// Pixels at the four sides, ((top, bottom), (left, right)); two numbers mean (rows, columns), one means all.
class Sides2D {
 public:
  Sides2D(int64_t all) : Sides2D(all, all) {}
  Sides2D(int64_t rows, int64_t columns) : top(rows), bottom(rows), left(columns), right(columns) {}
  Sides2D(std::array<int64_t, 2> rows, std::array<int64_t, 2> columns)
      : top(rows[0]), bottom(rows[1]), left(columns[0]), right(columns[1]) {}
  bool operator==(const Sides2D&) const = default;
  int64_t top, bottom, left, right;
};

struct PaddingWords {
  static constexpr std::array<std::string_view, 2> words{"valid", "same"};
};
using Padding = Choice<PaddingWords>;
struct InterpolationWords {
  static constexpr std::array<std::string_view, 2> words{"nearest", "bilinear"};
};
using InterpolationName = Choice<InterpolationWords>;
/// Images are (N, H, W, C); a file that says "channels_first" is refused by this set.
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

/// A penalty on a weight, added to the loss: l1 sum|w| + l2 sum w^2. Counted once for a shared variable.
struct Regularizer {
  double l1 = 0, l2 = 0;
  explicit operator bool() const { return l1 != 0 || l2 != 0; }
  bool operator==(const Regularizer&) const = default;
};
inline Regularizer L1(double l1 = 0.01) { return {l1, 0}; }
inline Regularizer L2(double l2 = 0.01) { return {0, l2}; }
inline Regularizer L1L2(double l1 = 0, double l2 = 0) { return {l1, l2}; }

/// Passes over the settings of a config, to read them from a file or to write them: `field("filters", filters)`.
/// The keys are Keras's; a file that lacks one leaves the default. One implementation reads JSON, one writes it
/// (graph/config_json.h).
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;
  virtual void operator()(const char* key, bool& value) = 0;
  virtual void operator()(const char* key, int64_t& value) = 0;
  virtual void operator()(const char* key, double& value) = 0;
  virtual void operator()(const char* key, std::string& value) = 0;
  virtual void operator()(const char* key, std::vector<int64_t>& value) = 0;
  virtual void operator()(const char* key, std::optional<int64_t>& value) = 0;
  virtual void operator()(const char* key, std::optional<std::vector<int64_t>>& value) = 0;
  virtual void operator()(const char* key, std::optional<double>& value) = 0;
  virtual void operator()(const char* key, Size2D& value) = 0;
  virtual void operator()(const char* key, std::optional<Size2D>& value) = 0;
  virtual void operator()(const char* key, Sides2D& value) = 0;  ///< ((top, bottom), (left, right))
  virtual void operator()(const char* key, Shape& value) = 0;    ///< none is written as null
  virtual void operator()(const char* key, Initializer& value) = 0;
  virtual void operator()(const char* key, Regularizer& value) = 0;
  /// A word of a closed set, through its text; `parse` throws ConfigError for others.
  virtual void word(const char* key, const std::string& current,
                    const std::function<void(const std::string&)>& parse) = 0;
  /// True for the reader: lets a config accept an old key ("alpha" for "negative_slope") when the new one is absent.
  virtual bool reading() const = 0;
  virtual bool has(const char* key) const = 0;
  /// The reader throws FormatError if the key is absent.
  virtual void require(const char* key) = 0;

  /// True for a writer of Keras 3's names, where they differ from those of Keras 2.
  virtual bool writes_newer() const { return false; }

  /// The key of a setting that was renamed: what the file has, or what its version is written with.
  const char* either(const char* newer, const char* older) const {
    return (reading() ? has(newer) : writes_newer()) ? newer : older;
  }

  template <class Set>
  void operator()(const char* key, Choice<Set>& value) {
    word(key, value.str(), [&](const std::string& text) { value = Choice<Set>::parse(text); });
  }
  template <class T>
  void operator()(const char* key, Required<T>& value) {
    require(key);
    (*this)(key, value.get());
  }
};

}  // namespace graft
