#pragma once

#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/recurrent/cell.h"

namespace graft {

/// The weights that SimpleRNN, GRU and LSTM cells share: kernel (I, gates units), recurrent_kernel (units, gates
/// units), bias, with the dropout of their inputs. `Config` has Keras's settings by their names.
template <class Config>
class GatedCellImpl : public CellImpl {
 public:
  GatedCellImpl(Config given, int64_t gates) : config(std::move(given)), gates_(gates) { name = config.name; }
  void fields(FieldVisitor& field) override { config.fields(field); }

  void check() const override {
    check_at_least("units", config.units, 1);
    check_fraction("dropout", config.dropout);
    check_fraction("recurrent_dropout", config.recurrent_dropout);
  }

  void check_step(const Shape& step) const override {
    check_rank(step, 2, "(N, features) at each step");
    known_dim(step, -1, "features");
  }

  std::vector<Shape> state_shapes(const Shape& step) const override { return {{step[0], config.units}}; }

  void build(std::span<const Shape> inputs) override {
    kernel_ = add_weight("kernel", {inputs[0][-1], gates_ * config.units}, config.kernel_initializer,
                         config.kernel_regularizer, true, config.kernel_constraint);
    recurrent_kernel_ =
        add_weight("recurrent_kernel", {config.units, gates_ * config.units}, config.recurrent_initializer,
                   config.recurrent_regularizer, true, config.recurrent_constraint);
    if (config.use_bias)
      bias_ = add_weight("bias", bias_shape(), config.bias_initializer, config.bias_regularizer, true,
                         config.bias_constraint);
  }

  CellMasks draw_masks(ops::Builder& b, const ops::Dims& step) const override {
    CellMasks masks;
    if (config.dropout > 0)
      for (int64_t i = 0; i < mask_count(); ++i) masks.input.push_back(dropout_mask(b, step, config.dropout));
    const ops::Dims state{step[0], config.units};
    if (config.recurrent_dropout > 0)
      for (int64_t i = 0; i < mask_count(); ++i)
        masks.recurrent.push_back(dropout_mask(b, state, config.recurrent_dropout));
    return masks;
  }

  ops::Value project(ops::Builder& b, ops::Value inputs, const CellMasks& masks) const override {
    return product(b, inputs, b.variable(kernel_), masks.input, input_bias(b));
  }

  Config config;

 protected:
  virtual Shape bias_shape() const { return {gates_ * config.units}; }
  /// Keras draws one mask for all gates, or one for each where its implementation is 1.
  virtual int64_t mask_count() const { return 1; }
  virtual ops::Value input_bias(ops::Builder& b) const { return config.use_bias ? b.variable(bias_) : ops::Value{}; }

  ops::Value recurrent_product(ops::Builder& b, ops::Value state, const CellMasks& masks, ops::Value bias = {}) const {
    return product(b, state, b.variable(recurrent_kernel_), masks.recurrent, bias);
  }

  /// x W + bias, where x is multiplied by a mask, or by one for each gate.
  ops::Value product(ops::Builder& b, ops::Value x, ops::Value kernel, const ops::Values& masks,
                     ops::Value bias) const {
    if (masks.empty()) return b.inner_product(x, kernel, bias);
    if (masks.size() == 1) return b.inner_product(b.mul(x, masks[0]), kernel, bias);
    ops::Values gates;
    for (size_t g = 0; g < masks.size(); ++g)
      gates.push_back(b.inner_product(b.mul(x, masks[g]), gate(b, kernel, static_cast<int64_t>(g)), {}));
    const ops::Value y = b.concat(gates, 1);
    return bias ? b.bias(y, bias) : y;
  }

  /// The columns of one gate.
  ops::Value gate(ops::Builder& b, ops::Value x, int64_t number, int64_t count = 1) const {
    return b.slice(x, {0, number * config.units}, {b.dims(x)[0], count * config.units});
  }

  ops::Value row_of_bias(ops::Builder& b, int64_t row) const {
    const ops::Value rows = b.variable(bias_);
    return b.reshape(b.slice(rows, {row, 0}, {1, b.dims(rows)[1]}), {b.dims(rows)[1]});
  }

  int64_t gates_;
  Variable kernel_, recurrent_kernel_, bias_;
};

}  // namespace graft
