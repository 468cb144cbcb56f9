#include "graft/graph/layers/core/unknown_layer.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "graft/graph/graph.h"

namespace graft {

// -- the layer -------------------------------------------------------------------------------------------------------

std::vector<Shape> UnknownLayer::infer(std::span<const Shape> inputs) const {
  std::vector<Shape> shapes;
  const bool as_in_file = !built || std::ranges::equal(inputs, built_for());
  for (const InputSpec& output : config.outputs) shapes.push_back(as_in_file ? output.shape : Shape::unknown());
  return shapes;
}

std::vector<Shape> UnknownLayer::infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const {
  return infer(inputs.first(arguments.positional(inputs.size())));
}

std::vector<DType> UnknownLayer::infer_dtypes(std::span<const DType>, size_t) const {
  std::vector<DType> types;
  for (const InputSpec& output : config.outputs) types.push_back(output.dtype);
  return types;
}

// Strings may be what it takes; which Program could not be asked for it.
bool UnknownLayer::runs_on_host(std::span<const DType> inputs, bool) const {
  return std::ranges::find(inputs, DType::string) != inputs.end();
}

ops::Values UnknownLayer::emit(ops::Builder&, const ops::Values&, const CallArguments&) const {
  throw GraphError("cannot run: its class is not known");
}

const UnknownLayer* as_unknown(const LayerImpl& layer) { return dynamic_cast<const UnknownLayer*>(&layer); }

bool takes_any_weights(const LayerImpl& layer) {
  return as_unknown(layer) || (!layer.built && !layer.is_input() && !layer.inner_graph());
}

// -- finding them ----------------------------------------------------------------------------------------------------

namespace {

class Survey {
 public:
  void add(const Graph& graph, const std::string& path) {
    for (const GraphLayer& layer : graph.layers())
      if (!layer.impl().is_input()) add(layer.impl(), join_path(path, layer.name()));
  }

  UnknownLayers found;

 private:
  void add(const LayerImpl& layer, const std::string& path) {
    if (!seen_.insert(&layer).second) return;
    if (const auto inner = layer.inner_graph()) return add(*inner, path);
    ++found.of;
    const UnknownLayer* unknown = as_unknown(layer);
    if (!unknown) return;
    ++found.count;
    for (const UnknownClass& one : unknown->config.unknown)
      layers_of(one.name).push_back(one.inside.empty() ? cat('"', path, '"') : cat(one.inside, " \"", path, '"'));
  }

  std::vector<std::string>& layers_of(const std::string& name) {
    for (auto& [known, layers] : found.classes)
      if (known == name) return layers;
    return found.classes.emplace_back(name, std::vector<std::string>()).second;
  }

  std::unordered_set<const LayerImpl*> seen_;
};

}  // namespace

UnknownLayers unknown_layers(const Graph& graph) {
  Survey survey;
  survey.add(graph, {});
  return std::move(survey.found);
}

std::string UnknownLayers::listed() const {
  std::string text;
  for (const auto& [name, layers] : classes) {
    text += cat(text.empty() ? "" : "; ", name);
    for (size_t i = 0; i < layers.size(); ++i) text += cat(i == 0 ? " " : ", ", layers[i]);
  }
  return text;
}

// The class as a name in C++: "mine>Block" is Block, "TFOpLambda(math.erf)" is TFOpLambda_math_erf.
static std::string identifier(const std::string& class_name) {
  std::string name = class_name.substr(class_name.rfind('>') + 1);
  while (!name.empty() && !std::isalnum(static_cast<unsigned char>(name.back()))) name.pop_back();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

std::string UnknownLayers::registration() const {
  std::string lines;
  for (const auto& [name, layers] : classes)
    lines += cat(lines.empty() ? "" : "\n    ", "register_layer_class(layer_class<", identifier(name), "Impl>(\"", name,
                 "\"));");
  return lines;
}

// What was behind a layer of an unknown class is not built without it either, as in the second part of a cut.
static void check_built(const Graph& graph) {
  for (const GraphLayer& layer : graph.layers()) {
    if (const auto inner = layer.impl().inner_graph()) check_built(*inner);
    if (takes_any_weights(layer.impl()))
      throw GraphError(cat("cannot run: the shape of the input of ", layer.who(), " is not known"))
          .hint("with_input_shape makes a model on inputs of a known shape.");
  }
}

void check_classes(const Graph& graph) {
  const UnknownLayers unknown = unknown_layers(graph);
  if (unknown.count == 0) return check_built(graph);
  throw GraphError(cat("cannot run: ", unknown.count, " of ", unknown.of, unknown.of == 1 ? " layer" : " layers",
                       unknown.count == 1 ? " is of a class" : " are of classes",
                       " that Graft does not know: ", unknown.listed()))
      .hint(cat("load the model after\n    ", unknown.registration()));
}

}  // namespace graft
