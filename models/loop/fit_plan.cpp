#include "graft/models/loop/fit_plan.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/layers/operations/math.h"
#include "graft/graph/walk.h"
#include "graft/models/loop/targets.h"
#include "graft/models/model/additions.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/step/feed.h"

namespace graft {

// -- the settings of compile() --------------------------------------------------------------------------------------

FitPlan::FitPlan(const Model& model, CompileConfig config)
    : config_(std::move(config)), inputs_(model.inputs()), update_(model.trainable_variables()) {
  name_outputs(model);
  set_additions(model.model_impl());
  spread_losses();
  spread_metrics("metrics", config_.metrics, config_.metrics_of, &TrainedOutput::metrics);
  spread_metrics("weighted_metrics", config_.weighted_metrics, config_.weighted_metrics_of,
                 &TrainedOutput::weighted_metrics);
}

void FitPlan::set_additions(const ModelImpl& model) {
  added_losses_ = model.added_losses;
  added_metrics_ = model.added_metrics;
  set_stages(model);
  steps_.clear();
}

// The calls on the host are computed for all rows ahead of the steps, which begin at their results. The outputs and
// what was added are then tensors of the graph in stages, where nested models may have been opened.
void FitPlan::set_stages(const ModelImpl& model) {
  SymbolicTensors outputs = model.graph->outputs();
  outputs.insert(outputs.end(), added_losses_.begin(), added_losses_.end());
  for (const NamedTensor& metric : added_metrics_) outputs.push_back(metric.second);
  staged_ = std::make_shared<const StagedGraph>(Graph::make(inputs_, outputs));
  program_inputs_ = staged_->prologue() ? staged_->program()->inputs() : inputs_;
  const SymbolicTensors& staged = staged_->graph().outputs();
  size_t next = 0;
  for (TrainedOutput& output : outputs_) output.tensor = staged[next++];
  for (SymbolicTensor& loss : added_losses_) loss = staged[next++];
  for (NamedTensor& metric : added_metrics_) metric.second = staged[next++];
}

// An output is named after the layer that makes it, as in Keras; a number follows when the layer has several outputs.
void FitPlan::name_outputs(const Model& model) {
  std::set<std::string> taken;
  for (const SymbolicTensor& tensor : model.outputs()) {
    const std::string base = model.graph().name_of(*tensor.node());
    std::string name = base;
    for (int number = 1; !taken.insert(name).second; ++number) name = cat(base, "_", number);
    outputs_.push_back({.name = name, .tensor = tensor});
  }
}

void FitPlan::spread_losses() {
  const size_t losses = config_.loss.size(), weights = config_.loss_weights.size(), outputs = outputs_.size();
  if (losses > 1 && losses != outputs)
    throw ConfigError(cat("loss must hold one loss, or one for each of the ", outputs, " outputs; received ", losses));
  if (weights != 0 && weights != outputs)
    throw ConfigError(
        cat("loss_weights must hold one weight for each of the ", outputs, " outputs; received ", weights));
  for (size_t i = 0; i < outputs; ++i) {
    if (losses > 0) outputs_[i].loss = config_.loss[losses == 1 ? 0 : i];
    if (weights > 0) outputs_[i].weight = config_.loss_weights[i];
  }
}

void FitPlan::spread_metrics(const char* setting, const std::vector<Metric>& metrics,
                             const std::map<std::string, std::vector<Metric>>& metrics_of,
                             std::vector<Metric> TrainedOutput::* into) {
  if (outputs_.size() == 1) {
    outputs_[0].*into = metrics;
  } else if (!metrics.empty()) {
    if (metrics.size() != outputs_.size()) {
      throw ConfigError(cat(setting, " must hold one metric for each of the ", outputs_.size(), " outputs; received ",
                            metrics.size()))
          .hint(cat(".", setting, "_of = {{\"", outputs_[0].name,
                    "\", {\"mae\", \"mse\"}}} assigns several metrics to one output."));
    }
    for (size_t i = 0; i < outputs_.size(); ++i) outputs_[i].*into = {metrics[i]};
  }
  for (const auto& [name, more] : metrics_of) {
    std::string names;
    bool found = false;
    for (TrainedOutput& output : outputs_) {
      names += cat(names.empty() ? "" : ", ", output.name);
      if (output.name != name) continue;
      (output.*into).insert((output.*into).end(), more.begin(), more.end());
      found = true;
    }
    if (!found)
      throw ConfigError(cat(setting, "_of names \"", name, "\", which is no output; the outputs are ", names));
  }
}

size_t FitPlan::count_used() const {
  size_t count = 0;
  for (const TrainedOutput& output : outputs_) count += output.used() ? 1 : 0;
  return count;
}

size_t FitPlan::count_losses() const {
  size_t count = 0;
  for (const TrainedOutput& output : outputs_) count += output.loss ? 1 : 0;
  return count;
}

// -- the step ---------------------------------------------------------------------------------------------------------

// A loss is computed in a Program, behind which nothing that it needs may be left to the host.
bool FitPlan::in_program(const TrainedOutput& output) const {
  const SymbolicTensors& computed = staged_->program()->outputs();
  return staged_->is_program() || std::ranges::find(computed, output.tensor) != computed.end();
}

void FitPlan::check_in_program() const {
  for (const TrainedOutput& output : outputs_)
    if (output.used() && !in_program(output))
      throw GraphError(cat("output \"", output.name, "\" is computed on the host, where no loss or metric can be"));
}

std::unique_ptr<TrainingStep> FitPlan::make_step(const StepVariant& variant) const {
  check_in_program();
  RecordedStep recorded(variant);
  SymbolicTensors unused;
  for (const TrainedOutput& output : outputs_)
    if (output.used())
      recorded.add(output, outputs_.size() > 1 ? output.name + '_' : "");
    else if (in_program(output))
      unused.push_back(output.tensor);
  recorded.add_weighted_metrics();
  for (const SymbolicTensor& loss : added_losses_) recorded.add_to_total(mean(loss));
  if (!recorded.total)
    throw ConfigError("there is no loss to train for: neither compile() nor add_loss() was given one");
  std::vector<NamedTensor> reports;
  if (recorded.losses.size() > 1) reports = recorded.losses;
  reports.insert(reports.end(), recorded.metrics.list().begin(), recorded.metrics.list().end());
  reports.insert(reports.end(), added_metrics_.begin(), added_metrics_.end());
  SymbolicTensors inputs = program_inputs_;
  inputs.insert(inputs.end(), recorded.targets.begin(), recorded.targets.end());
  inputs.insert(inputs.end(), recorded.weights.begin(), recorded.weights.end());
  return std::make_unique<TrainingStep>(
      std::vector<TrainerConfig>{{inputs, recorded.total, update_, config_.optimizer, reports, config_.threads,
                                  config_.precision, config_.memory_limit, config_.tune}},
      unused);
}

TrainingStep& FitPlan::step_for(const StepVariant& variant) {
  std::string key;
  for (const Shape& shape : variant.targets) key += cat(" ", shape);
  for (const Shape& shape : variant.weights) key += cat(" weighted ", shape);
  std::unique_ptr<TrainingStep>& step = steps_[key];
  if (!step) step = make_step(variant);
  return *step;
}

TrainingStep& FitPlan::usual_step() {
  check_classes(staged_->graph());
  StepVariant variant;
  for (const TrainedOutput& output : outputs_)
    if (output.used()) variant.targets.push_back(default_target(output.loss, output.tensor.shape()));
  return step_for(variant);
}

// -- data -------------------------------------------------------------------------------------------------------------

std::vector<Shape> StepData::shapes(int64_t batch) const {
  std::vector<Shape> shapes;
  for (size_t i = 0; i < tensors.size(); ++i) shapes.push_back(tensors[i].shape().with_batch(batch));
  return shapes;
}

TensorList FitPlan::fit_targets(const TensorList& y) const {
  if (y.size() != outputs_.size() && y.size() != count_used()) {
    std::string names;
    for (const TrainedOutput& output : outputs_)
      if (output.used()) names += cat(names.empty() ? "" : ", ", output.name);
    throw ShapeError(cat("y must have ", count_used(), count_used() == 1 ? " tensor" : " tensors",
                         names.empty() ? "" : cat(", for ", names), "; received ", y.size()));
  }
  TensorList targets;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const TrainedOutput& output = outputs_[i];
    if (!output.used()) continue;
    const size_t position = y.size() == outputs_.size() ? i : targets.size();
    const std::string name = y.size() == 1 ? "y" : cat("y[", position, ']');
    targets.push_back(fit_target(y[position], output.tensor.shape(), name, output.name));
    if (output.loss) check_target(targets.back(), output.loss, output.tensor.shape(), name, output.name);
    for (const auto& metrics : {output.metrics, output.weighted_metrics})
      for (const Metric& metric : metrics)
        check_target(targets.back(), metric.loss(), output.tensor.shape(), name, output.name);
  }
  return targets;
}

TensorList FitPlan::fit_weights(const TensorList& weights, int64_t rows) const {
  const size_t losses = count_losses();
  if (weights.size() != 1 && weights.size() != losses)
    throw ShapeError(
        cat("sample_weight must have 1 tensor or one for each of the ", losses, " losses; received ", weights.size()));
  TensorList fitted;
  for (size_t i = 0; i < losses; ++i) {
    const Tensor& given = weights[weights.size() == 1 ? 0 : i];
    const bool by_row = given.shape().rank() < 2 || given.shape().elements() == given.shape()[0];
    const Shape wanted = by_row ? Shape{rows} : given.shape().with_batch(rows);
    fitted.push_back(fit_to_shape(given, wanted, "sample_weight", "a tensor"));
    check_finite(fitted.back(), "sample_weight");
  }
  return fitted;
}

TensorList FitPlan::from_host(const TensorList& x) const {
  const Graph* prologue = staged_->prologue();
  if (!prologue) return x;
  TensorMap<Tensor> known;
  for (size_t i = 0; i < x.size(); ++i) known.emplace(inputs_[i], x[i]);
  const Tensors made = compute_on_host(*prologue, values_at<Tensors>(known, prologue->inputs()));
  for (size_t i = 0; i < made.size(); ++i) known.emplace(prologue->outputs()[i], made[i]);
  return values_at<Tensors>(known, program_inputs_);
}

StepData FitPlan::prepare(const TensorList& x, const TensorList& y, const TensorList& sample_weight) {
  check_classes(staged_->graph());
  StepData data;
  data.tensors = fit_to_inputs(x, inputs_, "x");
  check_finite(data.tensors, inputs_);
  data.rows = count_rows(data.tensors, "x");
  data.tensors = from_host(data.tensors);
  check_range(data.tensors, program_inputs_);
  StepVariant variant;
  TensorList targets = fit_targets(y);
  std::vector<Shape> predicted;
  for (const TrainedOutput& output : outputs_)
    if (output.used()) predicted.push_back(output.tensor.shape());
  for (const Tensor& target : targets) {
    if (target.shape()[0] != data.rows)
      throw DataError(cat("y has ", target.shape()[0], " rows, but x has ", data.rows));
    variant.targets.push_back(recorded_target(target.shape(), predicted[variant.targets.size()]));
  }
  TensorList weights;
  if (!sample_weight.empty()) weights = fit_weights(sample_weight, data.rows);
  for (const Tensor& weight : weights) variant.weights.push_back(weight.shape().with_batch(Shape::none));
  data.step = &step_for(variant);
  data.tensors.insert(data.tensors.end(), targets.begin(), targets.end());
  const SymbolicTensors& inputs = data.step->inputs();
  for (const Tensor& weight : weights)
    data.tensors.push_back(weight.reshaped(inputs[data.tensors.size()].shape().with_batch(data.rows)));
  return data;
}

// -- the methods of Model ---------------------------------------------------------------------------------------------

void Model::compile(CompileConfig config) const {
  try {
    check_no_additions_within(*this);
    model_impl().fit_plan = std::make_shared<FitPlan>(*this, std::move(config));
  } catch (Error& error) {
    error.who(cat("Model \"", name(), '"'));
    throw;
  }
}

bool Model::compiled() const { return model_impl().fit_plan != nullptr; }

FitPlan& fit_plan_of(const Model& model) {
  if (model.compiled()) return *model.model_impl().fit_plan;
  throw ConfigError("is not compiled for training")
      .who(cat("Model \"", model.name(), '"'))
      .hint("call model.compile({.optimizer = \"adam\", .loss = \"mse\"}) first.");
}

const CompileConfig& Model::compile_config() const& { return fit_plan_of(*this).config(); }

const Optimizer& Model::optimizer() const& { return compile_config().optimizer; }

static void check_reachable(const Model& model, const SymbolicTensor& value, const char* what) {
  try {
    Graph::make(model.inputs(), value);
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), "\" ", what));
    throw;
  }
}

void Model::add_loss(const SymbolicTensor& loss) const {
  check_reachable(*this, loss, "add_loss");
  model_impl().added_losses.push_back(loss);
  if (compiled()) model_impl().fit_plan->set_additions(model_impl());
}

void Model::add_metric(const SymbolicTensor& value, const std::string& metric) const {
  check_reachable(*this, value, "add_metric");
  model_impl().added_metrics.emplace_back(metric, value);
  if (compiled()) model_impl().fit_plan->set_additions(model_impl());
}

}  // namespace graft
