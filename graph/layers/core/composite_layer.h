#pragma once

#include <mutex>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"

namespace graft {

/// The base of layers that are made of other layers and of operations, as in Keras: `call` records them on symbolic
/// tensors, and shapes, weights, masks and instructions follow from what it has recorded.
///
///     class BlockImpl final : public ConfiguredLayer<BlockConfig, CompositeLayer> {
///      public:
///       explicit BlockImpl(BlockConfig given) : ConfiguredLayer(std::move(given)), up_({.units = config.units}) {}
///       std::string class_name() const override { return "Block"; }
///       std::vector<InnerLayer> inner_layers() const override { return {{"up", up_}}; }
///       SymbolicTensors call(const SymbolicTensors& inputs) const override { return inputs[0] + up_(inputs[0]); }
///
///      private:
///       Dense up_;
///     };
///
/// inner_layers() lists the layers of `call`, each by its attribute in Python, in the order in which they are made
/// there: by these names and in this order files have their weights.
class CompositeLayer : public LayerImpl {
 public:
  /// Records a call. It may be called several times, for inputs of other shapes, so the layers are members.
  virtual SymbolicTensors call(const SymbolicTensors& inputs) const = 0;

  std::vector<Shape> infer(std::span<const Shape> inputs) const final;
  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const final;
  std::vector<DType> infer_call_dtypes(std::span<const DType> inputs, size_t outputs,
                                       const CallArguments& arguments) const final;
  void check_built(std::span<const Shape>) const final {}  // the layers inside check
  ops::Values emit(ops::Builder& builder, const ops::Values& inputs, const CallArguments& arguments) const final;
  std::vector<std::string> mask_arguments() const final { return {"mask"}; }
  MaskedValues emit_masked(ops::Builder& builder, const ops::Values& inputs, const ops::Values& masks,
                           const CallArguments& arguments) const final;

 private:
  struct Recorded {
    std::vector<InputSpec> specs;
    std::shared_ptr<const Graph> graph;
  };

  /// The graph of a call on inputs of these shapes and types, the latest few of which are kept.
  std::shared_ptr<const Graph> graph_for(std::vector<InputSpec> specs) const;
  std::shared_ptr<const Graph> record(const std::vector<InputSpec>& specs) const;
  void check_inner(const Graph& graph) const;

  mutable std::mutex mutex_;
  mutable std::vector<Recorded> recorded_;
};

}  // namespace graft
