#include "graft/models/inspect/plot.h"

#include <map>
#include <unordered_map>
#include <unordered_set>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/walk.h"
#include "graft/models/inspect/plot_render.h"
#include "graft/models/inspect/plot_style.h"
#include "graft/models/model/nested.h"

namespace graft {

using namespace plot;

namespace {

// Draws the calls of a model. A tensor is represented by the picture's node of the call that makes it, from which its
// arrows start. Inside an expanded model, the nodes of the tensors that it is called on represent its inputs.
class ModelPicture {
 public:
  explicit ModelPicture(const PlotOptions& options) : options_(options) {}

  std::string draw(const Model& model) {
    text_ = begin_picture(cat(model.name(), "  \u00b7  ", model.count_params(), " parameters"));
    find_shared(model);
    std::vector<std::string> inputs;
    for (const SymbolicTensor& input : model.inputs()) inputs.push_back(add_node(model.graph(), *input.node(), ""));
    draw_calls(model.graph(), inputs, "", "  ");
    text_ += edges_ + "}\n";
    return std::move(text_);
  }

 private:
  std::vector<std::string> draw_calls(const Graph& graph, const std::vector<std::string>& inputs,
                                      const std::string& path, const std::string& indent) {
    return walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, const std::vector<std::string>& from) {
      return draw_call(graph, *node, from, path, indent);
    });
  }

  std::vector<std::string> draw_call(const Graph& graph, const Node& node, const std::vector<std::string>& from,
                                     const std::string& path, const std::string& indent) {
    const std::optional<Model> inner = as_model(node.layer());
    if (inner && options_.expand_nested) return draw_box(graph, node, *inner, from, path, indent);
    const std::string id = add_node(graph, node, path);
    for (const std::string& source : from) edges_ += cat("  ", source, " -> ", id, ";\n");
    return std::vector<std::string>(node.output_shapes().size(), id);
  }

  std::vector<std::string> draw_box(const Graph& graph, const Node& node, const Model& inner,
                                    const std::vector<std::string>& from, const std::string& path,
                                    const std::string& indent) {
    const std::string name = graph.label_of(node);
    text_ +=
        cat(indent, "subgraph cluster_", boxes_++, " {\n", indent, "  label=<<b>", escaped(name),
            "</b>>; labeljust=l; style=\"rounded,filled\"; fontsize=12; penwidth=1.2; ",
            "fillcolor=\"#fafbfc\"; color=\"", border_of(node, "#9aa5b1"), "\"; fontcolor=\"#3e4c59\"; margin=12;\n");
    const std::vector<std::string> outputs = draw_calls(inner.graph(), from, cat(path, name, '/'), indent + "  ");
    text_ += indent + "}\n";
    return outputs;
  }

  std::string add_node(const Graph& graph, const Node& node, const std::string& path) {
    const std::string id = cat('n', count_++);
    const Layer& layer = node.layer();
    const bool is_input = layer.impl().is_input(), is_model = as_model(layer).has_value();
    const bool known = !as_unknown(layer.impl());
    std::vector<std::string> lines{is_input ? "Input" : layer.class_name(), graph.label_of(node)};
    if (!known) lines.push_back("not known");
    if (options_.show_shapes)
      for (const Shape& shape : node.output_shapes()) lines.push_back(shape.str());
    text_ += cat("  ", id, " [label=", label_of(lines), ", fillcolor=\"", fill_of(layer.class_name()), "\", color=\"",
                 border_of(node, "#52606d"), '"', is_shared(layer) ? ", penwidth=2.2" : "",
                 is_model ? ", peripheries=2" : "", known ? "" : ", style=\"rounded,filled,dashed\"", ", tooltip=\"",
                 escaped(cat(path, lines[1])), "\"];\n");
    return id;
  }

  bool is_shared(const Layer& layer) const { return shared_.contains(&layer.impl()); }

  const char* border_of(const Node& node, const char* usual) const {
    const auto found = shared_.find(&node.layer().impl());
    return found == shared_.end() ? usual : shared_border(found->second);
  }

  // Finds the layers that are in the picture more than once.
  void find_shared(const Model& model) {
    std::unordered_set<const LayerImpl*> seen;
    visit(model.graph(), seen);
  }

  void visit(const Graph& graph, std::unordered_set<const LayerImpl*>& seen) {
    for (const auto& node : graph.nodes()) {
      const LayerImpl* impl = &node->layer().impl();
      if (impl->is_input()) continue;
      if (!seen.insert(impl).second) {
        shared_.emplace(impl, shared_.size());
        continue;  // layers inside a shared model are shared for no other reason
      }
      const std::optional<Model> inner = as_model(node->layer());
      if (inner && options_.expand_nested) visit(inner->graph(), seen);
    }
  }

  const PlotOptions& options_;
  std::string text_, edges_;
  size_t count_ = 0, boxes_ = 0;
  std::unordered_map<const LayerImpl*, size_t> shared_;
};

// The steps of one instruction: those with its label and primitive that no earlier instruction has claimed.
class StepFinder {
 public:
  explicit StepFinder(const Executable& executable) {
    for (StepReport& step : executable.steps()) steps_[step.label + '\n' + step.primitive].push_back(std::move(step));
  }
  const StepReport* next(const ops::Instruction& instruction) {
    const std::string key = instruction.label + '\n' + std::string(instruction.primitive->name());
    const auto found = steps_.find(key);
    if (found == steps_.end() || taken_[key] >= found->second.size()) return nullptr;
    return &found->second[taken_[key]++];
  }

 private:
  std::map<std::string, std::vector<StepReport>> steps_;
  std::map<std::string, size_t> taken_;
};

// The instructions that every run executes. Those that depend on weights alone run ahead of it, and views cost nothing;
// both would hide the network.
class ProgramPicture {
 public:
  explicit ProgramPicture(const Executable& executable) : program_(executable.program()), steps_(executable) {}

  std::string draw(const std::string& title) {
    text_ = begin_picture(title);
    for (const ops::Value input : program_.inputs) add_input(input);
    for (const ops::Instruction& instruction : program_.instructions) add(instruction);
    return text_ + edges_ + "}\n";
  }

 private:
  void add_input(ops::Value input) {
    const ops::ValueInfo& info = program_[input];
    nodes_[input.id] = cat('v', input.id);
    text_ += cat("  v", input.id, " [label=", label_of({"input", info.name, ops::to_string(info.dims)}),
                 ", fillcolor=\"", fill_of("input"), "\"];\n");
  }

  std::vector<std::string> sources_of(const ops::Instruction& instruction) const {
    std::vector<std::string> sources;
    for (const ops::Value input : instruction.inputs)
      if (const auto found = nodes_.find(input.id); found != nodes_.end()) sources.push_back(found->second);
    return sources;
  }

  void add(const ops::Instruction& instruction) {
    const std::string primitive(instruction.primitive->name());
    const StepReport* step = steps_.next(instruction);
    const std::vector<std::string> sources = sources_of(instruction);
    if (sources.empty() && !instruction.inputs.empty()) return;
    std::string id = cat('i', count_++);
    if (!step && sources.size() == 1)
      id = sources[0];
    else
      add_node(id, instruction, step, sources);
    for (const ops::Value output : instruction.outputs) nodes_[output.id] = id;
  }

  void add_node(const std::string& id, const ops::Instruction& instruction, const StepReport* step,
                const std::vector<std::string>& sources) {
    const std::string primitive(instruction.primitive->name());
    std::vector<std::string> lines{primitive, instruction.label};
    if (step) {
      lines.insert(lines.end(), {step->implementation, step->dst});
      if (!step->fused.empty()) lines.push_back("+ " + step->fused);
    }
    text_ += cat("  ", id, " [label=", label_of(lines), ", fillcolor=\"", fill_of(primitive), "\"];\n");
    for (const std::string& from : sources) edges_ += cat("  ", from, " -> ", id, ";\n");
  }

  const ops::Program& program_;
  StepFinder steps_;
  std::string text_, edges_;
  std::unordered_map<int32_t, std::string> nodes_;  // for values that change from run to run
  size_t count_ = 0;
};

}  // namespace

std::string model_dot(const Model& model, const PlotOptions& options) { return ModelPicture(options).draw(model); }

std::string executable_dot(const Executable& executable, const std::string& title) {
  return ProgramPicture(executable).draw(title);
}

void plot_model(const Model& model, const std::filesystem::path& path, const PlotOptions& options) {
  draw_dot(model_dot(model, options), path, options.dpi);
}

}  // namespace graft
