#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

/// Elementwise arithmetic. a + b, a - b and a * b of two tensors record Keras's merge layers, arithmetic with a number
/// records Rescaling, so that other programs can read the model. Arrays, and tensors of whole numbers or truth values,
/// record the operations of keras.ops, which know their types.
SymbolicTensor operator+(const Operand& a, const Operand& b);
SymbolicTensor operator+(const Operand& a, double b);
SymbolicTensor operator+(double a, const Operand& b);
SymbolicTensor operator+(const Operand& a, const Tensor& b);
SymbolicTensor operator+(const Tensor& a, const Operand& b);
SymbolicTensor operator-(const Operand& a, const Operand& b);
SymbolicTensor operator-(const Operand& a, double b);
SymbolicTensor operator-(double a, const Operand& b);
SymbolicTensor operator-(const Operand& a, const Tensor& b);
SymbolicTensor operator-(const Tensor& a, const Operand& b);
SymbolicTensor operator-(const Operand& x);
SymbolicTensor operator*(const Operand& a, const Operand& b);
SymbolicTensor operator*(const Operand& a, double b);
SymbolicTensor operator*(double a, const Operand& b);
SymbolicTensor operator*(const Operand& a, const Tensor& b);
SymbolicTensor operator*(const Tensor& a, const Operand& b);
SymbolicTensor operator/(const Operand& a, const Operand& b);
SymbolicTensor operator/(const Operand& a, double b);
SymbolicTensor operator/(double a, const Operand& b);
SymbolicTensor operator/(const Operand& a, const Tensor& b);
SymbolicTensor operator/(const Tensor& a, const Operand& b);

/// The larger or the smaller of each two elements. Two tensors record Keras's merge layers Maximum and Minimum.
SymbolicTensor maximum(const Operand& a, const Operand& b);
SymbolicTensor maximum(const Operand& x, double low);
SymbolicTensor minimum(const Operand& a, const Operand& b);
SymbolicTensor minimum(const Operand& x, double high);

}  // namespace graft
