#pragma once

// Internal: checks the user's tensors and copies them to the inputs of a Program.

#include <functional>
#include <span>
#include <string>

#include "graft/graph/symbolic_tensor.h"
#include "graft/models/training/data.h"

namespace graft {

/// Returns the number of rows, which must be the same in all tensors. Throws DataError naming two that differ, and for
/// tensors without rows. `what` names the tensors in messages: "x" or "y".
int64_t count_rows(const TensorList& tensors, const std::string& what);

/// Returns the tensors in the shapes of the inputs. As in Keras, a last dimension of 1 is added or dropped where that
/// makes a tensor fit. Throws ShapeError naming the input and both shapes, or both numbers of tensors.
TensorList fit_to_inputs(const TensorList& tensors, const SymbolicTensors& inputs, const std::string& what);
Tensor fit_to_shape(const Tensor& tensor, const Shape& shape, const std::string& who, const std::string& what);

/// Throws DataError naming the tensor, the first row that holds a NaN or an infinity, and which of the two it is.
void check_finite(const Tensor& tensor, const std::string& name);
void check_finite(const TensorList& tensors, const SymbolicTensors& inputs);

/// Programs compute in float32. Throws DataError naming the tensor and the first row that holds an integer beyond 2^24,
/// since larger ones are not all exact there, or a number beyond float32.
void check_range(const Tensor& tensor, const std::string& name);
void check_range(const TensorList& tensors, const SymbolicTensors& inputs);

/// The rows [begin, end) of every tensor; they share the buffers.
TensorList rows_of(const TensorList& tensors, int64_t begin, int64_t end);

/// Copies all values as floats, or only the rows with these numbers one after the other.
void copy_values(const Tensor& tensor, std::span<float> destination);
void gather_rows(const Tensor& tensor, std::span<const int64_t> rows, std::span<float> destination, int threads = 1);

}  // namespace graft
