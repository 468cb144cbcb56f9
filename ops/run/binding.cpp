#include "graft/ops/run/binding.h"

#include <cstring>

namespace graft {

void Binding::copy_from(std::span<const float> values) const {
  if (static_cast<int64_t>(values.size()) != shape_.elements())
    throw ShapeError(cat(name_, " has shape ", shape_, ", ", shape_.elements(), " values; received ", values.size()));
  std::memcpy(memory_, values.data(), values.size_bytes());
}

void Binding::copy_from(const Tensor& tensor) const {
  const bool scalar = tensor.shape().rank() == 0 && shape_ == Shape{1};
  if (tensor.shape() != shape_ && !scalar)
    throw ShapeError(cat(name_, " has shape ", shape_, "; received ", tensor.shape()));
  const Tensor values = tensor.cast(dtype_);
  copy_from(values.data<float>());
}

Tensor Binding::tensor() const {
  Tensor out(shape_, dtype_);
  std::memcpy(out.raw(), memory_, out.bytes());
  return out;
}

}  // namespace graft
