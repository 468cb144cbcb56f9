#pragma once

#include "graft/graph/layers/attention/projection.h"

namespace graft {

/// The settings that multi-head layers share, by Keras's names where they have any.
struct HeadSettings {
  int64_t query_heads, key_heads;  ///< query_heads is a multiple of key_heads
  int64_t key_dim, value_dim;      ///< of one head
  double dropout = 0;
  bool use_gate = false;
  std::optional<int64_t> sliding_window = {};
  std::vector<int64_t> output_shape = {};    ///< of the result's last axes; empty: as the query's last
  std::vector<int64_t> attention_axes = {};  ///< counted with the batch as 0; empty: all but the first and the last
};

/// The implementation of MultiHeadAttention and GroupQueryAttention.
class MultiHeadImpl : public LayerImpl {
 public:
  std::vector<InnerLayer> inner_layers() const override;
  size_t input_count() const override { return 0; }
  std::vector<std::string> call_signature() const override {
    return {"query",
            "value",
            "key",
            "query_mask",
            "value_mask",
            "key_mask",
            "attention_mask",
            "return_attention_scores",
            "training",
            "use_causal_mask"};
  }
  std::vector<std::string> mask_arguments() const override { return {"query_mask", "value_mask", "key_mask"}; }
  bool passes_masks() const override { return true; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return infer_call(inputs, {}); }
  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override;
  void build(std::span<const Shape> inputs) override;
  ops::Values emit(ops::Builder& builder, const ops::Values& inputs, const CallArguments& arguments) const override;

 protected:
  MultiHeadImpl(HeadSettings heads, const ProjectionSettings& projections);
  void check_heads() const;
  /// How Keras names an attribute of the class in files: those of GroupQueryAttention begin with '_'.
  virtual std::string attribute(const std::string& attribute_name) const { return attribute_name; }

 private:
  std::vector<int64_t> axes_of(const Shape& query) const;

  HeadSettings heads_;
  std::shared_ptr<ProjectionImpl> query_, key_, gate_, value_, output_;
};

}  // namespace graft
