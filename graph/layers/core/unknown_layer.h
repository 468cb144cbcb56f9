#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// A class that Graft does not know, where a file names it.
struct UnknownClass {
  std::string name;         ///< as register_layer_class takes it
  std::string inside = {};  ///< within a wrapper: `"cell" in RNN`; empty: it is the class of the layer itself
};

/// Settings of UnknownLayer.
struct UnknownLayerConfig {
  std::string class_name;   ///< as the file has it, that of a wrapper too
  std::string settings;     ///< the JSON of its config
  std::string module = {};  ///< the module and the name that Keras 3 finds the class by
  std::string registered_name = {};
  std::vector<UnknownClass> unknown;  ///< its own class, or the classes inside that are not known
  std::vector<InputSpec> outputs{{Shape::unknown(), DType::f32}};  ///< as far as the file knows them
  std::string name = {};
};

/// Stands for a layer of a saved model that cannot be run: its class is not known here, or that of a layer inside. It
/// keeps what the file says, so that the model can be looked at, cut, joined and saved again.
class UnknownLayer final : public LayerImpl {
 public:
  explicit UnknownLayer(UnknownLayerConfig given) : config(std::move(given)) { name = config.name; }

  std::string class_name() const override { return config.class_name; }
  bool is_known() const override { return false; }
  size_t input_count() const override { return 0; }
  bool casts_inputs() const override { return false; }
  /// What the file says of the outputs holds for the inputs of the first call only.
  std::vector<Shape> infer(std::span<const Shape> inputs) const override;
  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override;
  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t outputs) const override;
  void check_built(std::span<const Shape>) const override {}
  bool runs_on_host(std::span<const DType> inputs, bool known) const override;
  ops::Values emit(ops::Builder&, const ops::Values&, const CallArguments&) const override;

  UnknownLayerConfig config;
};

/// The layer as one of an unknown class; null for any other.
const UnknownLayer* as_unknown(const LayerImpl& layer);

/// Whether a layer of a model has no weights of its own making but those that a file has for it: its class is not
/// known, or the shape of its input, behind one of an unknown class.
bool takes_any_weights(const LayerImpl& layer);

/// The layers of unknown classes in a graph, in nested graphs and inside other layers, by their names and paths.
struct UnknownLayers {
  size_t count = 0, of = 0;  ///< how many layers there are of them, and of all
  /// The unknown classes in the order in which they occur, with the layers of each: `"a"`, `"cell" in RNN "rnn"`.
  std::vector<std::pair<std::string, std::vector<std::string>>> classes;

  std::string listed() const;        ///< `Mystery "a", "b"; Lambda "c"`
  std::string registration() const;  ///< for each class the line that registers one of the user's own
};
UnknownLayers unknown_layers(const Graph& graph);

/// Throws GraphError listing all layers of unknown classes, with the lines that register them; without such layers,
/// naming one that has no known input.
void check_classes(const Graph& graph);

}  // namespace graft
