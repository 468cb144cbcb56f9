#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "graft/core/choice.h"
#include "graft/core/literal.h"

namespace graft {

/// Keras 3's activations (keras.activations); hard_sigmoid_v2 is Keras 2's and TF.js's hard_sigmoid,
/// clip(0.2 x + 0.5, 0, 1), and is written to files as "hard_sigmoid" of that version.
struct ActivationWords {
  static constexpr std::array<std::string_view, 33> words{
      "linear",      "relu",      "relu6",        "leaky_relu",      "elu",         "selu",
      "celu",        "gelu",      "silu",         "swish",           "hard_silu",   "hard_swish",
      "mish",        "sigmoid",   "hard_sigmoid", "hard_sigmoid_v2", "log_sigmoid", "sparse_sigmoid",
      "tanh",        "hard_tanh", "tanh_shrink",  "soft_shrink",     "hard_shrink", "threshold",
      "softplus",    "softsign",  "squareplus",   "sparse_plus",     "exponential", "softmax",
      "log_softmax", "sparsemax", "glu"};
};
using ActivationName = Choice<ActivationWords>;

/// One of Keras's activations with its settings. A word stands for the function with its defaults,
/// `.activation = "relu"`; a word and settings for others: `.activation = {"relu", {{"max_value", 6}}}`.
///
/// Settings   relu: negative_slope, max_value, threshold;  leaky_relu: negative_slope;  elu, celu: alpha;
///            gelu: approximate;  squareplus: b;  soft_shrink, hard_shrink: threshold;
///            threshold: threshold, default_value;  softmax, log_softmax, sparsemax, glu: axis
class ActivationFunction {
 public:
  /// The function with its defaults. A literal that is no word of Keras does not compile.
  consteval ActivationFunction(const char* word) : word_(word) {}
  ActivationFunction(ActivationName word) : word_(word) {}
  /// Throws ConfigError for a setting that the function does not have, or one of another kind.
  ActivationFunction(ActivationName word, const Literals& settings);
  /// The function of a word at run time; throws ConfigError listing the words.
  static ActivationFunction parse(std::string_view word) { return ActivationName::parse(word); }

  std::string str() const { return word_.str(); }  ///< the word
  const Literals& settings() const;                ///< those that differ from the function's defaults
  /// The value of a setting, by default that of Keras's function.
  Literal setting(const std::string& name) const;

  bool operator==(const ActivationFunction&) const = default;
  bool operator==(const char* word) const { return word_ == word && settings_ == nullptr; }

  /// The settings of a function with their defaults in Keras's order; `threshold` has none, so that they are None.
  static const std::vector<std::pair<std::string, Literal>>& defaults(const std::string& word);

 private:
  friend struct ConfigAccess;
  consteval ActivationFunction() : ActivationFunction("linear") {}

  ActivationName word_;
  const Literals* settings_ = nullptr;  // kept for the life of the program, the same address for equal settings
};

}  // namespace graft
