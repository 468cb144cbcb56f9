#include "graft/graph/layers/operations/math/nn.h"

#include "graft/graph/layers/activations/advanced_activations.h"
#include "graft/graph/layers/core/activation.h"
#include "graft/graph/layers/operations/math/record.h"

namespace graft {

SymbolicTensor tanh(const Operand& x) { return Activation("tanh", x.location)(x.tensor, x.location); }
SymbolicTensor sigmoid(const Operand& x) { return Activation("sigmoid", x.location)(x.tensor, x.location); }
SymbolicTensor relu(const Operand& x) { return Activation("relu", x.location)(x.tensor, x.location); }
SymbolicTensor softplus(const Operand& x) { return Activation("softplus", x.location)(x.tensor, x.location); }
SymbolicTensor relu6(const Operand& x) { return record("Relu6", {x}); }
SymbolicTensor silu(const Operand& x) { return record("Silu", {x}); }
SymbolicTensor softsign(const Operand& x) { return record("Softsign", {x}); }
SymbolicTensor selu(const Operand& x) { return record("Selu", {x}); }
SymbolicTensor log_sigmoid(const Operand& x) { return record("LogSigmoid", {x}); }
SymbolicTensor hard_sigmoid(const Operand& x) { return record("HardSigmoid", {x}); }
SymbolicTensor hard_silu(const Operand& x) { return record("HardSilu", {x}); }
SymbolicTensor hard_tanh(const Operand& x) { return record("HardTanh", {x}); }
SymbolicTensor tanh_shrink(const Operand& x) { return record("TanhShrink", {x}); }
SymbolicTensor sparse_plus(const Operand& x) { return record("SparsePlus", {x}); }
SymbolicTensor sparse_sigmoid(const Operand& x) { return record("SparseSigmoid", {x}); }
SymbolicTensor leaky_relu(const Operand& x, double negative_slope) {
  return record("LeakyRelu", {x}, {{"negative_slope", negative_slope}});
}
SymbolicTensor elu(const Operand& x, double alpha) { return record("Elu", {x}, {{"alpha", alpha}}); }
SymbolicTensor celu(const Operand& x, double alpha) { return record("Celu", {x}, {{"alpha", alpha}}); }
SymbolicTensor gelu(const Operand& x, bool approximate) { return record("Gelu", {x}, {{"approximate", approximate}}); }
SymbolicTensor squareplus(const Operand& x, double b) { return record("Squareplus", {x}, {{"b", b}}); }
SymbolicTensor soft_shrink(const Operand& x, double threshold) {
  return record("SoftShrink", {x}, {{"threshold", threshold}});
}
SymbolicTensor hard_shrink(const Operand& x, double threshold) {
  return record("HardShrink", {x}, {{"threshold", threshold}});
}
SymbolicTensor threshold(const Operand& x, double threshold, double default_value) {
  return record("Threshold", {x}, {{"threshold", threshold}, {"default_value", default_value}});
}
SymbolicTensor glu(const Operand& x, int64_t axis) { return record("Glu", {x}, {{"axis", axis}}); }

SymbolicTensor softmax(const Operand& x, int64_t axis) {
  return Softmax({.axis = axis}, x.location)(x.tensor, x.location);
}
SymbolicTensor log_softmax(const Operand& x, int64_t axis) { return record("LogSoftmax", {x}, {{"axis", axis}}); }
SymbolicTensor sparsemax(const Operand& x, int64_t axis) { return record("Sparsemax", {x}, {{"axis", axis}}); }

SymbolicTensor normalize(const Operand& x, int64_t axis, int64_t order) {
  return record("Normalize", {x}, {{"axis", axis}, {"order", order}});
}
SymbolicTensor layer_normalization(const Operand& x, const Argument& gamma, const Argument& beta, int64_t axis) {
  return record("LayerNorm", {x, gamma, beta}, {{"axis", axis}});
}
SymbolicTensor rms_normalization(const Operand& x, const Argument& scale, int64_t axis) {
  return record("RMSNorm", {x, scale}, {{"axis", axis}});
}
SymbolicTensor batch_normalization(const Operand& x, const Argument& mean, const Argument& variance, int64_t axis,
                                   const Argument& offset, const Argument& scale, double epsilon) {
  return record("BatchNorm", {x, mean, variance, offset, scale}, {{"axis", axis}, {"epsilon", epsilon}});
}

SymbolicTensor binary_crossentropy(const Argument& target, const Argument& output, bool from_logits) {
  return record("BinaryCrossentropy", {target, output}, {{"from_logits", from_logits}});
}
SymbolicTensor categorical_crossentropy(const Argument& target, const Argument& output, bool from_logits,
                                        int64_t axis) {
  return record("CategoricalCrossentropy", {target, output}, {{"from_logits", from_logits}, {"axis", axis}});
}
SymbolicTensor sparse_categorical_crossentropy(const Argument& target, const Argument& output, bool from_logits,
                                               int64_t axis) {
  return record("SparseCategoricalCrossentropy", {target, output}, {{"from_logits", from_logits}, {"axis", axis}});
}
SymbolicTensor psnr(const Argument& x1, const Argument& x2, double max_val) {
  return record("PSNR", {x1, x2}, {{"max_val", max_val}});
}

SymbolicTensor dot_product_attention(const Operand& query, const Operand& key, const Operand& value, bool is_causal) {
  return record("DotProductAttention", {query, key, value}, {{"is_causal", is_causal}});
}

}  // namespace graft
