#pragma once

// Internal: what a Model handle points to.

#include <mutex>
#include <unordered_map>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/tensor_map.h"
#include "graft/models/step/trainer_config.h"

namespace graft {

class FitPlan;          // models/loop/fit_plan.h
class ExecutableCache;  // models/step/executable_cache.h
class TapGraphs;        // models/loop/taps.h

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
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }
  bool takes_mask(size_t input) const override { return input < takes_.size() && takes_[input]; }
  bool casts_inputs() const override { return false; }
  MaskedValues emit_masked(ops::Builder& builder, const ops::Values& inputs, const ops::Values& masks,
                           const CallArguments& arguments) const override;
  std::shared_ptr<const Graph> inner_graph() const override { return graph; }
  std::vector<Layer> sublayers() const override { return sublayers_; }

  const std::shared_ptr<const Graph> graph;
  std::vector<SymbolicTensor> added_losses;
  std::vector<NamedTensor> added_metrics;
  std::shared_ptr<FitPlan> fit_plan;           ///< optimizer, losses and metrics; null before compile()
  std::unique_ptr<ExecutableCache> inference;  ///< what predict runs, by input shapes and taps

  std::mutex mutex;                       ///< guards `tap_graphs` and `opened`
  std::shared_ptr<TapGraphs> tap_graphs;  ///< the graphs of predict's taps; null before predict is given some
  /// For each call of a nested model, the tensors inside, recorded on the call's inputs: at("inner/layer") gives them.
  std::unordered_map<std::shared_ptr<const Node>, TensorMap<SymbolicTensor>> opened;

 private:
  std::string class_name_;
  std::vector<Layer> sublayers_;
  std::vector<bool> takes_;  // for each input, whether a call inside takes its mask
};

}  // namespace graft
