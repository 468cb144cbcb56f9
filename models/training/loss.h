#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <vector>

#include "graft/graph/symbolic_tensor.h"

namespace graft {

/// How far y_pred is from y_true: a symbolic value per sample (or per pixel), of which the batch's mean is taken,
/// weighted by sample weights when there are any.
///
/// By name, class name or Keras's short name: mean_squared_error (mse), mean_absolute_error (mae),
/// mean_absolute_percentage_error (mape), mean_squared_logarithmic_error (msle), binary_crossentropy (bce),
/// categorical_crossentropy, sparse_categorical_crossentropy, kl_divergence (kld), huber, hinge, squared_hinge,
/// categorical_hinge, log_cosh, cosine_similarity, poisson. Or a function of your own.
class Loss {
 public:
  using Function = std::function<SymbolicTensor(const SymbolicTensor& y_true, const SymbolicTensor& y_pred)>;
  /// What a built-in loss asks of its targets.
  enum class Targets { any, like_predictions, class_indices };

  Loss() = default;  ///< none: this output is not trained
  Loss(const char* name) : Loss(std::string(name)) {}
  Loss(const std::string& name);  ///< throws ConfigError listing the names
  Loss(std::string name, Function function, Targets targets = Targets::any);
  template <std::invocable<const SymbolicTensor&, const SymbolicTensor&> F>
  Loss(F function) : Loss("loss", Function(std::move(function))) {}

  explicit operator bool() const { return function_ != nullptr; }
  const std::string& name() const& { return name_; }
  std::string name() && { return std::move(name_); }
  Targets targets() const { return targets_; }
  /// Records the value per sample. y_true is first given y_pred's rank, as Keras does: (N) with (N, 1) becomes (N, 1).
  /// Throws ShapeError naming both shapes when they do not fit.
  SymbolicTensor operator()(const SymbolicTensor& y_true, const SymbolicTensor& y_pred) const;

 private:
  std::string name_;
  Function function_;
  Targets targets_ = Targets::any;
};

/// One loss, or one for each output.
class Losses : public std::vector<Loss> {
 public:
  Losses() = default;
  Losses(std::initializer_list<Loss> losses) : vector(losses) {}
  Losses(std::vector<Loss> losses) : vector(std::move(losses)) {}
  template <std::convertible_to<Loss> T>
  Losses(T loss) : vector(1, Loss(std::move(loss))) {}
};

Loss MeanSquaredError();
Loss MeanAbsoluteError();
Loss MeanAbsolutePercentageError();
Loss MeanSquaredLogarithmicError();

struct CrossentropyConfig {
  bool from_logits = false;    ///< y_pred is before the sigmoid or softmax
  double label_smoothing = 0;  ///< in [0, 1]
};
/// Of independent yes/no targets; probabilities are clipped to [1e-7, 1 - 1e-7].
Loss BinaryCrossentropy(CrossentropyConfig config = {});
/// Of one-hot targets; probabilities are divided by their sum, then clipped likewise.
Loss CategoricalCrossentropy(CrossentropyConfig config = {});
struct SparseCrossentropyConfig {
  bool from_logits = false;
};
/// Of class numbers, (N) or (N, 1) for predictions (N, classes).
Loss SparseCategoricalCrossentropy(SparseCrossentropyConfig config = {});

struct HuberConfig {
  double delta = 1;
};
/// Squared near 0, absolute beyond delta.
Loss Huber(HuberConfig config = {});
Loss Hinge();  ///< targets -1 and 1, or 0 and 1
Loss SquaredHinge();
Loss CategoricalHinge();
Loss KLDivergence();
Loss LogCosh();
Loss CosineSimilarity();  ///< -1 for equal directions
Loss Poisson();

}  // namespace graft
