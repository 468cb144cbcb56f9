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
    const ops::Values all = aligned(b, inputs);
    ops::Value merged = all[0];
    for (size_t i = 1; i < all.size(); ++i) merged = b.binary(algorithm(), merged, all[i]);
    return {finish(b, merged, inputs.size())};
  }

  // A step counts where it counts in any of the inputs, and everywhere if one of them has no mask.
  ops::Values emit_masks(ops::Builder& b, const ops::Values&, const ops::Values& masks,
                         const CallArguments&) const override {
    if (masks.empty() || !all_masked(masks)) return {ops::Value{}};
    ops::Value either = masks[0];
    for (size_t i = 1; i < masks.size(); ++i) either = b.binary(ops::Binary::max, either, masks[i]);
    return {either};
  }

 protected:
  virtual ops::Binary algorithm() const = 0;
  virtual ops::Value finish(ops::Builder&, ops::Value merged, size_t) const { return merged; }

  // A tensor of one value broadcasts without being reshaped.
  static ops::Values aligned(ops::Builder& b, const ops::Values& inputs) {
    size_t rank = 0;
    for (const ops::Value input : inputs) rank = std::max(rank, b.dims(input).size());
    ops::Values all;
    for (const ops::Value x : inputs) {
      const bool fits = b.dims(x).size() == rank || b.dims(x) == ops::Dims{1};
      const Shape shape = keras_shape(b.dims(x));
      all.push_back(fits ? x : reshape_keras(b, x, with_rank(shape, static_cast<int64_t>(rank)).dims()));
    }
    return all;
  }

  static bool all_masked(const ops::Values& masks) {
    return std::all_of(masks.begin(), masks.end(), [](ops::Value mask) { return static_cast<bool>(mask); });
  }
};

// The layers whose values depend on the masks of their inputs: a masked element gives way to those of the others.
class MaskedMergeImpl : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;

  MaskedValues emit_masked(ops::Builder& b, const ops::Values& inputs, const ops::Values& masks,
                           const CallArguments& arguments) const override {
    if (std::none_of(masks.begin(), masks.end(), [](ops::Value mask) { return static_cast<bool>(mask); }))
      return MergeImpl::emit_masked(b, inputs, masks, arguments);
    const ops::Values all = aligned(b, inputs);
    ops::Values wide;
    for (size_t i = 0; i < all.size(); ++i) wide.push_back(masks[i] ? over(b, masks[i], all[i]) : ops::Value{});
    return {merge_masked(b, all, wide)};
  }

 protected:
  /// Values and masks, which have the dims of their values here or are empty.
  virtual MaskedValue merge_masked(ops::Builder& b, const ops::Values& values, const ops::Values& masks) const = 0;

  // Whether any element of a step counts, for masks over all elements.
  static ops::Value steps(ops::Builder& b, ops::Value mask) {
    ops::Dims dims = keras_dims(b, mask);
    const ops::Value any = b.reduce(ops::Reduction::max, mask, {logical_axis(-1, static_cast<int64_t>(dims.size()))});
    dims.pop_back();
    return reshape_keras(b, any, dims);
  }

 private:
  // A mask (N, ...) as 1 or 0 for each element of (N, ..., C).
  static ops::Value over(ops::Builder& b, ops::Value mask, ops::Value x) {
    ops::Dims dims = keras_dims(b, mask);
    dims.push_back(1);
    const ops::Value wide = reshape_keras(b, b.binary(ops::Binary::ne, mask, b.scalar(0)), dims);
    return b.broadcast_to(wide, b.dims(x));
  }
};

// Maximum and Minimum.
class ExtremeImpl : public MaskedMergeImpl {
 public:
  using MaskedMergeImpl::MaskedMergeImpl;

 private:
  MaskedValue merge_masked(ops::Builder& b, const ops::Values& values, const ops::Values& masks) const override {
    MaskedValue merged{values[0], masks[0]};
    for (size_t i = 1; i < values.size(); ++i) {
      const ops::Value x = masks[i] ? b.where(masks[i], values[i], merged.value) : values[i];
      if (merged.mask) merged.value = b.where(merged.mask, merged.value, x);
      merged.value = b.binary(algorithm(), merged.value, x);
      const bool both = merged.mask && masks[i];
      merged.mask = both ? b.binary(ops::Binary::max, merged.mask, masks[i]) : ops::Value{};
    }
    if (merged.mask) merged.mask = steps(b, merged.mask);
    return merged;
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

class MultiplyImpl final : public MaskedMergeImpl {
 public:
  using MaskedMergeImpl::MaskedMergeImpl;
  std::string class_name() const override { return "Multiply"; }

 private:
  ops::Binary algorithm() const override { return ops::Binary::mul; }

  // Masked elements are 1 in the product, and 0 where all are masked.
  MaskedValue merge_masked(ops::Builder& b, const ops::Values& values, const ops::Values& masks) const override {
    MaskedValue merged;
    const bool all = all_masked(masks);
    for (size_t i = 0; i < values.size(); ++i) {
      const ops::Value x = masks[i] ? b.where(masks[i], values[i], b.scalar(1)) : values[i];
      merged.value = i == 0 ? x : b.mul(merged.value, x);
      if (all) merged.mask = i == 0 ? masks[i] : b.binary(ops::Binary::max, merged.mask, masks[i]);
    }
    if (!all) return merged;
    merged.value = b.where(merged.mask, merged.value, b.scalar(0));
    merged.mask = steps(b, merged.mask);
    return merged;
  }
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

class MaximumImpl final : public ExtremeImpl {
 public:
  using ExtremeImpl::ExtremeImpl;
  std::string class_name() const override { return "Maximum"; }

 private:
  ops::Binary algorithm() const override { return ops::Binary::max; }
};

class MinimumImpl final : public ExtremeImpl {
 public:
  using ExtremeImpl::ExtremeImpl;
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
