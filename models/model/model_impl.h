#pragma once

// Internal: what a Model handle points to.

#include <mutex>
#include <unordered_map>

#include "graft/graph/layer_impl.h"
#include "graft/graph/tensor_map.h"
#include "graft/models/model/model.h"

namespace graft {

class CompiledModel;    // models/loop/fit_plan.h: optimizer, losses, metrics and the training steps made so far
class ExecutableCache;  // models/step/executable_cache.h
class TappedGraphs;     // models/loop/taps.h: the graphs that predict's taps belong to

class ModelImpl final : public LayerImpl {
 public:
  ModelImpl(std::shared_ptr<const Graph> graph, std::string class_name);
  ~ModelImpl() override;

  std::string class_name() const override { return class_name_; }  ///< "Functional" or "Sequential"
  std::vector<Shape> infer(std::span<const Shape> inputs) const override;
  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t outputs) const override;
  size_t input_count() const override { return graph->inputs().size(); }
  void check_built(std::span<const Shape>) const override {}  // infer asks the layers
  ops::Values emit(ops::Builder& builder, const ops::Values& inputs, const CallArguments& arguments) const override;
  std::vector<Layer> sublayers() const override { return sublayers_; }

  const std::shared_ptr<const Graph> graph;
  std::vector<SymbolicTensor> added_losses;
  std::vector<NamedTensor> added_metrics;
  std::shared_ptr<CompiledModel> compiled;     ///< null before compile()
  std::unique_ptr<ExecutableCache> inference;  ///< predict's, by input shapes and taps
  std::unique_ptr<TappedGraphs> tapped;

  std::mutex mutex;  ///< guards `opened`
  /// Calls of models in this one, with the tensors inside recorded on the call's inputs: what at("inner/layer") gives.
  std::unordered_map<std::shared_ptr<const Node>, TensorMap<SymbolicTensor>> opened;

 private:
  std::string class_name_;
  std::vector<Layer> sublayers_;
};

/// Tells in one line that what add_loss and add_metric gave the model is not in what `operation` makes of it.
void warn_of_additions(const Model& model, const char* operation);

/// The layer as a Model, when it is one.
std::optional<Model> as_model(const Layer& layer);

}  // namespace graft
