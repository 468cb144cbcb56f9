#include "graft/models/training/loss_functions.h"

#include <cmath>

#include "graft/core/error.h"
#include "graft/graph/layers/operations/math.h"

namespace graft::loss_functions {

using T = SymbolicTensor;

static constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

// -- regression -------------------------------------------------------------------------------------------------------

T squared_error(const T& y, const T& p) { return mean(square(p - y), {-1}); }

T absolute_error(const T& y, const T& p) { return mean(abs(y - p), {-1}); }

T percentage_error(const T& y, const T& p) { return mean(abs((y - p) / maximum(abs(y), kEpsilon)), {-1}) * 100; }

T logarithmic_error(const T& y, const T& p) {
  return mean(square(log(maximum(p, kEpsilon) + 1) - log(maximum(y, kEpsilon) + 1)), {-1});
}

// The loss is 0.5 e^2 within delta and grows by delta per unit beyond it: 0.5 near^2 + delta (|e| - near) with
// near = min(|e|, delta).
T huber(const T& y, const T& p, double delta) {
  const T error = abs(p - y), near = minimum(error, delta);
  return mean(square(near) * 0.5 + (error - near) * delta, {-1});
}

T log_cosh(const T& y, const T& p) {
  const T error = p - y;
  return mean(error + softplus(error * -2) - std::log(2.0), {-1});
}

static T unit(const T& x) { return x * rsqrt(maximum(sum(square(x), {-1}, true), kEpsilon * kEpsilon)); }

T cosine_similarity(const T& y, const T& p) { return -sum(unit(y) * unit(p), {-1}); }

T poisson(const T& y, const T& p) { return mean(p - y * log(p + kEpsilon), {-1}); }

// -- classification ---------------------------------------------------------------------------------------------------

T binary_crossentropy(const T& y, const T& p, bool from_logits, double smoothing) {
  const T target = smoothing == 0 ? y : y * (1 - smoothing) + 0.5 * smoothing;
  return mean(graft::binary_crossentropy(target, p, from_logits), {-1});
}

static void check_classes_known(const T& p) {
  if (p.shape()[-1] == Shape::none)
    throw ShapeError(cat("the number of classes must be known; received predictions ", p.shape()));
}

T categorical_crossentropy(const T& y, const T& p, bool from_logits, double smoothing) {
  check_classes_known(p);
  const T target = smoothing == 0 ? y : y * (1 - smoothing) + smoothing / static_cast<double>(p.shape()[-1]);
  return graft::categorical_crossentropy(target, p, from_logits);
}

T class_numbers(const T& y, const T& p) { return y.shape().rank() == p.shape().rank() ? squeeze(y, -1) : y; }

T sparse_categorical_crossentropy(const T& y, const T& p, bool from_logits) {
  check_classes_known(p);
  return graft::sparse_categorical_crossentropy(class_numbers(y, p), p, from_logits);
}

T kl_divergence(const T& y, const T& p) {
  const T target = clip(y, kEpsilon, 1), predicted = clip(p, kEpsilon, 1);
  return sum(target * log(target / predicted), {-1});
}

// Hinge losses want targets of -1 and 1. As in Keras, targets that are all 0 or 1 become that.
static T signs(const T& y) {
  std::vector<int64_t> all;
  for (int64_t axis = 0; axis < y.shape().rank(); ++axis) all.push_back(axis);
  const T binary_only = min(maximum(equal(y, 0), equal(y, 1)), all, true);
  return where(binary_only, y * 2 - 1, y);
}

T hinge(const T& y, const T& p) { return mean(maximum(1 - signs(y) * p, 0), {-1}); }

T squared_hinge(const T& y, const T& p) { return mean(square(maximum(1 - signs(y) * p, 0)), {-1}); }

T categorical_hinge(const T& y, const T& p) { return maximum(max((1 - y) * p, {-1}) - sum(y * p, {-1}) + 1, 0); }

}  // namespace graft::loss_functions
