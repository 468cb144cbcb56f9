#include "graft/models/loop/recorded_step.h"

#include "graft/core/error.h"
#include "graft/graph/layers/core/input.h"
#include "graft/graph/layers/operations/math.h"
#include "graft/models/training/masks.h"

namespace graft {

// -- the names of metrics ---------------------------------------------------------------------------------------------

void MetricNames::add(const std::string& prefix, const std::string& metric, const SymbolicTensor& value) {
  const std::string name = prefix + metric;
  const int before = counts_[name]++;
  list_.emplace_back(before == 0 ? name : cat(name, '_', before), value);
}

void MetricNames::add_weighted(const std::string& prefix, const std::string& metric, const SymbolicTensor& value) {
  add(prefix, counts_.contains(prefix + metric) ? "weighted_" + metric : metric, value);
}

// -- the step ---------------------------------------------------------------------------------------------------------

// Makes an input for weights of the shape that was given, with axes of 1 behind its own, so that they broadcast over
// the values of the loss.
static SymbolicTensor weight_input(const SymbolicTensor& values, const Shape& given) {
  const Shape& shape = values.shape();
  if (shape.rank() == 0)
    throw ShapeError(
        "sample weights need a loss that returns a value for each row; received one that returns a scalar");
  bool fits = given.rank() <= shape.rank();
  for (int64_t i = 1; fits && i < given.rank(); ++i)
    fits = given[i] == shape[i] || given[i] == 1 || shape[i] == Shape::none;
  if (!fits)
    throw ShapeError(cat("sample_weight must have one weight for each row, or broadcast to the values of the loss, ",
                         shape, "; received a tensor of shape ", given));
  std::vector<int64_t> dims(given.dims().begin() + 1, given.dims().end());
  dims.resize(static_cast<size_t>(shape.rank() - 1), 1);
  return Input({.shape = Shape(dims)});
}

void RecordedStep::add(const TrainedOutput& output, const std::string& prefix) {
  const SymbolicTensor y_true = Input({.shape = variant_.targets[targets.size()].without_batch()});
  const size_t before = weights.size();
  targets.push_back(y_true);
  if (output.loss) add_loss(output, y_true);
  const SymbolicTensor weight = weights.size() > before ? weights.back() : SymbolicTensor();
  for (const Metric& metric : output.metrics)
    metrics.add(prefix, metric.name(), counted_values(metric(y_true, output.tensor), output.tensor));
  for (const Metric& metric : output.weighted_metrics)
    weighted_.push_back({prefix, metric.name(), counted_values(metric(y_true, output.tensor), output.tensor, weight)});
}

void RecordedStep::add_loss(const TrainedOutput& output, const SymbolicTensor& y_true) {
  SymbolicTensor values = within_mask(output.loss(y_true, output.tensor), output.tensor);
  if (!variant_.weights.empty()) {
    weights.push_back(weight_input(values, variant_.weights[weights.size()]));
    values = values * weights.back();
  }
  const SymbolicTensor loss = mean(values);
  losses.emplace_back(cat(output.name, "_loss"), loss);
  add_to_total(output.weight == 1 ? loss : loss * output.weight);
}

void RecordedStep::add_to_total(const SymbolicTensor& term) { total = total ? total + term : term; }

void RecordedStep::add_weighted_metrics() {
  for (const auto& [prefix, name, value] : weighted_) metrics.add_weighted(prefix, name, value);
}

}  // namespace graft
