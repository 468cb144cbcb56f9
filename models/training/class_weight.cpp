#include "graft/models/training/class_weight.h"

#include <algorithm>

#include "graft/core/error.h"

namespace graft {

static int64_t class_of(std::span<const float> row) {
  if (row.size() == 1) return static_cast<int64_t>(row[0]);
  return std::max_element(row.begin(), row.end()) - row.begin();
}

Tensor weights_of_classes(const TensorList& y, const std::map<int64_t, float>& class_weight) {
  if (y.size() != 1 || y[0].empty() || y[0].shape().rank() < 1 || y[0].shape().rank() > 2)
    throw ShapeError("class_weight needs one target of class numbers (N), (N, 1) or one-hot rows (N, classes)");
  const Tensor labels = y[0].cast(DType::f32);
  const std::span<const float> values = labels.data<float>();
  const auto rows = static_cast<size_t>(labels.shape()[0]);
  std::vector<float> weights;
  for (size_t i = 0; i < rows; ++i) {
    const size_t width = values.size() / rows;
    const auto found = class_weight.find(class_of(values.subspan(i * width, width)));
    weights.push_back(found == class_weight.end() ? 1 : found->second);
  }
  return Tensor(Shape{labels.shape()[0]}, std::move(weights));
}

}  // namespace graft
