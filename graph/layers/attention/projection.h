#pragma once

#include "graft/graph/axes.h"
#include "graft/graph/layer_impl.h"

namespace graft {

/// What the settings of attention layers say of the weights of their projections.
struct ProjectionSettings {
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};  ///< of the product
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
};

/// A product inside an attention layer, which Keras keeps as an EinsumDense: the last axes of its input, which are
/// `from`, become the axes `to`. Its weights are kernel (from..., to...) and bias (to...).
class ProjectionImpl final : public LayerImpl {
 public:
  ProjectionImpl(const std::string& given_name, ProjectionSettings settings) : settings_(std::move(settings)) {
    name = given_name;
    activity_regularizer = settings_.activity_regularizer;
  }
  std::string class_name() const override { return "EinsumDense"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  void check_built(std::span<const Shape>) const override {}  // the layer around it checks
  ops::Values emit(ops::Builder&, const ops::Values&, const CallArguments&) const override;

  /// Makes the weights, unless they exist.
  void make(const std::vector<int64_t>& from, const std::vector<int64_t>& to);
  /// The product for rows (..., from as one axis): (..., to as one axis); `batch` is the number of rows of the batch
  /// that they come from, of which each has one or more here.
  ops::Value project(ops::Builder& builder, ops::Value rows, int64_t batch) const;
  /// The same behind a sigmoid, which is the output that a penalty is on.
  ops::Value gate(ops::Builder& builder, ops::Value rows, int64_t batch) const;

 private:
  ops::Value product(ops::Builder& builder, ops::Value rows) const;

  ProjectionSettings settings_;
  Variable kernel_, bias_;
  int64_t from_ = 0, to_ = 0;
};

}  // namespace graft
