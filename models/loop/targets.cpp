#include "graft/models/loop/targets.h"

#include <algorithm>
#include <cmath>

#include "graft/core/error.h"
#include "graft/models/step/feed.h"

namespace graft {

Tensor fit_target(const Tensor& y, const Shape& predicted, const std::string& name, const std::string& output) {
  const std::string who = cat(name, " for output \"", output, '"');
  count_rows(y, who);
  check_finite(y, who);
  check_range(y, who);
  if (y.shape().rank() + 1 != predicted.rank() || predicted[-1] != 1) return y;
  std::vector<int64_t> dims = y.shape().dims();
  dims.push_back(1);
  return y.reshaped(Shape(dims));
}

static Shape without_last(const Shape& shape) {
  return Shape(std::vector<int64_t>(shape.dims().begin(), shape.dims().end() - 1));
}

static void check_same_shape(const Tensor& y, const Loss& loss, const Shape& predicted, const std::string& name,
                             const std::string& output) {
  if (predicted.accepts(y.shape())) return;
  ShapeError error(cat(name, " must have the shape of output \"", output, "\", ", predicted, ", for ", loss.name(),
                       "; received ", y.shape()));
  if (loss.name() == "categorical_crossentropy") error.hint("sparse_categorical_crossentropy takes class numbers.");
  throw error;
}

template <class T>
static void check_labels(std::span<const T> labels, int64_t per_row, int64_t classes, const std::string& name) {
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto label = static_cast<double>(labels[i]);
    if (label >= 0 && label < static_cast<double>(classes) && label == std::floor(label)) continue;
    throw DataError(cat(name, " holds ", label, " in row ", static_cast<int64_t>(i) / per_row,
                        "; a class number must be one of 0 ... ", classes - 1));
  }
}

static void check_class_numbers(const Tensor& y, const Loss& loss, const Shape& predicted, const std::string& name,
                                const std::string& output) {
  const Shape wanted = without_last(predicted);
  Shape shape = y.shape();
  if (shape.rank() == predicted.rank() && shape[-1] == 1) shape = without_last(shape);
  if (!wanted.accepts(shape)) {
    ShapeError error(cat(name, " must hold one class number for each ", predicted, " of output \"", output, "\", ",
                         wanted, ", for ", loss.name(), "; received ", y.shape()));
    if (predicted.accepts(y.shape())) error.hint("categorical_crossentropy takes one-hot targets.");
    throw error;
  }
  const int64_t per_row = y.elements() / y.shape()[0], classes = predicted[-1];
  if (y.dtype() == DType::s32) return check_labels(y.data<int32_t>(), per_row, classes, name);
  if (y.dtype() == DType::s64) return check_labels(y.data<int64_t>(), per_row, classes, name);
  if (y.dtype() == DType::u8) return check_labels(y.data<uint8_t>(), per_row, classes, name);
  const Tensor floats = y.cast(DType::f32);
  check_labels(floats.data<float>(), per_row, classes, name);
}

void check_target(const Tensor& y, const Loss& loss, const Shape& predicted, const std::string& name,
                  const std::string& output) {
  if (loss.targets() == Loss::Targets::like_predictions) check_same_shape(y, loss, predicted, name, output);
  if (loss.targets() == Loss::Targets::class_indices) check_class_numbers(y, loss, predicted, name, output);
}

Shape recorded_target(const Shape& target, const Shape& predicted) {
  Shape shape = target.with_batch(Shape::none);
  for (int64_t axis = 1; axis < std::min(target.rank(), predicted.rank()); ++axis)
    if (predicted[axis] == Shape::none && target[axis] != 1) shape = shape.with(axis, Shape::none);
  return shape;
}

Shape default_target(const Loss& loss, const Shape& predicted) {
  return loss.targets() == Loss::Targets::class_indices ? predicted.with(-1, 1) : predicted;
}

}  // namespace graft
