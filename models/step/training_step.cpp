#include "graft/models/step/training_step.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "graft/graph/axes.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/node.h"
#include "graft/models/step/program_emitter.h"
#include "graft/models/training/masks.h"
#include "graft/models/training/optimizer_rules.h"
#include "graft/ops/program/gradients.h"

namespace graft {

using ops::Builder;
using ops::Value;

std::vector<Layer> all_layers(const Graph& graph) {
  std::vector<Layer> found, waiting;
  std::unordered_set<const LayerImpl*> seen;
  for (const GraphLayer& layer : graph.layers()) waiting.push_back(layer);
  std::reverse(waiting.begin(), waiting.end());
  while (!waiting.empty()) {
    const Layer layer = waiting.back();
    waiting.pop_back();
    if (!seen.insert(&layer.impl()).second) continue;
    found.push_back(layer);
    const std::vector<Layer> inner = layer.impl().sublayers();
    waiting.insert(waiting.end(), inner.rbegin(), inner.rend());
  }
  return found;
}

// Whether one of the layer's variables moves. For a layer that has only statistics its trainable flag decides.
static bool learns(const Layer& layer, const std::unordered_set<const VariableState*>& update) {
  bool trainable = false;
  for (const Weight& weight : layer.impl().weights) {
    if (update.contains(&weight.variable.state())) return true;
    trainable |= weight.variable.trainable();
  }
  return !trainable && layer.trainable();
}

static std::unordered_set<const VariableState*> states_of(const Variables& variables) {
  std::unordered_set<const VariableState*> states;
  for (const Variable& variable : variables) states.insert(&variable.state());
  return states;
}

ops::Builder::StatisticsTable statistics_table(const Graph& graph, const TrainerConfig& config) {
  ops::Builder::StatisticsTable table;
  const std::unordered_set<const VariableState*> update = states_of(config.update);
  for (const Layer& layer : all_layers(graph)) {
    const Statistics statistics = learns(layer, update) ? config.batch_norm : config.batch_norm_elsewhere;
    for (const Weight& weight : layer.impl().weights)
      if (!weight.variable.trainable()) table.emplace(&weight.variable.state(), statistics);
  }
  return table;
}

// The loss, then the metrics.
static SymbolicTensors reports_of(const TrainerConfig& config) {
  if (!config.loss) throw GraphError("the loss is an empty SymbolicTensor");
  SymbolicTensors reports{config.loss};
  for (const NamedTensor& metric : config.metrics) reports.push_back(metric.second);
  return reports;
}

static void append_new(SymbolicTensors& all, const SymbolicTensors& more) {
  for (const SymbolicTensor& tensor : more)
    if (std::find(all.begin(), all.end(), tensor) == all.end()) all.push_back(tensor);
}

TrainingStep::TrainingStep(std::vector<TrainerConfig> configs, const SymbolicTensors& also)
    : configs_(std::move(configs)) {
  SymbolicTensors inputs, outputs;
  for (const TrainerConfig& config : configs_) {
    SymbolicTensors reports = reports_of(config);
    outputs.insert(outputs.end(), reports.begin(), reports.end());
    if (plans_.empty()) reports.insert(reports.end(), also.begin(), also.end());
    plans_.push_back({Graph::make(config.inputs, reports), states_of(config.update)});
    append_new(inputs, config.inputs);
    for (const auto& [state, statistics] : statistics_table(*plans_.back().graph, config)) {
      const auto [entry, fresh] = statistics_.emplace(state, statistics);
      if (!fresh) entry->second = std::min(entry->second, statistics);
    }
  }
  outputs.insert(outputs.end(), also.begin(), also.end());
  graph_ = plans_.size() == 1 ? plans_[0].graph : Graph::make(inputs, outputs);
  check_classes(*graph_);
}

// -- programs ---------------------------------------------------------------------------------------------------------

// Adds the penalty of each weight that moves, once even if its layer is called several times.
static Value with_weight_penalties(Builder& builder, const Graph& graph,
                                   const std::unordered_set<const VariableState*>& update, Value loss) {
  for (const Layer& layer : all_layers(graph))
    for (const Weight& weight : layer.impl().weights) {
      if (!weight.regularizer || !weight.variable.trainable() || !update.contains(&weight.variable.state())) continue;
      const Builder::Scope scope(builder, cat("penalty of ", layer.name(), "/", weight.variable.name()));
      try {
        loss = builder.add(loss, emit_penalty(builder, weight.regularizer, builder.variable(weight.variable)));
      } catch (Error& error) {
        error.who(cat(layer.who(), ' ', weight.variable.name()));
        throw;
      }
    }
  return loss;
}

// The mean of a metric, dims (1); of one with a mask the mean over what counts and, behind it, the number of rows that
// count: a row of several values counts for as much of one as its values do.
static Value emit_metric(Builder& builder, const MaskedValue& metric) {
  if (!metric.mask) return emit_mean(builder, metric.value);
  const ops::Dims values = builder.dims(metric.value);
  const Value weights = builder.broadcast_to(along_rows(builder, metric.mask, values), values);
  const Value total = emit_sum(builder, weights), one = builder.scalar(1);
  const Value none = builder.binary(ops::Binary::eq, total, builder.scalar(0));
  const Value sum = emit_sum(builder, builder.mul(metric.value, weights));
  const auto per_row = static_cast<float>(ops::elements(values) / values[0]);
  return builder.concat({builder.div(sum, builder.where(none, one, total)), builder.scale(total, 1 / per_row)}, 0);
}

// The reports of all plans one after the other; a loss has dims (1), a metric those of emit_metric. A penalty on the
// output of a call is part of the loss of each plan that needs the call.
ops::Values TrainingStep::emit_reports(Builder& builder, const std::vector<Shape>& shapes) const {
  const auto [values, penalties] = emit_for_training(builder, *graph_, shapes);
  ops::Values reports;
  for (size_t p = 0; p < plans_.size(); ++p) {
    Value loss;
    {
      const Builder::Scope scope(builder, "loss");
      loss = emit_mean(builder, values[reports.size()].value);
      for (const std::shared_ptr<const Node>& node : plans_[p].graph->nodes())
        if (const auto own = penalties.find(node.get()); own != penalties.end())
          for (const Value penalty : own->second) loss = builder.add(loss, penalty);
    }
    reports.push_back(with_weight_penalties(builder, *plans_[p].graph, plans_[p].update, loss));
    for (const NamedTensor& metric : configs_[p].metrics) {
      const Builder::Scope scope(builder, metric.first);
      reports.push_back(emit_metric(builder, values[reports.size()]));
    }
  }
  return reports;
}

ops::Program TrainingStep::test_program(const std::vector<Shape>& shapes) const {
  Builder builder(false);
  return builder.finish(emit_reports(builder, shapes));
}

void TrainingStep::warn_of_unreached(const TrainerConfig& config, const ops::Values& gradients) const {
  std::string names;
  size_t count = 0;
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i]) continue;
    if (++count <= 5) names += cat(names.empty() ? "" : ", ", config.update[i].name());
  }
  if (count == gradients.size())
    throw GraphError(cat("the loss does not depend on any variable to update (", names, ")"));
  if (count == 0 || warned_) return;
  warned_ = true;
  std::cerr << "graft: warning: the loss does not depend on " << count << " of the variables to update (" << names
            << (count > 5 ? ", ...)" : ")") << "; these keep their values\n";
}

ops::Values TrainingStep::emit_gradients(Builder& builder, const TrainerConfig& config, Value loss) const {
  ops::Values variables;
  for (const Variable& variable : config.update) variables.push_back(builder.variable(variable));
  ops::Values gradients = ops::gradients(builder, loss, variables);
  warn_of_unreached(config, gradients);
  return gradients;
}

static std::unordered_map<const VariableState*, Constraint> constraints_of(const Graph& graph) {
  std::unordered_map<const VariableState*, Constraint> constraints;
  for (const Layer& layer : all_layers(graph))
    for (const Weight& weight : layer.impl().weights)
      if (weight.constraint) constraints.emplace(&weight.variable.state(), weight.constraint);
  return constraints;
}

void TrainingStep::emit_updates_of(Builder& builder, size_t plan, const ops::Values& gradients) const {
  const Variables& update = configs_[plan].update;
  OptimizerState& optimizer = configs_[plan].optimizer.state();
  const Builder::Scope scope(builder, optimizer.name);
  emit_updates(builder, optimizer, emit_rates(builder, optimizer), update, gradients);
  const auto constraints = constraints_of(*plans_[plan].graph);
  for (size_t i = 0; i < update.size(); ++i) {
    const auto constraint = constraints.find(&update[i].state());
    if (!gradients[i] || constraint == constraints.end()) continue;
    const Builder::Scope inner(builder, cat("constraint of ", update[i].name()));
    emit_constraint(builder, constraint->second, update[i]);
  }
}

// All gradients come before the first update, so that they are taken at the weights before the step.
ops::Program TrainingStep::train_program(const std::vector<Shape>& shapes) const {
  Builder builder(true);
  builder.set_statistics(statistics_);
  const ops::Values reports = emit_reports(builder, shapes);
  std::vector<ops::Values> gradients;
  size_t loss = 0;
  for (const TrainerConfig& config : configs_) {
    gradients.push_back(emit_gradients(builder, config, reports[loss]));
    loss += 1 + config.metrics.size();
  }
  for (size_t p = 0; p < configs_.size(); ++p) emit_updates_of(builder, p, gradients[p]);
  return builder.finish(reports);
}

// -- running ----------------------------------------------------------------------------------------------------------

std::string TrainingStep::key(const char* mode, const std::vector<Shape>& shapes) const {
  return cat(mode, ' ', shapes_key(shapes));
}

static int64_t batch_of(const std::vector<Shape>& shapes) {
  return shapes.empty() || shapes[0].rank() == 0 ? 1 : shapes[0][0];
}

static void fill_inputs(Context& context, size_t count, const TrainingStep::Fill& fill) {
  for (size_t i = 0; i < count; ++i) fill(i, context.input(i).data<float>(), context.threads());
}

std::vector<StepLogs> TrainingStep::reports(const Context& context) const {
  std::vector<StepLogs> all;
  size_t output = 0;
  for (const TrainerConfig& config : configs_) {
    StepLogs& report = all.emplace_back();
    report.logs.set("loss", context.output(output++).data<float>()[0]);
    for (const NamedTensor& metric : config.metrics) {
      const std::span<const float> values = context.output(output++).data<float>();
      report.logs.set(metric.first, values[0]);
      if (values.size() == 2) report.counts.set(metric.first, values[1]);
    }
  }
  return all;
}

ExecutableOptions TrainingStep::options() const {
  const TrainerConfig& config = configs_.front();  // JointTrainer has checked that the others ask for the same
  return {.threads = config.threads,
          .precision = config.precision,
          .memory_limit = config.memory_limit,
          .tune = config.tune};
}

Executable TrainingStep::train_executable(const std::vector<Shape>& shapes, const ExecutableOptions& options) {
  return Executable(train_program(shapes), options);
}

// Each appears once and in the same order for all threads, so that no two threads wait for each other.
static std::vector<OptimizerState*> distinct_optimizers(const std::vector<TrainerConfig>& configs) {
  std::set<OptimizerState*> states;
  for (const TrainerConfig& config : configs) states.insert(&config.optimizer.state());
  return {states.begin(), states.end()};
}

std::vector<StepLogs> TrainingStep::train(const std::vector<Shape>& shapes, const Fill& fill) {
  const auto context = compiled_.lease(key("train", shapes), batch_of(shapes),
                                       [&] { return Executable(train_program(shapes), options()); });
  fill_inputs(*context, shapes.size(), fill);
  const std::vector<OptimizerState*> optimizers = distinct_optimizers(configs_);
  std::vector<std::unique_lock<std::mutex>> locks;
  for (OptimizerState* optimizer : optimizers) locks.emplace_back(optimizer->mutex);
  for (size_t p = 0; p < configs_.size(); ++p)
    context->input(shapes.size() + p).copy_from(next_rates(configs_[p].optimizer.state()));
  context->run();
  for (OptimizerState* optimizer : optimizers) ++optimizer->iterations;
  return reports(*context);
}

std::vector<StepLogs> TrainingStep::test(const std::vector<Shape>& shapes, const Fill& fill) {
  const auto context = compiled_.lease(key("test", shapes), batch_of(shapes),
                                       [&] { return Executable(test_program(shapes), options()); });
  fill_inputs(*context, shapes.size(), fill);
  context->run();
  return reports(*context);
}

}  // namespace graft
