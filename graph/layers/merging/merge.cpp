#include "graft/graph/layers/merging/merge.h"

#include <algorithm>

#include "graft/graph/axes.h"

namespace graft {

namespace {

// Keras aligns ranks after the batch: (N, C) -> (N, 1, 1, C). Rank 0 has no batch and fits as it is.
Shape with_rank(const Shape& shape, int64_t rank) {
  Shape aligned = shape;
  if (shape.rank() == 0) return shape;
  while (aligned.rank() < rank) aligned = aligned.without_batch().prepended(1).prepended(shape[0]);
  return aligned;
}

int64_t highest_rank(std::span<const Shape> shapes) {
  int64_t rank = 0;
  for (const Shape& shape : shapes) rank = std::max(rank, shape.rank());
  return rank;
}

class MergeImpl : public ConfiguredLayer<MergeConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  size_t input_count() const override { return 0; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    if (inputs.size() < 2)
      throw ShapeError(cat("joins two tensors or more; received ", inputs.size()))
          .hint("replay(model, x) records a model that branches again; its layers one after the other do not.");
    const int64_t rank = highest_rank(inputs);
    Shape output = with_rank(inputs[0], rank);
    for (const Shape& input : inputs) output = broadcast(output, with_rank(input, rank));
    return {output};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    size_t rank = 0;
    for (const ops::Value input : inputs) rank = std::max(rank, b.dims(input).size());
    ops::Value merged = aligned(b, inputs[0], rank);
    for (size_t i = 1; i < inputs.size(); ++i) merged = b.binary(algorithm(), merged, aligned(b, inputs[i], rank));
    return {finish(b, merged, inputs.size())};
  }

 protected:
  virtual ops::Binary algorithm() const = 0;
  virtual ops::Value finish(ops::Builder&, ops::Value merged, size_t) const { return merged; }

 private:
  // A tensor of one value broadcasts without being reshaped.
  static ops::Value aligned(ops::Builder& b, ops::Value x, size_t rank) {
    const Shape shape = keras_shape(b.dims(x));
    if (b.dims(x).size() == rank || b.dims(x) == ops::Dims{1}) return x;
    return reshape_keras(b, x, with_rank(shape, static_cast<int64_t>(rank)).dims());
  }
};

class AddImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;
  std::string class_name() const override { return "Add"; }

 private:
  ops::Binary algorithm() const override { return ops::Binary::add; }
};

class SubtractImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;
  std::string class_name() const override { return "Subtract"; }
  size_t input_count() const override { return 2; }

 private:
  ops::Binary algorithm() const override { return ops::Binary::sub; }
};

class MultiplyImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;
  std::string class_name() const override { return "Multiply"; }

 private:
  ops::Binary algorithm() const override { return ops::Binary::mul; }
};

class AverageImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;
  std::string class_name() const override { return "Average"; }

 private:
  ops::Binary algorithm() const override { return ops::Binary::add; }
  ops::Value finish(ops::Builder& b, ops::Value merged, size_t count) const override {
    return b.scale(merged, 1.f / static_cast<float>(count));
  }
};

class MaximumImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;
  std::string class_name() const override { return "Maximum"; }

 private:
  ops::Binary algorithm() const override { return ops::Binary::max; }
};

class MinimumImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;
  std::string class_name() const override { return "Minimum"; }

 private:
  ops::Binary algorithm() const override { return ops::Binary::min; }
};

}  // namespace

Add::Add(MergeConfig config, source_location location) : Layer(make_layer<AddImpl>(std::move(config), location)) {}
Subtract::Subtract(MergeConfig config, source_location location)
    : Layer(make_layer<SubtractImpl>(std::move(config), location)) {}
Multiply::Multiply(MergeConfig config, source_location location)
    : Layer(make_layer<MultiplyImpl>(std::move(config), location)) {}
Average::Average(MergeConfig config, source_location location)
    : Layer(make_layer<AverageImpl>(std::move(config), location)) {}
Maximum::Maximum(MergeConfig config, source_location location)
    : Layer(make_layer<MaximumImpl>(std::move(config), location)) {}
Minimum::Minimum(MergeConfig config, source_location location)
    : Layer(make_layer<MinimumImpl>(std::move(config), location)) {}

std::vector<LayerClass> merge_classes() {
  return {layer_class<AddImpl>("Add"),           layer_class<SubtractImpl>("Subtract"),
          layer_class<MultiplyImpl>("Multiply"), layer_class<AverageImpl>("Average"),
          layer_class<MaximumImpl>("Maximum"),   layer_class<MinimumImpl>("Minimum")};
}

}  // namespace graft
