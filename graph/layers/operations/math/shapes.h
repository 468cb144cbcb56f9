#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

// The functions of keras.ops of the same names that move elements.

/// Shapes.
SymbolicTensor reshape(const Operand& x,
                       const Shape& target_shape);  ///< each sample; one dimension may be -1, which is inferred
SymbolicTensor ravel(const Operand& x);
SymbolicTensor expand_dims(const Operand& x, int64_t axis);  ///< adds a dimension of 1 there
SymbolicTensor squeeze(const Operand& x,
                       std::optional<int64_t> axis = {});  ///< removes the dimension of 1, or all of them
SymbolicTensor broadcast_to(const Operand& x, const std::vector<int64_t>& shape);

/// The order of axes.
SymbolicTensor transpose(const Operand& x, const std::vector<int64_t>& axes = {});  ///< empty: in reverse order
SymbolicTensor swapaxes(const Operand& x, int64_t axis1, int64_t axis2);
SymbolicTensor moveaxis(const Operand& x, int64_t source, int64_t destination);

/// The order of elements.
SymbolicTensor flip(const Operand& x, const std::vector<int64_t>& axes = {});
SymbolicTensor roll(const Operand& x, int64_t shift, std::optional<int64_t> axis = {});
SymbolicTensor rot90(const Operand& x, int64_t k, int64_t first_axis, int64_t second_axis);

/// Copies and borders.
SymbolicTensor tile(const Operand& x, const std::vector<int64_t>& repeats);
SymbolicTensor repeat(const Operand& x, int64_t repeats, int64_t axis);
SymbolicTensor pad(
    const Operand& x, const std::vector<std::pair<int64_t, int64_t>>& pad_width, const std::string& mode = "constant",
    double constant_value = 0);  ///< a pair for each axis; "constant", "reflect", "symmetric", "edge", "wrap"

/// Joining and splitting.
SymbolicTensor concat(const SymbolicTensors& tensors, int64_t axis = -1,
                      source_location location = source_location::current());
SymbolicTensor stack(const SymbolicTensors& tensors, int64_t axis = 0,
                     source_location location = source_location::current());
SymbolicTensors split(const Operand& x, int64_t sections, int64_t axis = 0);  ///< equal parts
SymbolicTensors split(const Operand& x, const std::vector<int64_t>& indices,
                      int64_t axis = 0);  ///< parts that end at the indices
SymbolicTensors unstack(const Operand& x, int64_t axis = 0);
SymbolicTensors meshgrid(const SymbolicTensors& tensors, const std::string& indexing = "xy",
                         source_location location = source_location::current());

/// Diagonals and triangles of matrices.
SymbolicTensor diag(const Operand& x, int64_t k = 0);
SymbolicTensor diagonal(const Operand& x, int64_t offset = 0, int64_t axis1 = 0, int64_t axis2 = 1);
SymbolicTensor trace(const Operand& x, int64_t offset = 0, int64_t axis1 = 0, int64_t axis2 = 1);
SymbolicTensor tril(const Operand& x, int64_t k = 0);
SymbolicTensor triu(const Operand& x, int64_t k = 0);

/// Tensors of one number in the shape of x, and fresh normal noise in every run, in training and in inference.
SymbolicTensor zeros_like(const Operand& x);
SymbolicTensor ones_like(const Operand& x);
SymbolicTensor full_like(const Operand& x, double fill_value);
SymbolicTensor random_normal(const Operand& like, double mean = 0, double deviation = 1);  ///< seeded, no gradient

}  // namespace graft
