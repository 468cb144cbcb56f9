#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

// The functions of keras.ops of the same names for networks.

/// Activations; the first four record the layer Activation.
SymbolicTensor tanh(const Operand& x);
SymbolicTensor sigmoid(const Operand& x);
SymbolicTensor relu(const Operand& x);
SymbolicTensor softplus(const Operand& x);  ///< log(1 + e^x)
SymbolicTensor relu6(const Operand& x);
SymbolicTensor silu(const Operand& x);
SymbolicTensor softsign(const Operand& x);
SymbolicTensor selu(const Operand& x);
SymbolicTensor log_sigmoid(const Operand& x);
SymbolicTensor hard_sigmoid(const Operand& x);
SymbolicTensor hard_silu(const Operand& x);
SymbolicTensor hard_tanh(const Operand& x);
SymbolicTensor tanh_shrink(const Operand& x);
SymbolicTensor sparse_plus(const Operand& x);
SymbolicTensor sparse_sigmoid(const Operand& x);
SymbolicTensor leaky_relu(const Operand& x, double negative_slope = 0.2);
SymbolicTensor elu(const Operand& x, double alpha = 1);
SymbolicTensor celu(const Operand& x, double alpha = 1);
SymbolicTensor gelu(const Operand& x, bool approximate = true);
SymbolicTensor squareplus(const Operand& x, double b = 4);
SymbolicTensor soft_shrink(const Operand& x, double threshold = 0.5);
SymbolicTensor hard_shrink(const Operand& x, double threshold = 0.5);
SymbolicTensor threshold(const Operand& x, double threshold, double default_value);
SymbolicTensor glu(const Operand& x, int64_t axis = -1);

/// e^x divided by the sum of all e^x along the axis, its logarithm, and the projection on the simplex.
SymbolicTensor softmax(const Operand& x, int64_t axis = -1);
SymbolicTensor log_softmax(const Operand& x, int64_t axis = -1);
SymbolicTensor sparsemax(const Operand& x, int64_t axis = -1);

/// Normalisation.
SymbolicTensor normalize(const Operand& x, int64_t axis = -1, int64_t order = 2);
SymbolicTensor layer_normalization(const Operand& x, const Argument& gamma, const Argument& beta, int64_t axis = -1);
SymbolicTensor rms_normalization(const Operand& x, const Argument& scale, int64_t axis = -1);
SymbolicTensor batch_normalization(const Operand& x, const Argument& mean, const Argument& variance, int64_t axis,
                                   const Argument& offset, const Argument& scale, double epsilon = 1e-3);

/// Losses: one number for each element, or for each row of classes.
SymbolicTensor binary_crossentropy(const Argument& target, const Argument& output, bool from_logits = false);
SymbolicTensor categorical_crossentropy(const Argument& target, const Argument& output, bool from_logits = false,
                                        int64_t axis = -1);
SymbolicTensor sparse_categorical_crossentropy(const Argument& target, const Argument& output, bool from_logits = false,
                                               int64_t axis = -1);
SymbolicTensor psnr(const Argument& x1, const Argument& x2, double max_val);

/// Query, key and value (batch, steps, heads, size).
SymbolicTensor dot_product_attention(const Operand& query, const Operand& key, const Operand& value,
                                     bool is_causal = false);

}  // namespace graft
