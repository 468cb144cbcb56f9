#include "graft/models/training_step.h"

#include <iostream>

#include "graft/graph/layer_impl.h"
#include "graft/models/optimizer_state.h"
#include "graft/models/program_emitter.h"

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

std::unordered_set<const VariableState*> moving_variables(const Graph& graph, const Variables& update) {
  std::unordered_set<const VariableState*> moving;
  for (const Variable& variable : update) moving.insert(&variable.state());
  for (const Layer& layer : all_layers(graph)) {
    const std::vector<Weight>& weights = layer.impl().weights;
    bool learns = false, trainable = false;
    for (const Weight& weight : weights) {
      learns |= moving.contains(&weight.variable.state());
      trainable |= weight.variable.trainable();
    }
    if (!learns && (trainable || !layer.trainable())) continue;
    for (const Weight& weight : weights)
      if (!weight.variable.trainable()) moving.insert(&weight.variable.state());
  }
  return moving;
}

static std::shared_ptr<const Graph> step_graph(const TrainerConfig& config) {
  if (!config.loss) throw GraphError("the loss is an empty SymbolicTensor");
  SymbolicTensors outputs{config.loss};
  for (const NamedTensor& metric : config.metrics) outputs.push_back(metric.second);
  return Graph::make(config.inputs, outputs);
}

TrainingStep::TrainingStep(TrainerConfig config)
    : config_(std::move(config)), graph_(step_graph(config_)), moving_(moving_variables(*graph_, config_.update)) {}

// -- programs ---------------------------------------------------------------------------------------------------------

static std::vector<int> all_axes(const Builder& builder, Value value) {
  std::vector<int> axes;
  for (size_t i = 0; i < builder.dims(value).size(); ++i) axes.push_back(static_cast<int>(i));
  return axes;
}

static Value emit_sum(Builder& builder, Value value) {
  return builder.reshape(builder.reduce(ops::Reduction::sum, value, all_axes(builder, value)), {1});
}

// l1 sum|w| + l2 sum w^2 of each variable that moves, once however often its layer is called.
Value TrainingStep::emit_penalties(Builder& builder, Value loss) const {
  for (const Layer& layer : all_layers(*graph_))
    for (const Weight& weight : layer.impl().weights) {
      if (!weight.regularizer || !weight.variable.trainable() || !moving_.contains(&weight.variable.state())) continue;
      const Builder::Scope scope(builder, cat("penalty of ", layer.name(), "/", weight.variable.name()));
      const Value w = builder.variable(weight.variable);
      const auto l1 = static_cast<float>(weight.regularizer.l1), l2 = static_cast<float>(weight.regularizer.l2);
      if (l1 != 0)
        loss = builder.add(loss, builder.scale(emit_sum(builder, builder.eltwise(w, ops::Eltwise::abs)), l1));
      if (l2 != 0)
        loss = builder.add(loss, builder.scale(emit_sum(builder, builder.eltwise(w, ops::Eltwise::square)), l2));
    }
  return loss;
}

ops::Values TrainingStep::emit_reports(Builder& builder, const std::vector<Shape>& shapes) const {
  ops::Values reports = emit_on_inputs(builder, *graph_, shapes);
  for (size_t i = 0; i < reports.size(); ++i) {
    const Builder::Scope scope(builder, i == 0 ? "loss" : config_.metrics[i - 1].first);
    reports[i] = emit_mean(builder, reports[i]);
  }
  return reports;
}

ops::Program TrainingStep::test_program(const std::vector<Shape>& shapes) const {
  Builder builder(false);
  ops::Values reports = emit_reports(builder, shapes);
  reports[0] = emit_penalties(builder, reports[0]);
  return builder.finish(reports);
}

void TrainingStep::warn_of_unreached(const ops::Values& gradients) const {
  std::string names;
  size_t count = 0;
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i]) continue;
    if (++count <= 5) names += cat(names.empty() ? "" : ", ", config_.update[i].name());
  }
  if (count == gradients.size())
    throw GraphError(cat("the loss does not depend on any variable to update (", names, ")"));
  if (count == 0 || warned_) return;
  warned_ = true;
  std::cerr << "graft: warning: the loss does not depend on " << count << " of the variables to update (" << names
            << (count > 5 ? ", ...)" : ")") << "; they stay as they are\n";
}

ops::Program TrainingStep::train_program(const std::vector<Shape>& shapes) const {
  Builder builder(true);
  builder.set_moving(moving_);
  ops::Values reports = emit_reports(builder, shapes);
  reports[0] = emit_penalties(builder, reports[0]);
  ops::Values variables;
  for (const Variable& variable : config_.update) variables.push_back(builder.variable(variable));
  const ops::Values gradients = ops::gradients(builder, reports[0], variables);
  warn_of_unreached(gradients);
  OptimizerState& optimizer = config_.optimizer.state();
  const Builder::Scope scope(builder, optimizer.name);
  emit_updates(builder, optimizer, emit_rates(builder, optimizer), config_.update, gradients);
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

Logs TrainingStep::logs(const Context& context) const {
  Logs logs;
  logs.set("loss", context.output(0).data<float>()[0]);
  for (size_t i = 0; i < config_.metrics.size(); ++i)
    logs.set(config_.metrics[i].first, context.output(i + 1).data<float>()[0]);
  return logs;
}

ExecutableOptions TrainingStep::options() const {
  return {.threads = config_.threads,
          .precision = config_.precision,
          .memory_limit = config_.memory_limit,
          .tune = config_.tune};
}

Executable TrainingStep::train_executable(const std::vector<Shape>& shapes, const ExecutableOptions& options) {
  return Executable(train_program(shapes), options);
}

Logs TrainingStep::train(const std::vector<Shape>& shapes, const Fill& fill) {
  const auto context = compiled_.lease(key("train", shapes), batch_of(shapes),
                                       [&] { return Executable(train_program(shapes), options()); });
  fill_inputs(*context, shapes.size(), fill);
  OptimizerState& optimizer = config_.optimizer.state();
  const std::lock_guard lock(optimizer.mutex);
  context->input(shapes.size()).copy_from(next_rates(optimizer));
  context->run();
  ++optimizer.iterations;
  return logs(*context);
}

Logs TrainingStep::test(const std::vector<Shape>& shapes, const Fill& fill) {
  const auto context = compiled_.lease(key("test", shapes), batch_of(shapes),
                                       [&] { return Executable(test_program(shapes), options()); });
  fill_inputs(*context, shapes.size(), fill);
  context->run();
  return logs(*context);
}

}  // namespace graft
