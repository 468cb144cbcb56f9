#include <algorithm>

#include "graft/graph/axes.h"
#include "graft/graph/layers/operations/einsum.h"
#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

static Value flat(In in, size_t operand) { return in.b.reshape(in[operand], {ops::elements(in.dims(operand))}); }

// -- matrix products -------------------------------------------------------------------------------------------------

// Rank 1 is a row on the left and a column on the right, which the result does not have.
static Value matmul(In in) {
  Dims a = in.dims(0), b = in.dims(1);
  for (const Dims& dims : {a, b})
    if (dims.empty())
      throw ShapeError(cat("input must have rank 1 or more (..., rows, columns); received ", Shape(dims)));
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2])
    throw ShapeError(cat("the inner dimensions must be equal: the last of ", Shape(in.dims(0)),
                         " and the last but one (of rank 1, the only one) of the other; received ", Shape(in.dims(1))));
  while (a.size() < b.size()) a.insert(a.begin(), 1);
  while (b.size() < a.size()) b.insert(b.begin(), 1);
  broadcast(Shape(Dims(a.begin(), a.end() - 2)), Shape(Dims(b.begin(), b.end() - 2)));
  const Value y = in.b.matmul(in.b.reshape(in[0], a), in.b.reshape(in[1], b));
  Dims dims = in.b.dims(y);
  if (column) dims.pop_back();
  if (row) dims.erase(dims.end() - (column ? 1 : 2));
  return in.shaped(y, dims);
}

// The sum over pairs of axes, which become the inner dimension of one product of two matrices.
static Value contracted(In in, const std::vector<int>& left, const std::vector<int>& right) {
  const auto order = [&](size_t operand, const std::vector<int>& axes, bool first) {
    std::vector<int> free;
    for (int axis = 0; axis < static_cast<int>(in.rank(operand)); ++axis)
      if (std::ranges::find(axes, axis) == axes.end()) free.push_back(axis);
    std::vector<int> all = first ? axes : free;
    const std::vector<int>& rest = first ? free : axes;
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  };
  const Value a = in.b.transpose(in[0], order(0, left, false)), b = in.b.transpose(in[1], order(1, right, true));
  const Dims a_dims = in.b.dims(a), b_dims = in.b.dims(b);
  const auto pairs = std::ssize(left);
  const Dims inner(a_dims.end() - pairs, a_dims.end());
  if (inner != Dims(b_dims.begin(), b_dims.begin() + pairs))
    throw ShapeError(
        cat("the axes of both operands must have equal sizes: ", Shape(in.dims(0)), " and ", Shape(in.dims(1))));
  Dims dims(a_dims.begin(), a_dims.end() - pairs);
  dims.insert(dims.end(), b_dims.begin() + pairs, b_dims.end());
  const int64_t sum = ops::elements(inner);
  const Value y = in.b.matmul(in.b.reshape(a, {ops::elements(a_dims) / sum, sum}),
                              in.b.reshape(b, {sum, ops::elements(b_dims) / sum}));
  return in.shaped(y, dims);
}

static Value product(In in) { return in.b.mul(in[0], in[1]); }

static Value dot(In in) {
  const auto a = static_cast<int>(in.rank(0)), b = static_cast<int>(in.rank(1));
  if (a == 0 && b == 0) return in.scalar(product(in));
  if (a == 0 || b == 0) return product(in);
  return contracted(in, {a - 1}, {b == 1 ? 0 : b - 2});
}

static Value inner(In in) {
  const auto a = static_cast<int>(in.rank(0)), b = static_cast<int>(in.rank(1));
  if (a == 0 || b == 0) return dot(in);
  return contracted(in, {a - 1}, {b - 1});
}

static Value tensordot(In in) {
  const Literal& axes = in.setting("axes");
  std::vector<int> left, right;
  if (axes.is_integer()) {
    const auto count = static_cast<int>(axes.integer()), rank = static_cast<int>(in.rank(0));
    if (count < 0 || count > rank || count > in.rank(1))
      throw ShapeError(cat("axes must be at most the ranks of both operands; received ", count));
    for (int i = 0; i < count; ++i) {
      left.push_back(rank - count + i);
      right.push_back(i);
    }
    return contracted(in, left, right);
  }
  if (axes.list().size() != 2) throw ConfigError(cat("axes must be a number or two lists; received ", axes.str()));
  for (const int64_t axis : axes.list()[0].integers())
    left.push_back(static_cast<int>(normalized_axis(axis, in.rank(0))));
  for (const int64_t axis : axes.list()[1].integers())
    right.push_back(static_cast<int>(normalized_axis(axis, in.rank(1))));
  if (left.size() != right.size())
    throw ConfigError(cat("axes must pair axes of both operands; received ", axes.str()));
  return contracted(in, left, right);
}

// -- products of all elements with all -------------------------------------------------------------------------------

static Value outer(In in) {
  const int64_t rows = ops::elements(in.dims(0)), columns = ops::elements(in.dims(1));
  return in.b.mul(in.b.reshape(in[0], {rows, 1}), in.b.reshape(in[1], {1, columns}));
}

static Value vdot(In in) {
  const Value a = flat(in, 0), b = flat(in, 1);
  if (in.b.dims(a) != in.b.dims(b)) throw ShapeError("both operands must have the same number of elements");
  return in.scalar(sum_of(in, in.b.mul(a, b), {0}));
}

// Each element of the first times the whole second.
static Value kron(In in) {
  Dims a = in.dims(0), b = in.dims(1), dims, left, right;
  while (a.size() < b.size()) a.insert(a.begin(), 1);
  while (b.size() < a.size()) b.insert(b.begin(), 1);
  for (size_t i = 0; i < a.size(); ++i) {
    left.insert(left.end(), {a[i], 1});
    right.insert(right.end(), {1, b[i]});
    dims.push_back(a[i] * b[i]);
  }
  if (dims.empty()) return in.scalar(product(in));
  return in.shaped(in.b.mul(in.b.reshape(in[0], left), in.b.reshape(in[1], right)), dims);
}

// Of vectors of 3 or 2 components, of which the third is 0 then.
static Value cross(In in) {
  const auto axis_of = [&](const char* name, size_t operand) {
    return in.setting("axis").is_none() ? in.axis(name, operand) : in.axis("axis", operand);
  };
  const auto last = [&](size_t operand, const char* name) {
    const auto rank = static_cast<int>(in.rank(operand));
    return moved(in, in[operand], {axis_of(name, operand)}, {rank - 1});
  };
  const Values both = in.aligned({last(0, "axisa"), last(1, "axisb")});
  const int axis = static_cast<int>(in.b.dims(both[0]).size()) - 1;
  const auto part = [&](size_t operand, int64_t i) {
    const Value x = both[operand];
    return i < in.b.dims(x).back() ? cut(in, x, axis, i, 1) : in.b.scale(cut(in, x, axis, 0, 1), 0);
  };
  const auto component = [&](int64_t i, int64_t j) {
    return in.b.sub(in.b.mul(part(0, i), part(1, j)), in.b.mul(part(0, j), part(1, i)));
  };
  if (in.b.dims(both[0]).back() == 2 && in.b.dims(both[1]).back() == 2) {
    Dims dims = in.b.dims(component(0, 1));
    dims.pop_back();
    return in.shaped(component(0, 1), dims);
  }
  const Value y = in.b.concat({component(1, 2), component(2, 0), component(0, 1)}, axis);
  const auto rank = static_cast<int>(in.b.dims(y).size());
  const Literal& place = in.setting("axis").is_none() ? in.setting("axisc") : in.setting("axis");
  return moved(in, y, {axis}, {static_cast<int>(normalized_axis(place.integer(), rank))});
}

// Euclidean distances between all rows of two matrices.
static Value distances(In in) {
  const auto a = static_cast<int>(in.rank(0)), b = static_cast<int>(in.rank(1));
  if (a < 2 || b < 2) throw ShapeError("both operands must have rank 2 or more (..., rows, components)");
  const Values both = in.aligned({expanded(in, in[0], a - 1), expanded(in, in[1], b - 2)});
  const Value gap = in.b.sub(both[0], both[1]);
  Dims dims = in.b.dims(gap);
  const auto last = static_cast<int>(dims.size()) - 1;
  dims.pop_back();
  return in.b.reshape(in.b.eltwise(sum_of(in, squared(in, gap), {last}), Eltwise::sqrt), dims);
}

// The sums of products at all shifts, of which "same" and "valid" are the middle.
static Value correlated(In in) {
  if (in.rank(0) != 1 || in.rank(1) != 1) throw ShapeError("both operands must have rank 1");
  const int64_t n = in.dims(0)[0], m = in.dims(1)[0], full = n + m - 1;
  const Value padded = in.b.pad(in[0], {m - 1}, {m - 1});
  const Value frames = in.b.extract_sequences(in.b.reshape(padded, {1, n + 2 * (m - 1)}), m, 1);
  const Value y = in.b.matmul(in.b.reshape(frames, {full, m}), in.b.reshape(in[1], {m, 1}));
  const std::string& mode = in.setting("mode").string();
  int64_t length = 0;
  if (mode == "full") length = full;
  if (mode == "same") length = std::max(n, m);
  if (mode == "valid") length = std::max(n, m) - std::min(n, m) + 1;
  if (length == 0) throw ConfigError(cat("mode must be \"full\", \"same\" or \"valid\"; received \"", mode, '"'));
  return cut(in, in.b.reshape(y, {full}), 0, (full - length) / 2, length);
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation of_two(const char* name, Emit emit, Literals settings = {}) {
  return {.name = name, .operands = {"x1", "x2"}, .settings = std::move(settings), .emit = std::move(emit)};
}

static std::vector<Operation> product_rows() {
  Operation distance = of_two("CDist", distances);
  distance.operands = {"x", "y"};
  distance.type = Operation::Type::floats;
  Operation correlation = of_two("Correlate", correlated, {{"mode", "valid"}});
  correlation.type = Operation::Type::floats;
  return {
      of_two("Matmul", matmul),
      of_two("Dot", dot),
      of_two("Inner", inner),
      of_two("Outer", outer),
      of_two("Vdot", vdot),
      of_two("Kron", kron),
      of_two("Tensordot", tensordot, {{"axes", 2}}),
      of_two("Cross", cross, {{"axisa", -1}, {"axisb", -1}, {"axisc", -1}, {"axis", {}}}),
      std::move(distance),
      std::move(correlation),
      {.name = "Einsum",
       .operands = {"operands..."},
       .settings = {{"subscripts", ""}},
       .emit = [](In in) { return einsum(in, in.setting("subscripts").string(), in.list(0)); }},
  };
}

const std::vector<Operation>& product_operations() {
  static const auto table = product_rows();
  return table;
}

}  // namespace graft
