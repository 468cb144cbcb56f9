#include "graft/models/training/masks.h"

#include "graft/graph/axes.h"
#include "graft/graph/layer_impl.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;
using ops::Values;

Value along_rows(Builder& b, Value mask, const Dims& dims) {
  Dims own = b.dims(mask);
  if (own.size() == dims.size() + 1 && own.back() == 1) own.pop_back();
  while (own.size() < dims.size()) own.push_back(1);
  bool fits = own.size() == dims.size();
  for (size_t i = 0; fits && i < dims.size(); ++i) fits = own[i] == dims[i] || own[i] == 1;
  if (!fits)
    throw ShapeError(
        cat("a mask of shape ", ops::to_string(b.dims(mask)), " does not fit values of shape ", ops::to_string(dims)));
  return b.reshape(mask, own);
}

namespace {

// 1 for each value that counts, 0 for the others; without a gradient.
Value counts(Builder& b, Value mask, const Dims& dims) {
  const Value given = b.stop_gradient(to_channels_last(b, mask));
  return along_rows(b, b.binary(ops::Binary::ne, given, b.scalar(0)), dims);
}

/// Inputs: the values and the prediction.
class WithinMaskImpl final : public LayerImpl {
 public:
  std::string class_name() const override { return "WithinMask"; }
  size_t input_count() const override { return 2; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  Values emit(Builder&, const Values& inputs, const CallArguments&) const override { return {inputs[0]}; }

  MaskedValues emit_masked(Builder& b, const Values& inputs, const Values& masks,
                           const CallArguments& arguments) const override {
    if (!masks[1] || arguments.specs[0].shape.rank() == 0) return {{inputs[0]}};
    const Value values = to_channels_last(b, inputs[0]), kept = counts(b, masks[1], b.dims(values));
    const auto all = static_cast<float>(ops::elements(b.dims(kept)));
    const Value count = b.binary(ops::Binary::max, emit_sum(b, kept), b.scalar(1));
    return {{to_channels_first(b, b.mul(values, b.mul(kept, b.div(b.scalar(all), count))))}};
  }
};

/// Inputs: the values, the prediction and perhaps weights. The output's mask is not 0 or 1 where there are weights.
class CountedValuesImpl final : public LayerImpl {
 public:
  std::string class_name() const override { return "CountedValues"; }
  size_t input_count() const override { return 0; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  Values emit(Builder&, const Values& inputs, const CallArguments&) const override { return {inputs[0]}; }

  Values emit_masks(Builder& b, const Values& inputs, const Values& masks,
                    const CallArguments& arguments) const override {
    if (arguments.specs[0].shape.rank() == 0) return {};
    const Dims dims = keras_dims(b, inputs[0]);
    Value mask = masks[1] ? counts(b, masks[1], dims) : Value{};
    if (inputs.size() == 3) {
      const Value given = along_rows(b, to_channels_last(b, inputs[2]), dims);
      mask = mask ? b.mul(mask, given) : given;
    }
    return {mask ? to_channels_first(b, mask) : Value{}};
  }
};

}  // namespace

SymbolicTensor within_mask(const SymbolicTensor& values, const SymbolicTensor& prediction) {
  return Layer(std::make_shared<WithinMaskImpl>())({values, prediction});
}

SymbolicTensor counted_values(const SymbolicTensor& values, const SymbolicTensor& prediction,
                              const SymbolicTensor& weights) {
  SymbolicTensors inputs{values, prediction};
  if (weights) inputs.push_back(weights);
  return Layer(std::make_shared<CountedValuesImpl>())(inputs);
}

}  // namespace graft
