#include "graft/core/shape.h"

#include <algorithm>
#include <ostream>

#include "graft/core/error.h"

namespace graft {

Shape::Shape(std::vector<int64_t> dims) : dims_(std::move(dims)) {
  for (const int64_t dim : dims_)
    if (dim < none) throw ShapeError(cat("a dimension must be 0 or more, or Shape::none; received ", dim));
}

Shape Shape::unknown() {
  Shape shape;
  shape.has_rank_ = false;
  return shape;
}

int64_t normalized_axis(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  if (rank == 0) throw ShapeError(cat("a tensor of rank 0 has no axes; received axis ", axis));
  throw ShapeError(cat("axis must be from ", -rank, " to ", rank - 1, " for rank ", rank, "; received ", axis));
}

int64_t Shape::operator[](int64_t index) const {
  if (index < -rank() || index >= rank())
    throw ShapeError(cat("shape ", *this, " has no dimension ", index, ": its rank is ",
                         has_rank_ ? std::to_string(rank()) : "unknown"));
  return dims_[static_cast<size_t>(index < 0 ? index + rank() : index)];
}

bool Shape::known() const { return has_rank_ && std::find(dims_.begin(), dims_.end(), none) == dims_.end(); }

int64_t Shape::elements() const {
  if (!known()) throw ShapeError(cat("the number of elements of ", *this, " is unknown"));
  if (std::find(dims_.begin(), dims_.end(), 0) != dims_.end()) return 0;
  int64_t product = 1;
  for (const int64_t dim : dims_)
    if (__builtin_mul_overflow(product, dim, &product))
      throw ShapeError(cat("shape ", *this, " has more elements than can be counted in 64 bits"));
  return product;
}

bool Shape::accepts(const Shape& other) const {
  if (!has_rank_ || !other.has_rank_) return true;
  return std::equal(begin(), end(), other.begin(), other.end(),
                    [](int64_t a, int64_t b) { return a == b || a == none || b == none; });
}

Shape Shape::without_batch() const {
  if (!has_rank_) return *this;
  if (dims_.empty()) throw ShapeError("a shape of rank 0 has no batch dimension");
  return Shape(std::vector<int64_t>(dims_.begin() + 1, dims_.end()));
}

Shape Shape::with_batch(int64_t n) const {
  if (!has_rank_) return *this;
  if (dims_.empty()) throw ShapeError("a shape of rank 0 has no batch dimension");
  return with(0, n);
}

Shape Shape::prepended(int64_t n) const {
  if (!has_rank_) return *this;
  std::vector<int64_t> dims{n};
  dims.insert(dims.end(), dims_.begin(), dims_.end());
  return Shape(std::move(dims));
}

Shape Shape::with(int64_t index, int64_t n) const {
  if (!has_rank_) return *this;
  std::vector<int64_t> dims = dims_;
  dims[static_cast<size_t>(normalized_axis(index, rank()))] = n;
  return Shape(std::move(dims));
}

std::string Shape::str() const {
  if (!has_rank_) return "?";
  std::string text = "(";
  for (size_t i = 0; i < dims_.size(); ++i)
    text += cat(i ? ", " : "", dims_[i] == none ? std::string("None") : std::to_string(dims_[i]));
  return text + (dims_.size() == 1 ? ",)" : ")");
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.str(); }

static bool broadcast_dim(int64_t a, int64_t b, int64_t& result) {
  if (a == b || b == 1)
    result = a;
  else if (a == 1)
    result = b;
  else if (a == Shape::none || b == Shape::none)  // the known one is not 1: the other equals it or is 1
    result = std::max(a, b);
  else
    return false;
  return true;
}

Shape broadcast(const Shape& a, const Shape& b) {
  if (!a.has_rank() || !b.has_rank()) return Shape::unknown();
  const int64_t rank = std::max(a.rank(), b.rank());
  std::vector<int64_t> dims(static_cast<size_t>(rank));
  for (int64_t i = 1; i <= rank; ++i) {
    const int64_t da = i <= a.rank() ? a[-i] : 1, db = i <= b.rank() ? b[-i] : 1;
    if (!broadcast_dim(da, db, dims[static_cast<size_t>(rank - i)]))
      throw ShapeError(cat("shapes ", a, " and ", b, " do not broadcast: dimension -", i, " is ", da, " and ", db,
                           ", which must be equal or 1"));
  }
  return Shape(std::move(dims));
}

}  // namespace graft
