#pragma once

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "graft/core/dtype.h"
#include "graft/core/shape.h"

namespace graft {

/// Host data: dense, row-major, channels last. Copying a Tensor shares its buffer; `clone` does not.
///
/// A view of the elements is valid as long as the Tensor, so that a temporary gives none: `f().data<float>()` does not
/// compile, but `Tensor y = f();` keeps the elements alive. The other methods of a temporary return values.
class Tensor {
 public:
  /// A number between braces, of any arithmetic type; it is stored as a float.
  struct Number {
    template <class T>
      requires std::is_arithmetic_v<T>
    Number(T number) : value(static_cast<float>(number)) {}
    float value;
  };
  /// A text between braces.
  struct Text {
    template <class T>
      requires std::is_convertible_v<const T&, std::string_view>
    Text(const T& text) : value(std::string_view(text)) {}
    operator const std::string&() const { return value; }
    std::string value;
  };

  Tensor() = default;                                      ///< no data: empty() is true
  explicit Tensor(Shape shape, DType dtype = DType::f32);  ///< zeros, or empty strings
  /// The values in row-major order. Throws ShapeError unless their number fits the shape.
  Tensor(Shape shape, std::vector<float> values);
  Tensor(Shape shape, std::vector<int32_t> values);
  Tensor(Shape shape, std::vector<uint8_t> values);
  Tensor(Shape shape, std::vector<int64_t> values);
  Tensor(Shape shape, std::vector<double> values);
  Tensor(Shape shape, std::vector<bool> values);
  Tensor(Shape shape, std::vector<std::string> values);
  /// A float32 tensor of numbers of any type: Tensor(Shape{3}, {1, 2.5, 3}). Throws ShapeError unless their count fits.
  Tensor(Shape shape, std::initializer_list<Number> values);
  /// A tensor of strings: Tensor(Shape{2}, {"a text", "another"}). Throws ShapeError unless their count fits. (A
  /// template like the next, so that empty braces hold no numbers rather than no strings.)
  template <class = void>
  Tensor(Shape shape, std::initializer_list<Text> values)
      : Tensor(std::move(shape), std::vector<std::string>(values.begin(), values.end())) {}
  /// A float32 tensor, row by row: Tensor(Shape{2, 2}, {{1, 2}, {3, 4}}). Throws ShapeError for a row whose length is
  /// not the last dimension. (It is a template, so that single numbers in braces are numbers rather than rows.)
  template <class = void>
  Tensor(Shape shape, std::initializer_list<std::initializer_list<Number>> rows)
      : Tensor(std::move(shape), std::span(rows.begin(), rows.size())) {}
  static Tensor scalar(float value);  ///< rank 0
  static Tensor full(Shape shape, float value);

  const Shape& shape() const& { return shape_; }
  Shape shape() && { return std::move(shape_); }
  DType dtype() const { return dtype_; }
  bool empty() const { return !buffer_; }
  int64_t elements() const { return empty() ? 0 : shape_.elements(); }  ///< the number of elements
  size_t bytes() const { return static_cast<size_t>(elements()) * size_of(dtype_); }

  /// The elements. Throws DataError if T is not the tensor's type.
  template <class T>
  std::span<const T> data() const&;
  template <class T>
  std::span<T> data() &;
  template <class T>
  std::span<const T> data() const&& = delete;  // the elements may end with the temporary: name the Tensor first
  /// The bytes of the elements, aligned to 64 except in a Tensor that rows() returned; null when empty().
  const std::byte* raw() const& { return buffer_.get(); }
  std::byte* raw() & { return buffer_.get(); }
  const std::byte* raw() const&& = delete;
  float item() const;  ///< the one element; throws ShapeError if there are more

  Tensor clone() const;                                  ///< a copy with a buffer of its own
  Tensor reshaped(Shape shape) const;                    ///< shares the buffer; one dimension may be none (inferred)
  Tensor rows(int64_t begin, int64_t end) const;         ///< [begin, end) of the first dimension; shares the buffer
  Tensor gathered(std::span<const int64_t> rows) const;  ///< the named rows of the first dimension, copied
  /// Shares the buffer if the type stays the same. Throws DataError for a number that does not fit the type, and
  /// between numbers and strings.
  Tensor cast(DType dtype) const;

  /// Reads NumPy's .npy, version 1 to 3, in C order: f2, f4, f8, i4, i8, u1, b1. The elements become `dtype`; without
  /// it f8 is read as float32, i8 as int32 and b1 as uint8. Throws FormatError naming the file and what is wrong with
  /// it, also for an integer that does not fit the type that it is read as.
  static Tensor load_npy(const std::filesystem::path& path, std::optional<DType> dtype = {});
  /// Writes version 1; the file appears whole or not at all. Throws DataError for a tensor without data, of bfloat16 or
  /// of strings, BackendError naming the path when it cannot be written.
  void save_npy(const std::filesystem::path& path) const;

 private:
  Tensor(Shape shape, std::span<const std::initializer_list<Number>> rows);

  Shape shape_;
  DType dtype_ = DType::f32;
  std::shared_ptr<std::byte> buffer_;  // 64-byte aligned; rows() points into its owner
};

/// The elements of a Tensor, with the Tensor that keeps them alive: a temporary Tensors returns its data in this form.
template <class T>
class HeldData {
 public:
  explicit HeldData(Tensor tensor) : tensor_(std::move(tensor)), data_(std::as_const(tensor_).template data<T>()) {}
  size_t size() const { return data_.size(); }
  bool empty() const { return data_.empty(); }
  const T& operator[](size_t index) const& { return data_[index]; }
  T operator[](size_t index) && { return data_[index]; }
  auto begin() const& { return data_.begin(); }
  auto end() const& { return data_.end(); }
  void begin() const&& = delete;
  void end() const&& = delete;
  /// Converts for functions that take a span; a temporary does not, since its elements end with it.
  operator std::span<const T>() const& { return data_; }
  operator std::span<const T>() && = delete;
  operator std::span<const T>() const&& = delete;

 private:
  Tensor tensor_;
  std::span<const T> data_;
};

/// A list of tensors. A single Tensor converts to it, so that fit takes `images`, `{images, boxes}` or a vector; a list
/// of one converts to a Tensor, so that the result of predict for a model of one output can be used as one. The methods
/// of a Tensor throw DataError naming the number of tensors unless there is exactly one.
class Tensors : public std::vector<Tensor> {
 public:
  using std::vector<Tensor>::vector;
  Tensors(const Tensor& tensor) : vector(1, tensor) {}
  Tensors(std::initializer_list<Tensor> tensors) : vector(tensors) {}
  Tensors(std::vector<Tensor> tensors) : vector(std::move(tensors)) {}

  operator Tensor() const { return single(); }
  const Shape& shape() const& { return single().shape(); }
  Shape shape() && { return single().shape(); }
  DType dtype() const { return single().dtype(); }
  int64_t elements() const { return single().elements(); }
  float item() const { return single().item(); }

  using std::vector<Tensor>::data;  // the list's own data(): a pointer to the tensors
  /// The elements of the only tensor. The result for a temporary list keeps them alive:
  /// `for (float y : model.predict(x).data<float>())`. Throws DataError if T is not the tensor's type.
  template <class T>
  std::span<const T> data() const& {
    return single().template data<T>();
  }
  template <class T>
  std::span<T> data() & {
    return const_cast<Tensor&>(single()).template data<T>();
  }
  template <class T>
  HeldData<T> data() && {
    return HeldData<T>(single());
  }

  // A temporary list returns its elements as Tensors, not as references.
  const Tensor& operator[](size_t index) const& { return vector::operator[](index); }
  Tensor& operator[](size_t index) & { return vector::operator[](index); }
  Tensor operator[](size_t index) && { return vector::operator[](index); }
  const Tensor& at(size_t index) const& { return vector::at(index); }
  Tensor& at(size_t index) & { return vector::at(index); }
  Tensor at(size_t index) && { return vector::at(index); }
  const Tensor& front() const& { return vector::front(); }
  Tensor& front() & { return vector::front(); }
  Tensor front() && { return vector::front(); }
  const Tensor& back() const& { return vector::back(); }
  Tensor& back() & { return vector::back(); }
  Tensor back() && { return vector::back(); }

 private:
  const Tensor& single() const;  // throws DataError unless there is exactly one
};

/// Prints the shape, the type and the first and last values.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

/// The largest |a - b| divided by the largest |b|, or by 1 if that is 0; the tests compare with it. It is infinite when
/// the shapes differ, or where only one of two elements is NaN.
double relative_difference(const Tensor& a, const Tensor& b);
/// Whether shape, type and the bits of every element are the same.
bool bit_equal(const Tensor& a, const Tensor& b);

}  // namespace graft
