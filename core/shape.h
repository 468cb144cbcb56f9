#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace graft {

/// The dimensions of a tensor, channels last: a batch of images is (N, H, W, C). A dimension can be unknown
/// (`Shape::none`, printed None), like the batch size while a network is recorded. The methods that return another
/// shape throw ShapeError for an index out of range, without_batch and with_batch for rank 0.
class Shape {
 public:
  static constexpr int64_t none = -1;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : Shape(std::vector<int64_t>(dims)) {}
  /// Throws ShapeError for a dimension below none.
  explicit Shape(std::vector<int64_t> dims);
  /// A shape of which nothing is known, not even the rank, printed "?": what a layer of an unknown class gives has it.
  /// It has no dimensions to ask for, and it stays what it is where a dimension is replaced, dropped or put before it.
  static Shape unknown();

  /// The number of dimensions.
  int64_t rank() const { return static_cast<int64_t>(dims_.size()); }
  bool has_rank() const { return has_rank_; }  ///< false for unknown(), whose rank() is 0
  /// Negative indices count from the end: shape[-1] is the channels. Throws ShapeError when out of range.
  int64_t operator[](int64_t index) const;
  const std::vector<int64_t>& dims() const& { return dims_; }
  std::vector<int64_t> dims() && { return std::move(dims_); }
  auto begin() const& { return dims_.begin(); }
  auto end() const& { return dims_.end(); }
  void begin() const&& = delete;  // an iterator would outlive the dimensions
  void end() const&& = delete;

  bool known() const;                      ///< it has a rank, and no dimension is none
  int64_t elements() const;                ///< product of the dimensions; throws ShapeError unless known()
  bool accepts(const Shape& other) const;  ///< equal where both are known, same rank; always where one is unknown()

  Shape without_batch() const;                 ///< drops the first dimension
  Shape with_batch(int64_t n) const;           ///< replaces the first dimension
  Shape prepended(int64_t n) const;            ///< (n, dims...)
  Shape with(int64_t index, int64_t n) const;  ///< replaces one dimension; negative counts from the end

  std::string str() const;  ///< "(None, 28, 28, 1)"
  bool operator==(const Shape&) const = default;

 private:
  std::vector<int64_t> dims_;
  bool has_rank_ = true;
};

/// Prints str().
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// The shape after NumPy's broadcasting, aligned at the last dimension; none with 1 or none gives none.
/// Throws ShapeError naming both shapes.
Shape broadcast(const Shape& a, const Shape& b);

/// The axis counted from the front. Throws ShapeError naming the axis and the rank when out of range.
int64_t normalized_axis(int64_t axis, int64_t rank);

}  // namespace graft
