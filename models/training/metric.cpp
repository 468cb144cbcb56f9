#include "graft/models/training/metric.h"

#include "graft/core/error.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/layers/operations/math.h"
#include "graft/models/training/loss_functions.h"
#include "graft/models/training/loss_table.h"

namespace graft {

using T = SymbolicTensor;
using Targets = Loss::Targets;
using loss_functions::class_numbers;

static T binary_accuracy(const T& y, const T& p, double threshold) {
  return mean(equal(y, greater(p, threshold)), {-1});
}

static T categorical_accuracy(const T& y, const T& p) { return equal(argmax(y), argmax(p)); }

static T sparse_accuracy(const T& y, const T& p) { return equal(class_numbers(y, p), argmax(p)); }

// A prediction is right when fewer than k classes have a larger probability than the true one.
static T top_k(const T& one_hot_y, const T& p, int64_t k) {
  const T of_true = sum(one_hot_y * p, {-1}, true);
  return less(sum(greater(p, of_true), {-1}), static_cast<double>(k));
}

static T sparse_top_k(const T& y, const T& p, int64_t k) {
  return top_k(one_hot(class_numbers(y, p), p.shape()[-1]), p, k);
}

// Keras chooses by the shapes.
static T accuracy(const T& y, const T& p) {
  const Shape &target = y.shape(), &predicted = p.shape();
  if (predicted[-1] == 1) return binary_accuracy(y, p, 0.5);
  if (target.rank() < predicted.rank() || target[-1] == 1) return sparse_accuracy(y, p);
  return categorical_accuracy(y, p);
}

static Metric cosine_similarity() {
  return {"cosine_similarity", [](const T& y, const T& p) { return -CosineSimilarity()(y, p); },
          Targets::like_predictions};
}

static void check_k(int64_t k) { check_at_least("k", k, 1); }

Metric BinaryAccuracy(BinaryAccuracyConfig config) {
  return {"binary_accuracy", [config](const T& y, const T& p) { return binary_accuracy(y, p, config.threshold); },
          Targets::like_predictions};
}

Metric TopKCategoricalAccuracy(TopKConfig config) {
  check_k(config.k);
  return {"top_k_categorical_accuracy", [config](const T& y, const T& p) { return top_k(y, p, config.k); },
          Targets::like_predictions};
}

Metric SparseTopKCategoricalAccuracy(TopKConfig config) {
  check_k(config.k);
  return {"sparse_top_k_categorical_accuracy",
          [config](const T& y, const T& p) { return sparse_top_k(y, p, config.k); }, Targets::class_indices};
}

namespace {

struct KnownMetric {
  const char *name, *alias;
  Metric (*make)();
};

const KnownMetric kMetrics[] = {
    {"accuracy", "acc", [] { return Metric("accuracy", accuracy); }},
    {"binary_accuracy", "binary_accuracy", [] { return BinaryAccuracy(); }},
    {"categorical_accuracy", "categorical_accuracy",
     [] { return Metric("categorical_accuracy", categorical_accuracy, Targets::like_predictions); }},
    {"sparse_categorical_accuracy", "sparse_categorical_accuracy",
     [] { return Metric("sparse_categorical_accuracy", sparse_accuracy, Targets::class_indices); }},
    {"top_k_categorical_accuracy", "top_k_categorical_accuracy", [] { return TopKCategoricalAccuracy(); }},
    {"sparse_top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy",
     [] { return SparseTopKCategoricalAccuracy(); }},
    {"cosine_similarity", "cosine_similarity", cosine_similarity},
};

}  // namespace

Metric::Metric(const std::string& name) : name_(name) {
  const std::string& plain = snake_case(name);
  std::string names;
  for (const KnownMetric& known : kMetrics) {
    names += cat(names.empty() ? "" : ", ", known.name);
    if (plain != known.name && plain != known.alias) continue;
    loss_ = known.make().loss_;
    return;
  }
  if (!find_loss(name))
    throw ConfigError(cat("there is no metric \"", name, "\"; known are ", names, ", ", loss_names()));
  loss_ = Loss(name);
}

Metric::Metric(const Loss& loss) : name_(loss.name()), loss_(loss) {}

Metric::Metric(std::string name, Loss::Function function, Loss::Targets targets)
    : name_(name), loss_(std::move(name), std::move(function), targets) {}

}  // namespace graft
