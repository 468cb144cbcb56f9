#pragma once

#include <initializer_list>
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
  const Tensor& single() const;  // throws DataError unless there is exactly one
};

}  // namespace graft
