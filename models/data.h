#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "graft/core/tensor.h"

namespace graft {

/// A list of tensors that a single one converts to and, when it holds just one, from: so that fit takes `images`,
/// `{images, boxes}` or a vector, and what predict gives can be used as a Tensor.
class TensorList : public std::vector<Tensor> {
 public:
  using std::vector<Tensor>::vector;
  TensorList(const Tensor& tensor) : vector(1, tensor) {}
  TensorList(std::initializer_list<Tensor> tensors) : vector(tensors) {}
  TensorList(Tensors tensors) : vector(std::move(tensors)) {}

  operator const Tensor&() const { return single(); }

 private:
  const Tensor& single() const;   // throws DataError unless there is exactly one
};

/// The samples of all tensors: their common first dimension. Throws DataError naming the tensors that differ, or an empty
/// data set; `what` is "x" or "y".
int64_t count_rows(const TensorList& tensors, const std::string& what);

/// Throws DataError naming the tensor and the first row that holds a NaN or an infinity: `x[1] ("boxes")`.
void check_finite(const Tensor& tensor, const std::string& name);

/// Copies the named rows, as float, to `destination` one after the other.
void gather_rows(const Tensor& tensor, std::span<const int64_t> rows, std::span<float> destination);

}  // namespace graft
