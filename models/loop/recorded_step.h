#pragma once

// Internal: what a step of fit computes, recorded output by output.

#include <map>
#include <string>
#include <vector>

#include "graft/models/step/trainer_config.h"
#include "graft/models/training/loss.h"
#include "graft/models/training/metric.h"

namespace graft {

/// An output of a model, and what compile() was given for it.
struct TrainedOutput {
  std::string name = {};
  SymbolicTensor tensor = {};
  Loss loss = {};
  float weight = 1;
  std::vector<Metric> metrics = {}, weighted_metrics = {};
  bool used() const { return static_cast<bool>(loss) || !metrics.empty() || !weighted_metrics.empty(); }
};

/// What distinguishes the steps of one model: the shapes of the targets, and of the sample weights of each loss, where
/// there are any.
struct StepVariant {
  std::vector<Shape> targets, weights;
};

/// Metrics under the names that Keras reports them by: later ones of a name are numbered, and one with weights is
/// marked before that.
class MetricNames {
 public:
  void add(const std::string& prefix, const std::string& metric, const SymbolicTensor& value);
  void add_weighted(const std::string& prefix, const std::string& metric, const SymbolicTensor& value);
  const std::vector<NamedTensor>& list() const { return list_; }

 private:
  std::map<std::string, int> counts_;
  std::vector<NamedTensor> list_;
};

/// The tensors of a step.
class RecordedStep {
 public:
  explicit RecordedStep(const StepVariant& variant) : variant_(variant) {}

  /// Records the loss and the metrics of an output, which are reported behind this prefix. Throws ShapeError for
  /// targets or weights that do not fit.
  void add(const TrainedOutput& output, const std::string& prefix);
  /// Names the metrics with weights, which depends on the names of all others.
  void add_weighted_metrics();
  void add_to_total(const SymbolicTensor& term);

  SymbolicTensors targets, weights;  ///< inputs of the step
  SymbolicTensor total;              ///< of the losses; empty without any
  std::vector<NamedTensor> losses;   ///< of each output
  MetricNames metrics;

 private:
  void add_loss(const TrainedOutput& output, const SymbolicTensor& y_true);

  struct Weighted {
    std::string prefix, name;
    SymbolicTensor value;
  };
  const StepVariant& variant_;
  std::vector<Weighted> weighted_;
};

}  // namespace graft
