#include "graft/models/training/loss.h"

#include <cmath>

#include "graft/core/error.h"
#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/layers/operations/cross_entropy.h"
#include "graft/graph/layers/operations/math.h"
#include "graft/graph/replay.h"
#include "graft/models/training/loss_table.h"

namespace graft {

// Every loss in Keras 3's arithmetic, its clipping included: a value per sample, the mean over the last axis.

using T = SymbolicTensor;

static constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

// -- regression -------------------------------------------------------------------------------------------------------

static T squared_error(const T& y, const T& p) { return mean(square(p - y), {-1}); }

static T absolute_error(const T& y, const T& p) { return mean(abs(y - p), {-1}); }

static T percentage_error(const T& y, const T& p) { return mean(abs((y - p) / maximum(abs(y), kEpsilon)), {-1}) * 100; }

static T logarithmic_error(const T& y, const T& p) {
  return mean(square(log(maximum(p, kEpsilon) + 1) - log(maximum(y, kEpsilon) + 1)), {-1});
}

// Within delta 0.5 e^2; beyond it, |e| grows by delta per unit: 0.5 near^2 + delta (|e| - near), near = min(|e|,
// delta).
static T huber(const T& y, const T& p, double delta) {
  const T error = abs(p - y), near = minimum(error, delta);
  return mean(square(near) * 0.5 + (error - near) * delta, {-1});
}

static T log_cosh(const T& y, const T& p) {
  const T error = p - y;
  return mean(error + softplus(error * -2) - std::log(2.0), {-1});
}

static T unit(const T& x) { return x * rsqrt(maximum(sum(square(x), {-1}, true), kEpsilon * kEpsilon)); }

static T cosine(const T& y, const T& p) { return -sum(unit(y) * unit(p), {-1}); }

static T poisson(const T& y, const T& p) { return mean(p - y * log(p + kEpsilon), {-1}); }

// -- classification ---------------------------------------------------------------------------------------------------

static T binary(const T& y, const T& p, const CrossentropyConfig& config) {
  const double smoothing = config.label_smoothing;
  const T target = smoothing == 0 ? y : y * (1 - smoothing) + 0.5 * smoothing;
  if (config.from_logits) return mean(softplus(p) - target * p, {-1});
  const T clipped = clip(p, kEpsilon, 1 - kEpsilon);
  return mean(-(target * log(clipped) + (1 - target) * log(1 - clipped)), {-1});
}

// The arithmetic itself stands in ops/primitives/reduction/cross_entropy.
static T crossentropy(const T& y, const T& p, CategoricalCrossentropyConfig config) {
  return categorical_crossentropy_op(std::move(config), std::source_location::current())({y, p});
}

static T categorical(const T& y, const T& p, const CrossentropyConfig& config) {
  const double smoothing = config.label_smoothing;
  if (p.shape()[-1] == Shape::none)
    throw ShapeError(cat("the number of classes must be known; received predictions ", p.shape()));
  const T target = smoothing == 0 ? y : y * (1 - smoothing) + smoothing / static_cast<double>(p.shape()[-1]);
  return crossentropy(target, p, {.from_logits = config.from_logits});
}

T class_numbers(const T& y, const T& p) { return y.shape().rank() == p.shape().rank() ? squeeze(y, -1) : y; }

static T sparse(const T& y, const T& p, const SparseCrossentropyConfig& config) {
  if (p.shape()[-1] == Shape::none)
    throw ShapeError(cat("the number of classes must be known; received predictions ", p.shape()));
  return crossentropy(class_numbers(y, p), p, {.from_logits = config.from_logits, .sparse = true});
}

static T divergence(const T& y, const T& p) {
  const T target = clip(y, kEpsilon, 1), predicted = clip(p, kEpsilon, 1);
  return sum(target * log(target / predicted), {-1});
}

// Hinge losses want -1 and 1; when all targets are 0 or 1 they are turned into that.
static T signs(const T& y) {
  std::vector<int64_t> all;
  for (int64_t axis = 0; axis < y.shape().rank(); ++axis) all.push_back(axis);
  const T binary_only = min(maximum(equal(y, 0), equal(y, 1)), all, true);
  return where(binary_only, y * 2 - 1, y);
}

static T hinge(const T& y, const T& p) { return mean(maximum(1 - signs(y) * p, 0), {-1}); }

static T squared_hinge(const T& y, const T& p) { return mean(square(maximum(1 - signs(y) * p, 0)), {-1}); }

static T categorical_hinge(const T& y, const T& p) { return maximum(max((1 - y) * p, {-1}) - sum(y * p, {-1}) + 1, 0); }

// -- the handle -------------------------------------------------------------------------------------------------------

static constexpr auto kLike = Loss::Targets::like_predictions;

static void check_smoothing(const char* loss, double value) {
  if (value >= 0 && value <= 1) return;
  ConfigError error(cat("label_smoothing must be in [0, 1]; received ", value));
  error.who(loss);
  throw error;
}

Loss MeanSquaredError() { return {"mean_squared_error", squared_error, kLike}; }
Loss MeanAbsoluteError() { return {"mean_absolute_error", absolute_error, kLike}; }
Loss MeanAbsolutePercentageError() { return {"mean_absolute_percentage_error", percentage_error, kLike}; }
Loss MeanSquaredLogarithmicError() { return {"mean_squared_logarithmic_error", logarithmic_error, kLike}; }

Loss BinaryCrossentropy(CrossentropyConfig config) {
  check_smoothing("BinaryCrossentropy", config.label_smoothing);
  return {"binary_crossentropy", [config](const T& y, const T& p) { return binary(y, p, config); }, kLike};
}

Loss CategoricalCrossentropy(CrossentropyConfig config) {
  check_smoothing("CategoricalCrossentropy", config.label_smoothing);
  return {"categorical_crossentropy", [config](const T& y, const T& p) { return categorical(y, p, config); }, kLike};
}

Loss SparseCategoricalCrossentropy(SparseCrossentropyConfig config) {
  return {"sparse_categorical_crossentropy", [config](const T& y, const T& p) { return sparse(y, p, config); },
          Loss::Targets::class_indices};
}

Loss Huber(HuberConfig config) {
  if (!(config.delta > 0)) {
    ConfigError error(cat("delta must be above 0; received ", config.delta));
    error.who("Huber");
    throw error;
  }
  return {"huber", [delta = config.delta](const T& y, const T& p) { return huber(y, p, delta); }, kLike};
}

Loss Hinge() { return {"hinge", hinge, kLike}; }
Loss SquaredHinge() { return {"squared_hinge", squared_hinge, kLike}; }
Loss CategoricalHinge() { return {"categorical_hinge", categorical_hinge, kLike}; }
Loss KLDivergence() { return {"kl_divergence", divergence, kLike}; }
Loss LogCosh() { return {"log_cosh", log_cosh, kLike}; }
Loss CosineSimilarity() { return {"cosine_similarity", cosine, kLike}; }
Loss Poisson() { return {"poisson", poisson, kLike}; }

namespace {

struct KnownLoss {
  const char *name, *alias;
  Loss (*make)();
};

constexpr KnownLoss kLosses[] = {
    {"mean_squared_error", "mse", MeanSquaredError},
    {"mean_absolute_error", "mae", MeanAbsoluteError},
    {"mean_absolute_percentage_error", "mape", MeanAbsolutePercentageError},
    {"mean_squared_logarithmic_error", "msle", MeanSquaredLogarithmicError},
    {"binary_crossentropy", "bce", [] { return BinaryCrossentropy(); }},
    {"categorical_crossentropy", "cce", [] { return CategoricalCrossentropy(); }},
    {"sparse_categorical_crossentropy", "scce", [] { return SparseCategoricalCrossentropy(); }},
    {"kl_divergence", "kld", KLDivergence},
    {"kl_divergence", "kullback_leibler_divergence", KLDivergence},
    {"huber", "huber_loss", [] { return Huber(); }},
    {"hinge", "hinge", Hinge},
    {"squared_hinge", "squared_hinge", SquaredHinge},
    {"categorical_hinge", "categorical_hinge", CategoricalHinge},
    {"log_cosh", "logcosh", LogCosh},
    {"cosine_similarity", "cosine_similarity", CosineSimilarity},
    {"poisson", "poisson", Poisson},
};

}  // namespace

const Loss* find_loss(const std::string& name) {
  static const std::vector<Loss> made = [] {
    std::vector<Loss> losses;
    for (const KnownLoss& known : kLosses) losses.push_back(known.make());
    return losses;
  }();
  const std::string& plain = snake_case(name);
  for (size_t i = 0; i < made.size(); ++i)
    if (plain == kLosses[i].name || plain == kLosses[i].alias) return &made[i];
  return nullptr;
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const KnownLoss& known : kLosses)
    if (names.empty() || names.back() != known.name) names.push_back(known.name);
  return names;
}

Loss::Loss(const std::string& name) {
  if (const Loss* found = find_loss(name)) {
    *this = *found;
    return;
  }
  std::string names;
  for (const std::string& known : loss_names()) names += cat(names.empty() ? "" : ", ", known);
  throw ConfigError(cat("there is no loss \"", name, "\"; known are ", names));
}

Loss::Loss(std::string name, Function function, Targets targets)
    : name_(std::move(name)), function_(std::move(function)), targets_(targets) {}

// Keras's squeeze_or_expand_to_same_rank.
static T in_rank_of(const T& y, const T& p) {
  const Shape &a = y.shape(), &b = p.shape();
  if (a.rank() + 1 == b.rank() && b[-1] == 1) return expand_dims(y, -1);
  if (a.rank() == b.rank() + 1 && a[-1] == 1) return squeeze(y, -1);
  return y;
}

static void check_shapes(const Loss& loss, const Shape& y, const Shape& p) {
  if (loss.targets() == Loss::Targets::like_predictions && !y.accepts(p) && !p.accepts(y))
    throw ShapeError(cat("y_true and y_pred must have one shape; received ", y, " and ", p));
  if (loss.targets() != Loss::Targets::class_indices) return;
  if (y.rank() + 1 == p.rank() || (y.rank() == p.rank() && y[-1] == 1)) return;
  throw ShapeError(cat("y_true must hold one class number for each row of y_pred; received ", y, " and ", p));
}

T Loss::operator()(const T& y_true, const T& y_pred) const {
  if (targets_ == Targets::any) return function_(y_true, y_pred);
  try {
    const T y = in_rank_of(y_true, y_pred);
    check_shapes(*this, y.shape(), y_pred.shape());
    const T value = function_(y, y_pred);
    // Recorded behind a scope: a report of the compiled steps tells them from the network's own.
    return replay_graph(*Graph::make({y_true, y_pred}, {value}), {y_true, y_pred}, name_,
                        std::source_location::current())[0];
  } catch (Error& error) {
    error.who(cat("loss ", name_));
    throw;
  }
}

}  // namespace graft
