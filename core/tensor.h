#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graft/core/shape.h"

namespace graft {

enum class DType { f32, s32, u8, bf16 };

std::string to_string(DType dtype);              ///< "float32", "int32", "uint8", "bfloat16": Keras's names
size_t size_of(DType dtype);                     ///< bytes of one element
DType dtype_from_name(const std::string& name);  ///< throws ConfigError for an unknown name
template <class T>
DType dtype_of();  ///< float, int32_t, uint8_t

/// Host data: dense, row-major, channels last. Copying a Tensor shares its buffer; `clone` does not.
class Tensor {
 public:
  Tensor() = default;                                      ///< no data: empty() is true
  explicit Tensor(Shape shape, DType dtype = DType::f32);  ///< zeros
  Tensor(Shape shape, std::vector<float> values);          ///< throws ShapeError unless the count fits
  Tensor(Shape shape, std::vector<int32_t> values);
  Tensor(Shape shape, std::vector<uint8_t> values);
  static Tensor scalar(float value);  ///< rank 0
  static Tensor full(Shape shape, float value);

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  bool empty() const { return !buffer_; }
  int64_t elements() const { return empty() ? 0 : shape_.elements(); }
  size_t bytes() const { return static_cast<size_t>(elements()) * size_of(dtype_); }

  /// The elements. Throws DataError if T is not the tensor's type.
  template <class T>
  std::span<const T> data() const;
  template <class T>
  std::span<T> data();
  const std::byte* raw() const { return buffer_.get(); }
  std::byte* raw() { return buffer_.get(); }
  float item() const;  ///< the one element; throws ShapeError if there are more

  Tensor clone() const;
  Tensor reshaped(Shape shape) const;                    ///< shares the buffer; one dimension may be none (inferred)
  Tensor rows(int64_t begin, int64_t end) const;         ///< [begin, end) of the first dimension; shares the buffer
  Tensor gathered(std::span<const int64_t> rows) const;  ///< the named rows of the first dimension, copied
  Tensor cast(DType dtype) const;                        ///< itself when the type is right already

  /// NumPy .npy, version 1 to 3, C order. f4, f8, i4, i8, u1, b1 are read (f8 as float32, i8 as int32).
  /// Throws FormatError naming the file and what is wrong with it.
  static Tensor load_npy(const std::filesystem::path& path);
  void save_npy(const std::filesystem::path& path) const;  ///< atomic: temporary file, then rename

 private:
  Shape shape_;
  DType dtype_ = DType::f32;
  std::shared_ptr<std::byte> buffer_;  // 64-byte aligned; rows() points into its owner
};

using Tensors = std::vector<Tensor>;

/// Shape, type and the first and last values.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

/// The largest |a - b| divided by the largest |b| (1 if that is 0): the measure of every comparison in
/// the tests. Infinite when shapes differ or a NaN stands on one side only.
double relative_difference(const Tensor& a, const Tensor& b);
bool bit_equal(const Tensor& a, const Tensor& b);

}  // namespace graft
