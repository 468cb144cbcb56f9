#pragma once

#include <span>
#include <string>
#include <utility>

#include "graft/core/error.h"
#include "graft/core/tensor.h"

namespace graft {

/// One input or output of a Context, in memory that the Context owns; channels last and row-major.
class Binding {
 public:
  Binding(Shape shape, DType dtype, void* memory, std::string name)
      : shape_(std::move(shape)), dtype_(dtype), memory_(memory), name_(std::move(name)) {}
  const Shape& shape() const& { return shape_; }
  Shape shape() && { return std::move(shape_); }
  const std::string& name() const& { return name_; }
  std::string name() && { return std::move(name_); }
  /// The elements themselves, not a copy. Throws DataError if T is not their type.
  template <class T>
  std::span<T> data() const {
    if (dtype_of<T>() != dtype_) throw DataError(cat(name_, " holds ", to_string(dtype_), ", not the type asked for"));
    return {static_cast<T*>(memory_), static_cast<size_t>(shape_.elements())};
  }
  /// Throws ShapeError unless there is a value for each element.
  void copy_from(std::span<const float> values) const;
  void copy_from(const Tensor& tensor) const;  ///< throws ShapeError unless the shapes are equal
  Tensor tensor() const;                       ///< a copy

 private:
  Shape shape_;
  DType dtype_;
  void* memory_;
  std::string name_;
};

}  // namespace graft
