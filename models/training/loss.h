#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <vector>

#include "graft/graph/symbolic_tensor.h"

namespace graft {

/// The distance of y_pred from y_true: a symbolic value per sample (or per pixel), y_pred (N, ..., C) -> (N, ...). The
/// loss of a batch is their mean, weighted by sample weights when there are any. Source: keras.losses.
///
/// By name, class name or Keras's short name: mean_squared_error (mse), mean_absolute_error (mae),
/// mean_absolute_percentage_error (mape), mean_squared_logarithmic_error (msle), binary_crossentropy (bce),
/// categorical_crossentropy, sparse_categorical_crossentropy, kl_divergence (kld), huber, hinge, squared_hinge,
/// categorical_hinge, log_cosh, cosine_similarity, poisson. Or a function of your own.
class Loss {
 public:
  using Function = std::function<SymbolicTensor(const SymbolicTensor& y_true, const SymbolicTensor& y_pred)>;
  /// Built-in losses need targets of the predictions' shape, or class numbers.
  enum class Targets { any, like_predictions, class_indices };

  Loss() = default;  ///< no loss: this output is not trained
  Loss(const char* name) : Loss(std::string(name)) {}
  Loss(const std::string& name);  ///< throws ConfigError listing the names
  /// A function of your own, with the name to report it by.
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

/// One loss for every output, or one for each.
class Losses : public std::vector<Loss> {
 public:
  Losses() = default;
  Losses(std::initializer_list<Loss> losses) : vector(losses) {}
  Losses(std::vector<Loss> losses) : vector(std::move(losses)) {}
  template <std::convertible_to<Loss> T>
  Losses(T loss) : vector(1, Loss(std::move(loss))) {}
};

// The arithmetic and the defaults of all losses are Keras 3's; y is y_true, p is y_pred, and the mean is over the last
// axis. Settings out of range throw ConfigError.

Loss MeanSquaredError();             ///< mean((p - y)^2)
Loss MeanAbsoluteError();            ///< mean(|y - p|)
Loss MeanAbsolutePercentageError();  ///< 100 mean(|(y - p) / max(|y|, 1e-7)|)
Loss MeanSquaredLogarithmicError();  ///< mean((log(p + 1) - log(y + 1))^2), with p and y at least 1e-7

/// Settings of BinaryCrossentropy and CategoricalCrossentropy.
struct CrossentropyConfig {
  bool from_logits = false;    ///< y_pred is before the sigmoid or softmax
  double label_smoothing = 0;  ///< in [0, 1]
};
/// For independent targets of 0 or 1: mean(-(y log(p) + (1 - y) log(1 - p))), with p clipped to [1e-7, 1 - 1e-7].
/// Behind a sigmoid the loss is computed from what went into it, without clipping, and so are the next two behind a
/// softmax: the numbers of Keras on TensorFlow.
Loss BinaryCrossentropy(CrossentropyConfig config = {});
/// For one-hot targets (N, ..., classes): -sum(y log(p)), with p divided by its sum, then clipped likewise.
Loss CategoricalCrossentropy(CrossentropyConfig config = {});
/// Settings of SparseCategoricalCrossentropy.
struct SparseCrossentropyConfig {
  bool from_logits = false;  ///< y_pred is before the softmax
};
/// CategoricalCrossentropy for class numbers, (N) or (N, 1) for predictions (N, classes).
Loss SparseCategoricalCrossentropy(SparseCrossentropyConfig config = {});

/// Settings of Huber.
struct HuberConfig {
  double delta = 1;  ///< above 0
};
/// mean of e^2 / 2 where e = |p - y| is within delta, of delta (e - delta / 2) beyond it.
Loss Huber(HuberConfig config = {});
Loss Hinge();             ///< mean(max(1 - y p, 0)) for targets -1 and 1; targets 0 and 1 become these
Loss SquaredHinge();      ///< mean(max(1 - y p, 0)^2), likewise
Loss CategoricalHinge();  ///< max(max((1 - y) p) - sum(y p) + 1, 0) for one-hot targets
Loss KLDivergence();      ///< sum(y log(y / p)), with y and p clipped to [1e-7, 1]
Loss LogCosh();           ///< mean(log(cosh(p - y)))
Loss CosineSimilarity();  ///< -sum(y p) of y and p divided by their norms: -1 for equal directions
Loss Poisson();           ///< mean(p - y log(p + 1e-7))

}  // namespace graft
