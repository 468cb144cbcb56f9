#include "graft/models/step/training_step.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/step/program_emitter.h"
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

TrainingStep::TrainingStep(std::vector<TrainerConfig> configs) : configs_(std::move(configs)) {
  SymbolicTensors inputs, outputs;
  for (const TrainerConfig& config : configs_) {
    const SymbolicTensors reports = reports_of(config);
    plans_.push_back({Graph::make(config.inputs, reports), states_of(config.update)});
    append_new(inputs, config.inputs);
    outputs.insert(outputs.end(), reports.begin(), reports.end());
    for (const auto& [state, statistics] : statistics_table(*plans_.back().graph, config)) {
      const auto [entry, fresh] = statistics_.emplace(state, statistics);
      if (!fresh) entry->second = std::min(entry->second, statistics);
    }
  }
  graph_ = plans_.size() == 1 ? plans_[0].graph : Graph::make(inputs, outputs);
  check_classes(*graph_);
}

// -- programs ---------------------------------------------------------------------------------------------------------

static std::vector<int> all_axes(const Builder& builder, Value value) {
  std::vector<int> axes;
  for (size_t i = 0; i < builder.dims(value).size(); ++i) axes.push_back(static_cast<int>(i));
  return axes;
}

static Value emit_sum(Builder& builder, Value value) {
  return builder.reshape(builder.reduce(ops::Reduction::sum, value, all_axes(builder, value)), {1});
}

// Refuses what a step does not compute, rather than leave it out of the result.
static void refuse_rule(const Layer& layer, const std::string& setting) {
  throw ConfigError(cat("training does not know ", setting, " yet; received a layer that has one")).who(layer.who());
}

static void check_penalties(const Layer& layer) {
  if (layer.impl().activity_regularizer) refuse_rule(layer, "activity_regularizer");
  for (const Weight& weight : layer.impl().weights)
    if (weight.regularizer.orthogonal != 0)
      refuse_rule(layer, cat("OrthogonalRegularizer (of ", weight.variable.name(), ")"));
}

static void check_constraints(const Graph& graph) {
  for (const Layer& layer : all_layers(graph))
    for (const Weight& weight : layer.impl().weights)
      if (weight.constraint && weight.variable.trainable() && layer.trainable())
        refuse_rule(layer, cat(weight.constraint.class_name, " (the constraint of ", weight.variable.name(), ")"));
}

// Adds l1 sum|w| + l2 sum w^2 of each variable that moves, once even if its layer is called several times.
Value TrainingStep::emit_penalties(Builder& builder, const Plan& plan, Value loss) const {
  for (const Layer& layer : all_layers(*plan.graph)) {
    check_penalties(layer);
    for (const Weight& weight : layer.impl().weights) {
      if (!weight.regularizer || !weight.variable.trainable() || !plan.update.contains(&weight.variable.state()))
        continue;
      const Builder::Scope scope(builder, cat("penalty of ", layer.name(), "/", weight.variable.name()));
      const Value w = builder.variable(weight.variable);
      const auto l1 = static_cast<float>(weight.regularizer.l1), l2 = static_cast<float>(weight.regularizer.l2);
      if (l1 != 0)
        loss = builder.add(loss, builder.scale(emit_sum(builder, builder.eltwise(w, ops::Eltwise::abs)), l1));
      if (l2 != 0)
        loss = builder.add(loss, builder.scale(emit_sum(builder, builder.eltwise(w, ops::Eltwise::square)), l2));
    }
  }
  return loss;
}

ops::Values TrainingStep::emit_reports(Builder& builder, const std::vector<Shape>& shapes) const {
  ops::Values reports = emit_on_inputs(builder, *graph_, shapes);
  size_t i = 0;
  for (size_t p = 0; p < plans_.size(); ++p) {
    const size_t loss = i;
    for (size_t m = 0; m <= configs_[p].metrics.size(); ++m, ++i) {
      const Builder::Scope scope(builder, m == 0 ? "loss" : configs_[p].metrics[m - 1].first);
      reports[i] = emit_mean(builder, reports[i]);
    }
    reports[loss] = emit_penalties(builder, plans_[p], reports[loss]);
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

// All gradients come before the first update, so that they are taken at the weights before the step.
ops::Program TrainingStep::train_program(const std::vector<Shape>& shapes) const {
  for (const Plan& plan : plans_) check_constraints(*plan.graph);
  Builder builder(true);
  builder.set_statistics(statistics_);
  const ops::Values reports = emit_reports(builder, shapes);
  std::vector<ops::Values> gradients;
  size_t loss = 0;
  for (const TrainerConfig& config : configs_) {
    gradients.push_back(emit_gradients(builder, config, reports[loss]));
    loss += 1 + config.metrics.size();
  }
  for (size_t p = 0; p < configs_.size(); ++p) {
    OptimizerState& optimizer = configs_[p].optimizer.state();
    const Builder::Scope scope(builder, optimizer.name);
    emit_updates(builder, optimizer, emit_rates(builder, optimizer), configs_[p].update, gradients[p]);
  }
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

std::vector<Logs> TrainingStep::logs(const Context& context) const {
  std::vector<Logs> all;
  size_t output = 0;
  const auto next = [&] { return context.output(output++).data<float>()[0]; };
  for (const TrainerConfig& config : configs_) {
    Logs& logs = all.emplace_back();
    logs.set("loss", next());
    for (const NamedTensor& metric : config.metrics) logs.set(metric.first, next());
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

std::vector<Logs> TrainingStep::train(const std::vector<Shape>& shapes, const Fill& fill) {
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
  return logs(*context);
}

std::vector<Logs> TrainingStep::test(const std::vector<Shape>& shapes, const Fill& fill) {
  const auto context = compiled_.lease(key("test", shapes), batch_of(shapes),
                                       [&] { return Executable(test_program(shapes), options()); });
  fill_inputs(*context, shapes.size(), fill);
  context->run();
  return logs(*context);
}

}  // namespace graft
