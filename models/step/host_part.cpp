#include "graft/models/step/host_part.h"

#include <algorithm>
#include <map>

#include "graft/graph/layers/recurrent/time_distributed.h"
#include "graft/graph/walk.h"

namespace graft {

static std::vector<DType> types_of(const SymbolicTensors& tensors) {
  std::vector<DType> types;
  for (const SymbolicTensor& tensor : tensors) types.push_back(tensor.dtype());
  return types;
}

// -- nested models ---------------------------------------------------------------------------------------------------

// The model that a layer applies to every step, TimeDistributed(model); null for any other layer.
static std::shared_ptr<const Graph> model_of_steps(const LayerImpl& layer) {
  if (!layer.is_known() || layer.class_name() != "TimeDistributed") return nullptr;
  return layer.inner_layers()[0].layer.impl().inner_graph();
}

static std::shared_ptr<const Graph> model_inside(const LayerImpl& layer) {
  const auto inner = layer.inner_graph();
  return inner ? inner : model_of_steps(layer);
}

static bool has_host_layers(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const std::shared_ptr<const Node>& node) {
    const LayerImpl& layer = node->layer().impl();
    if (const auto inner = model_inside(layer)) return has_host_layers(*inner);
    return layer.runs_on_host(types_of(node->inputs()), true);
  });
}

// The layers of a model, each applied to every step.
static SymbolicTensors opened_steps(const Graph& graph, const Node& call, const SymbolicTensors& inputs,
                                    const std::string& scope, const CallArguments& arguments) {
  return walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, const SymbolicTensors& given) {
    if (given.size() != 1)
      throw GraphError(cat("computes some layers of its model on the host, so that each is applied to the steps by ",
                           "itself; ", node->layer().who(), " takes ", given.size(), " tensors"))
          .who(call.layer().who())
          .at(call.location());
    const TimeDistributed steps({.layer = node->layer(), .name = graph.name_of(*node)}, call.location());
    return steps.call(given, arguments, scope, call.location());
  });
}

// The calls recorded again on other tensors, those of a nested model with layers for the host one by one.
static SymbolicTensors opened(const Graph& graph, const SymbolicTensors& inputs, const std::string& scope,
                              std::optional<bool> training) {
  return walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, const SymbolicTensors& given) {
    CallArguments arguments = node->arguments();
    if (!arguments.training) arguments.training = training;
    const auto inner = node->layer().impl().inner_graph();
    if (inner && has_host_layers(*inner))
      return opened(*inner, given, join_path(scope, graph.name_of(*node)), arguments.training);
    if (const auto steps = model_of_steps(node->layer().impl()); steps && has_host_layers(*steps))
      return opened_steps(*steps, *node, given, join_path(scope, graph.name_of(*node)), arguments);
    return node->layer().call(given, arguments, join_path(scope, node->scope()), node->location());
  });
}

static bool nests_host_layers(const Graph& graph) {
  return std::ranges::any_of(graph.nodes(), [](const std::shared_ptr<const Node>& node) {
    const auto inner = model_inside(node->layer().impl());
    return inner && has_host_layers(*inner);
  });
}

static std::shared_ptr<const Graph> without_nests(const std::shared_ptr<const Graph>& graph) {
  if (!nests_host_layers(*graph)) return graph;
  return Graph::make(graph->inputs(), opened(*graph, graph->inputs(), {}, {}));
}

// -- stages ----------------------------------------------------------------------------------------------------------

namespace {

// Stages are numbered: the host computes the even ones, Programs the odd ones, and data come before stage 0.
class StageOrder {
 public:
  explicit StageOrder(const Graph& graph) {
    for (const SymbolicTensor& input : graph.inputs()) stages_.emplace(input, kData);
    for (const std::shared_ptr<const Node>& node : graph.nodes())
      if (!node->layer().impl().is_input()) place(node);
    for (const SymbolicTensor& output : graph.outputs()) use(output, kAfter);
  }

  std::vector<Stage> stages() const {
    std::vector<Stage> found;
    for (const auto& [number, border] : borders_)
      found.push_back({number % 2 == 0, Graph::make(border.inputs, border.outputs)});
    return found;
  }

 private:
  static constexpr int kData = -1, kAfter = 1 << 30;
  struct Border {
    SymbolicTensors inputs, outputs;
  };

  void place(const std::shared_ptr<const Node>& node) {
    int latest = kData;
    bool known = true;
    for (const SymbolicTensor& input : node->inputs()) {
      latest = std::max(latest, stages_.at(input));
      known &= !in_program(stages_.at(input));
    }
    const bool on_host = node->layer().impl().runs_on_host(types_of(node->inputs()), known);
    if (!on_host) check_numbers(*node);
    const int stage = std::max(latest, 0) + ((std::max(latest, 0) % 2 == 0) == on_host ? 0 : 1);
    for (size_t i = 0; i < node->output_shapes().size(); ++i)
      stages_.emplace(SymbolicTensor(node, static_cast<int>(i)), stage);
    for (const SymbolicTensor& input : node->inputs()) use(input, stage);
    borders_[stage];
  }

  static bool in_program(int stage) { return stage >= 0 && stage % 2 == 1; }

  // A tensor that another stage uses crosses the borders of both.
  void use(const SymbolicTensor& tensor, int user) {
    const int maker = stages_.at(tensor);
    if (maker == user) return;
    if (maker != kData) add(borders_[maker].outputs, tensor);
    if (user != kAfter) add(borders_[user].inputs, tensor);
  }

  static void add(SymbolicTensors& tensors, const SymbolicTensor& tensor) {
    if (std::ranges::find(tensors, tensor) == tensors.end()) tensors.push_back(tensor);
  }

  static void check_numbers(const Node& node) {
    for (const SymbolicTensor& input : node.inputs())
      if (input.dtype() == DType::string)
        throw GraphError(cat("takes numbers; received strings from ", input.origin()))
            .who(node.layer().who())
            .hint("StringLookup, TextVectorization and Hashing make numbers of them.")
            .at(node.location());
  }

  TensorMap<int> stages_;
  std::map<int, Border> borders_;
};

}  // namespace

StagedGraph::StagedGraph(std::shared_ptr<const Graph> graph) : graph_(without_nests(graph)) {
  const auto takes_strings = [](const SymbolicTensor& input) { return input.dtype() == DType::string; };
  if (has_host_layers(*graph_) || std::ranges::any_of(graph_->inputs(), takes_strings))
    stages_ = StageOrder(*graph_).stages();
  else
    stages_ = {{false, graph_}};
}

const Graph* StagedGraph::prologue() const& {
  return !stages_.empty() && stages_[0].on_host ? stages_[0].graph.get() : nullptr;
}

const std::shared_ptr<const Graph>& StagedGraph::program() const& {
  const auto on_host = [](const Stage& stage) { return stage.on_host; };
  const auto first = std::ranges::find_if_not(stages_, on_host);
  if (first == stages_.end()) throw GraphError("all of its layers are computed on the host, so there is no Program");
  const auto second = std::find_if_not(first + 1, stages_.end(), on_host);
  if (second == stages_.end()) return first->graph;
  throw GraphError(cat("is not one Program: ", (first + 1)->graph->nodes().back()->layer().who(),
                       " is computed on the host between two"))
      .hint("predict runs all of it.");
}

// -- running on the host ---------------------------------------------------------------------------------------------

static Tensor typed(const Tensor& tensor, const SymbolicTensor& like) {
  if ((tensor.dtype() == DType::string) == (like.dtype() == DType::string)) return tensor.cast(like.dtype());
  throw DataError(cat(like.origin(), " takes ", to_string(like.dtype()), "; received ", to_string(tensor.dtype())));
}

Tensors compute_on_host(const Graph& stage, const Tensors& inputs) {
  Tensors given;
  for (size_t i = 0; i < inputs.size(); ++i) given.push_back(typed(inputs[i], stage.inputs()[i]));
  return walk(stage, given, [&](const std::shared_ptr<const Node>& node, const Tensors& from) {
    try {
      return node->layer().impl().compute(from, node->arguments());
    } catch (Error& error) {
      error.who(cat(node->layer().class_name(), " \"", stage.name_of(*node), '"')).at(node->location());
      throw;
    }
  });
}

}  // namespace graft
