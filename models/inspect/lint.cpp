#include "graft/models/inspect/lint.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/inspect/liveness.h"
#include "graft/models/loop/fit_plan.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/model/nested.h"
#include "graft/models/step/host_part.h"
#include "graft/models/step/program_emitter.h"
#include "graft/ops/program/gradients.h"

namespace graft {

std::string Finding::str() const { return cat(rule, ": ", layer, ' ', message, ". Hint: ", hint, '.'); }

namespace {

// Returns ", called at net.cpp:12", or "" for a call that was read from a file.
std::string called_at(const Node& node) {
  return node.location().line() == 0 ? "" : cat(", called at ", place_name(node.location()));
}

// A layer at its first place, counted from the outermost model inwards.
struct Placed {
  Layer layer;
  std::string path;
  std::vector<std::shared_ptr<const Node>> calls;
  std::string place() const { return called_at(*calls[0]); }
};

/// The layers of a model and of the graph of its added losses, each once.
class Places {
 public:
  Places(const Model& model, const Graph& with_losses) {
    add_all(model.layers(), "");
    add_all(with_losses.layers(), "");
  }

  const std::vector<Placed>& all() const { return placed_; }
  const std::string& path_of(const Layer& layer) const { return placed_[places_.at(&layer.impl())].path; }

 private:
  void add_all(const LayerList& layers, const std::string& prefix) {
    for (const GraphLayer& layer : layers) add(layer, cat(prefix, layer.name()), layer.nodes());
  }

  void add(const Layer& layer, const std::string& path, const std::vector<std::shared_ptr<const Node>>& calls) {
    if (!places_.emplace(&layer.impl(), placed_.size()).second) return;
    placed_.push_back({layer, path, calls});
    if (const std::optional<Model> model = as_model(layer)) return add_all(model->layers(), cat(path, "/"));
    for (const Layer& inner : layer.impl().sublayers()) add(inner, cat(path, "/", inner.name()), calls);
  }

  std::vector<Placed> placed_;
  std::unordered_map<const LayerImpl*, size_t> places_;
};

// The graph of the outputs and of the added losses and metrics.
std::shared_ptr<const Graph> with_additions(const Model& model) {
  check_classes(model.graph());
  SymbolicTensors outputs = model.outputs();
  for (const SymbolicTensor& loss : model.model_impl().added_losses) outputs.push_back(loss);
  for (const NamedTensor& metric : model.model_impl().added_metrics) outputs.push_back(metric.second);
  return Graph::make(model.inputs(), outputs);
}

std::vector<Shape> assumed_shapes(const SymbolicTensors& inputs) {
  constexpr int64_t kUnknown = 64;
  int64_t batch = 1;
  for (const SymbolicTensor& input : inputs)
    if (input.shape().rank() > 0 && input.shape()[0] != Shape::none) batch = input.shape()[0];
  std::vector<Shape> shapes;
  for (const SymbolicTensor& input : inputs) {
    Shape shape = input.shape();
    for (int64_t i = 0; i < shape.rank(); ++i)
      if (shape[i] == Shape::none) shape = shape.with(i, i == 0 ? batch : kUnknown);
    shapes.push_back(shape);
  }
  return shapes;
}

/// A training step before any pass; it shows which calls write a variable and which variables have a gradient.
class StepView {
 public:
  StepView(const std::shared_ptr<const Graph>& graph, const std::vector<Placed>& layers) : builder_(true) {
    const StagedGraph staged(graph);
    ops::Value total;
    for (const Stage& stage : staged.stages()) {
      if (stage.on_host) continue;
      for (const ops::Value output : emit_on_inputs(builder_, *stage.graph, assumed_shapes(stage.graph->inputs()))) {
        const ops::Value part = emit_mean(builder_, output);
        total = total ? builder_.add(total, part) : part;
      }
    }
    find_writes();
    if (total) find_gradients(total, layers);
  }

  /// The paths of the calls that write the variable.
  const std::vector<std::string>& writers(const Variable& variable) { return writers_[&variable.state()]; }
  bool has_gradient(const Variable& variable) const { return reached_.contains(&variable.state()); }

 private:
  void find_writes() {
    const ops::Program& program = builder_.program();
    for (const ops::Instruction& instruction : program.instructions)
      for (const size_t input : instruction.primitive->traits(program, instruction).writes)
        writers_[&program[instruction.inputs[input]].variable.state()].push_back(instruction.label);
  }

  void find_gradients(ops::Value total, const std::vector<Placed>& layers) {
    Variables variables;
    ops::Values values;
    for (const Placed& placed : layers)
      for (const Weight& weight : placed.layer.impl().weights) {
        if (!weight.variable.trainable()) continue;  // statistics
        variables.push_back(weight.variable);
        values.push_back(builder_.variable(weight.variable));
      }
    const ops::Values gradients = ops::gradients(builder_, total, values);
    for (size_t i = 0; i < variables.size(); ++i)
      if (gradients[i]) reached_.insert(&variables[i].state());
  }

  ops::Builder builder_;
  std::unordered_map<const VariableState*, std::vector<std::string>> writers_;
  std::unordered_set<const VariableState*> reached_;
};

// "a, b and c", or "a, b, c and 4 more".
std::string in_words(const std::vector<std::string>& words) {
  constexpr size_t kListed = 4;
  const size_t listed = words.size() <= kListed ? words.size() : kListed - 1;
  std::string text;
  for (size_t i = 0; i < listed; ++i) text += cat(i == 0 ? "" : i + 1 == words.size() ? " and " : ", ", words[i]);
  return listed == words.size() ? text : cat(text, " and ", words.size() - listed, " more");
}

class Linter {
 public:
  explicit Linter(const Model& model)
      : model_(model), graph_(with_additions(model)), live_(*graph_), places_(model, *graph_) {}

  std::vector<Finding> run() {
    find_unused(*graph_);
    look_at_step();
    find_changed_flags();
    find_repeated_penalties();
    find_clashing_names();
    return std::move(findings_);
  }

 private:
  void report(const char* rule, std::string layer, std::string message, std::string hint) {
    findings_.push_back({rule, std::move(layer), std::move(message), std::move(hint)});
  }

  // -- unused calls -----------------------------------------------------------------------------------------------

  void find_unused(const Graph& graph) {
    std::unordered_set<const Node*> feeds_dead;  // only the last of a chain of dead calls is reported
    for (const auto& node : graph.nodes())
      if (!live_.needs(*node))
        for (const SymbolicTensor& input : node->inputs()) feeds_dead.insert(input.node().get());
    for (const auto& node : graph.nodes()) {
      const std::optional<Model> inner = as_model(node->layer());
      if (live_.needs(*node)) {
        if (inner && opened_.insert(&inner->graph()).second) find_unused(inner->graph());
      } else if (node->layer().impl().is_input()) {
        report("unused_input", places_.path_of(node->layer()), "is an input that no output and no added loss needs",
               "leave it out of the inputs, or use it");
      } else if (!feeds_dead.contains(node.get())) {
        report("dead_branch", places_.path_of(node->layer()) + call_mark(graph.call_index(*node)),
               cat("has an output that nothing uses", called_at(*node)), "make it an output, or leave it out");
      }
    }
  }

  // -- training ---------------------------------------------------------------------------------------------------

  void look_at_step() {
    StepView step(graph_, places_.all());
    for (const Placed& placed : places_.all()) {
      find_no_gradient(step, placed);
      find_shared_statistics(step, placed);
    }
  }

  void find_no_gradient(const StepView& step, const Placed& placed) {
    const auto live = [&](const auto& call) { return live_.needs(*call); };
    if (std::none_of(placed.calls.begin(), placed.calls.end(), live)) return;  // this is reported as a dead branch
    std::vector<std::string> still;
    if (placed.layer.trainable())
      for (const Weight& weight : placed.layer.impl().weights)
        if (weight.variable.trainable() && !step.has_gradient(weight.variable)) still.push_back(weight.variable.name());
    if (still.empty()) return;
    report("no_gradient", placed.path,
           cat("is trainable, but no gradient reaches its ", in_words(still), placed.place()),
           "every path to an output passes an operation without gradient: stop_gradient, floor, round, sign, a "
           "comparison, argmax or one_hot; call set_trainable(false) if the layer should not learn");
  }

  void find_shared_statistics(StepView& step, const Placed& placed) {
    for (const Weight& weight : placed.layer.impl().weights) {
      const std::vector<std::string>& writers = step.writers(weight.variable);
      if (weight.variable.trainable() || writers.size() < 2) continue;
      report("shared_statistics", placed.path,
             cat("moves its statistics ", writers.size(), " times in a training step, once for each of the calls ",
                 in_words(writers), placed.place()),
             "a call with {.training = false} leaves them alone; a BatchNormalization of its own for each keeps them "
             "apart");
      return;  // one finding for all of a layer's statistics
    }
  }

  // compile() fixes the trainable variables, as Keras documents; a user who changes flags later may expect an effect.
  void find_changed_flags() {
    if (!model_.compiled()) return;
    std::unordered_set<const VariableState*> moving;
    for (const Variable& variable : model_.model_impl().fit_plan->update()) moving.insert(&variable.state());
    for (const GraphLayer& layer : model_.layers()) {
      const Variables all = layer.weights(), trainable = layer.trainable_variables();
      const auto moves = [&](const Variable& variable) { return moving.contains(&variable.state()); };
      const auto trained = static_cast<size_t>(std::count_if(all.begin(), all.end(), moves));
      if (trained == trainable.size() && std::all_of(trainable.begin(), trainable.end(), moves)) continue;
      report("changed_flags", layer.name(),
             cat("trains ", trained, " of its variables, as its flags were at compile(), not the ", trainable.size(),
                 " that are trainable now"),
             "call compile() again after set_trainable(), or give a Trainer the variables to update");
    }
  }

  void find_repeated_penalties() {
    std::unordered_map<const VariableState*, const Placed*> first;
    for (const Placed& placed : places_.all())
      for (const Weight& weight : placed.layer.impl().weights) {
        if (!weight.regularizer) continue;
        const auto [other, fresh] = first.emplace(&weight.variable.state(), &placed);
        if (fresh) continue;
        report("repeated_penalty", placed.path,
               cat("adds a penalty on ", weight.variable.name(), ", which ", other->second->path, " adds too",
                   placed.place()),
               "keep the regularizer in one of the two layers");
      }
  }

  // -- names ------------------------------------------------------------------------------------------------------

  void find_clashing_names() {
    std::unordered_map<std::string, const Placed*> paths, names;
    for (const Placed& placed : places_.all()) {
      if (placed.layer.impl().weights.empty()) continue;
      if (const auto [other, fresh] = paths.emplace(placed.path, &placed); !fresh) {
        report("clashing_names", placed.path,
               cat("is the path of two layers", other->second->place(), ", and of the other", placed.place(),
                   ": a file finds one of them"),
               "give one of them another name or scope");
      } else if (!placed.layer.impl().name.empty()) {  // automatic names are numbered anew in each graph
        const auto [namesake, alone] = names.emplace(name_in_model(placed), &placed);
        if (alone) continue;
        report("clashing_names", placed.path,
               cat("has the name of ", namesake->second->path,
                   ", which is another layer: files that name layers without their models confuse the two",
                   placed.place()),
               "give one of them another name; or call one layer twice, if their weights are meant to be shared");
      }
    }
  }

  static std::string name_in_model(const Placed& placed) {
    const std::string& scope = placed.calls[0]->scope();
    return join_path(scope, placed.layer.name());
  }

  const Model& model_;
  std::shared_ptr<const Graph> graph_;
  Liveness live_;
  Places places_;
  std::unordered_set<const Graph*> opened_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> lint(const Model& model) {
  try {
    return Linter(model).run();
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), '"'));
    throw;
  }
}

}  // namespace graft
