#include "graft/models/training/loss.h"

#include "graft/core/error.h"
#include "graft/graph/graph.h"
#include "graft/graph/layers/operations/math.h"
#include "graft/graph/replay.h"
#include "graft/models/training/loss_functions.h"
#include "graft/models/training/loss_table.h"

namespace graft {

using T = SymbolicTensor;
using namespace loss_functions;

static constexpr auto kLike = Loss::Targets::like_predictions;

Loss::Loss(const std::string& name) {
  const KnownLoss* known = find_loss(name);
  if (!known) throw ConfigError(cat("there is no loss \"", name, "\"; known are ", loss_names()));
  *this = Loss(known->name, known->function, known->class_indices ? Targets::class_indices : kLike);
}

Loss::Loss(std::string name, Function function, Targets targets)
    : name_(std::move(name)), function_(std::move(function)), targets_(targets) {}

// As Keras's squeeze_or_expand_to_same_rank does.
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
    // The calls get the loss's name as their scope, so that a report of the steps sets them apart from the network's.
    return replay_graph(*Graph::make({y_true, y_pred}, {value}), {y_true, y_pred}, name_,
                        source_location::current())[0];
  } catch (Error& error) {
    error.who(cat("loss ", name_));
    throw;
  }
}

// -- losses with settings, and those of the table --------------------------------------------------------------------

static void check_smoothing(const char* loss, double value) {
  if (value >= 0 && value <= 1) return;
  throw ConfigError(cat("label_smoothing must be in [0, 1]; received ", value)).who(loss);
}

Loss MeanSquaredError() { return "mean_squared_error"; }
Loss MeanAbsoluteError() { return "mean_absolute_error"; }
Loss MeanAbsolutePercentageError() { return "mean_absolute_percentage_error"; }
Loss MeanSquaredLogarithmicError() { return "mean_squared_logarithmic_error"; }

Loss BinaryCrossentropy(CrossentropyConfig config) {
  check_smoothing("BinaryCrossentropy", config.label_smoothing);
  return {"binary_crossentropy",
          [config](const T& y, const T& p) {
            return binary_crossentropy(y, p, config.from_logits, config.label_smoothing);
          },
          kLike};
}

Loss CategoricalCrossentropy(CrossentropyConfig config) {
  check_smoothing("CategoricalCrossentropy", config.label_smoothing);
  return {"categorical_crossentropy",
          [config](const T& y, const T& p) {
            return categorical_crossentropy(y, p, config.from_logits, config.label_smoothing);
          },
          kLike};
}

Loss SparseCategoricalCrossentropy(SparseCrossentropyConfig config) {
  return {"sparse_categorical_crossentropy",
          [config](const T& y, const T& p) { return sparse_categorical_crossentropy(y, p, config.from_logits); },
          Loss::Targets::class_indices};
}

Loss Huber(HuberConfig config) {
  if (!(config.delta > 0)) throw ConfigError(cat("delta must be above 0; received ", config.delta)).who("Huber");
  return {"huber", [delta = config.delta](const T& y, const T& p) { return huber(y, p, delta); }, kLike};
}

Loss Hinge() { return "hinge"; }
Loss SquaredHinge() { return "squared_hinge"; }
Loss CategoricalHinge() { return "categorical_hinge"; }
Loss KLDivergence() { return "kl_divergence"; }
Loss LogCosh() { return "log_cosh"; }
Loss CosineSimilarity() { return "cosine_similarity"; }
Loss Poisson() { return "poisson"; }

}  // namespace graft
