#include <algorithm>
#include <numeric>

#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

// -- ranks and dims --------------------------------------------------------------------------------------------------

// The dims that a setting names, of which one may be -1 or None: it takes the elements that are left.
static Dims wanted_dims(In in, const std::string& name, int64_t elements) {
  Dims dims;
  int64_t known = 1, open = -1;
  const Literal& written = in.setting(name);
  const Literal::List list = written.is_list() ? written.list() : Literal::List{written};
  for (const Literal& item : list) {
    const int64_t dim = item.is_none() ? -1 : item.integer();
    if (dim < 0 && open >= 0) throw ConfigError(cat(name, " may leave one dimension open; received ", written.str()));
    if (dim < 0)
      open = std::ssize(dims);
    else
      known *= dim;
    dims.push_back(dim);
  }
  if (open >= 0 && known > 0) dims[static_cast<size_t>(open)] = elements / known;
  return dims;
}

static Value reshaped(In in) {
  const int64_t elements = ops::elements(in.dims(0));
  const Dims dims = wanted_dims(in, "newshape", elements);
  if (ops::elements(dims) == elements) return in.shaped(in[0], dims);
  if (in.probe != 0 && elements % in.probe == 0) return in.b.input(dims, "x");  // known only when it runs
  throw ShapeError(cat("newshape ", in.setting("newshape").str(), " does not have the ", elements,
                       " elements of the input; received ", Shape(in.dims(0))));
}

static Value raveled(In in) { return in.b.reshape(in[0], {ops::elements(in.dims(0))}); }

static Value with_axes(In in) {
  std::vector<int64_t> axes = in.setting("axis").integers();
  const int64_t rank = in.rank(0) + std::ssize(axes);
  for (int64_t& axis : axes) axis = normalized_axis(axis, rank);
  std::sort(axes.begin(), axes.end());
  Dims dims = in.dims(0);
  for (const int64_t axis : axes) dims.insert(dims.begin() + axis, 1);
  return in.shaped(in[0], dims);
}

static Value without_axes(In in) {
  const bool all = in.setting("axis").is_none();
  const Dims dims = in.dims(0);
  const std::vector<int> axes = in.axes("axis");
  Dims left;
  for (int axis = 0; axis < static_cast<int>(dims.size()); ++axis) {
    const int64_t dim = dims[static_cast<size_t>(axis)];
    const bool named = std::ranges::find(axes, axis) != axes.end();
    if (named && !all && dim != 1) throw ShapeError(cat("axis ", axis, " must have size 1; received ", Shape(dims)));
    if (!named || dim != 1) left.push_back(dim);
  }
  return in.shaped(in[0], left);
}

static Value broadcast_to(In in) {
  Dims wanted;
  for (const int64_t dim : in.setting("shape").integers()) wanted.push_back(dim);
  if (wanted.empty()) return in.scalar(in[0]);
  const Value target = in.filled(wanted, 0);
  if (std::ssize(wanted) < in.rank(0))
    throw ShapeError(cat("shape must have rank ", in.rank(0), " or more; received ", Shape(wanted)));
  return in.b.broadcast_to(in.aligned({in[0], target})[0], wanted);
}

// -- orders of axes --------------------------------------------------------------------------------------------------

static Value transposed(In in) {
  std::vector<int> all(static_cast<size_t>(in.rank(0))), order;
  std::iota(all.begin(), all.end(), 0);
  if (in.setting("axes").is_none())
    order.assign(all.rbegin(), all.rend());
  else
    for (const int64_t axis : in.setting("axes").integers())
      order.push_back(static_cast<int>(axis < 0 ? axis + in.rank(0) : axis));
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != all)
    throw ShapeError(cat("axes must be a permutation of 0 to ", in.rank(0) - 1, "; received ", Shape(in.dims(0))));
  return all.empty() ? in[0] : in.b.transpose(in[0], order);
}

static Value swapped(In in) {
  const int a = in.axis("axis1"), b = in.axis("axis2");
  return a == b ? in[0] : moved(in, in[0], {a, b}, {b, a});
}

static std::vector<int> listed_axes(In in, const std::string& name) {
  std::vector<int> axes;
  for (const int64_t axis : in.setting(name).integers())
    axes.push_back(static_cast<int>(normalized_axis(axis, in.rank(0))));
  return axes;
}

static Value moved_axes(In in) {
  const std::vector<int> from = listed_axes(in, "source"), to = listed_axes(in, "destination");
  if (from.size() != to.size()) throw ShapeError("source and destination must name the same number of axes");
  return moved(in, in[0], from, to);
}

// -- order of elements -----------------------------------------------------------------------------------------------

static Value rolled_axis(In in, Value x, int axis, int64_t shift) {
  const int64_t size = in.b.dims(x)[static_cast<size_t>(axis)], begin = ((shift % size) + size) % size;
  if (begin == 0) return x;
  return in.b.concat({cut(in, x, axis, size - begin, begin), cut(in, x, axis, 0, size - begin)}, axis);
}

static Value rolled(In in) {
  const std::vector<int64_t> shifts = in.setting("shift").integers();
  if (in.setting("axis").is_none()) {
    const Value y = rolled_axis(in, raveled(in), 0, shifts[0]);
    return in.shaped(y, in.dims(0));
  }
  const std::vector<int> axes = listed_axes(in, "axis");
  Value x = in[0];
  for (size_t i = 0; i < axes.size(); ++i) x = rolled_axis(in, x, axes[i], shifts[shifts.size() == 1 ? 0 : i]);
  return x;
}

static Value turned(In in) {
  const std::vector<int> axes = listed_axes(in, "axes");
  if (axes.size() != 2 || axes[0] == axes[1]) throw ConfigError("axes must be two different axes");
  const int64_t quarters = ((in.setting("k").integer() % 4) + 4) % 4;
  const std::vector<int> exchanged{axes[1], axes[0]};
  switch (quarters) {
    case 1:
      return moved(in, in.b.flip(in[0], {axes[1]}), axes, exchanged);
    case 2:
      return in.b.flip(in[0], axes);
    case 3:
      return in.b.flip(moved(in, in[0], axes, exchanged), {axes[1]});
    default:
      return in[0];
  }
}

static Value flipped(In in, int axis) {
  if (axis >= in.rank(0))
    throw ShapeError(cat("the input must have rank ", axis + 1, " or more; received ", Shape(in.dims(0))));
  return in.b.flip(in[0], {axis});
}

// -- copies ----------------------------------------------------------------------------------------------------------

static Value tiled(In in) {
  Dims counts = in.setting("repeats").integers(), dims = in.dims(0);
  while (counts.size() < dims.size()) counts.insert(counts.begin(), 1);
  while (dims.size() < counts.size()) dims.insert(dims.begin(), 1);
  return dims.empty() ? in[0] : in.b.tile(in.b.reshape(in[0], dims), counts);
}

static Value repeated(In in) {
  const bool flat = in.setting("axis").is_none();
  const Value x = flat ? raveled(in) : in[0];
  const int axis = flat ? 0 : in.axis("axis");
  const std::vector<int64_t> counts = in.setting("repeats").integers();
  if (counts.size() == 1) return in.b.repeat(x, counts[0], axis);
  std::vector<float> rows;
  for (size_t i = 0; i < counts.size(); ++i)
    rows.insert(rows.end(), static_cast<size_t>(counts[i]), static_cast<float>(i));
  return in.b.take(x, constant_of(in, rows), axis);
}

// The widths before and after each axis: one number for all, a pair for all, or a pair for each.
static std::vector<std::vector<int64_t>> pad_widths(In in) {
  const Literal& written = in.setting("pad_width");
  const auto rank = static_cast<size_t>(in.rank(0));
  std::vector<std::vector<int64_t>> pairs;
  if (written.is_list() && !written.list().empty() && written.list()[0].is_list())
    for (const Literal& pair : written.list()) pairs.push_back(pair.integers());
  else
    pairs.push_back(written.integers());
  for (auto& pair : pairs)
    if (pair.size() == 1) pair.push_back(pair[0]);
  if (pairs.size() == 1) pairs.resize(rank, pairs[0]);
  if (pairs.size() != rank)
    throw ShapeError(cat("pad_width must have a pair for each axis; received ", Shape(in.dims(0))));
  return pairs;
}

static Value padded(In in) {
  Dims before, after;
  for (const auto& pair : pad_widths(in)) {
    before.push_back(pair[0]);
    after.push_back(pair[1]);
  }
  const std::string& mode = in.setting("mode").string();
  if (mode == "constant") return in.b.pad(in[0], before, after, in.number("constant_values"));
  if (mode == "reflect") return in.b.pad(in[0], before, after, ops::PadMode::reflect);
  if (mode == "symmetric") return in.b.pad(in[0], before, after, ops::PadMode::symmetric);
  if (mode == "edge") return in.b.pad(in[0], before, after, ops::PadMode::edge);
  if (mode == "wrap") return in.b.pad(in[0], before, after, ops::PadMode::wrap);
  throw ConfigError(
      cat("mode must be \"constant\", \"reflect\", \"symmetric\", \"edge\" or \"wrap\"; received \"", mode, '"'));
}

// -- diagonals -------------------------------------------------------------------------------------------------------

// The matrix with this diagonal: n rows of one element and m zeros are the rows of a matrix of m columns, each shifted.
static Value matrix_of(In in, Value diagonal, int64_t offset) {
  const int64_t n = in.b.dims(diagonal)[0], m = n + std::abs(offset), begin = offset >= 0 ? offset : -offset * m;
  const Value rows = in.b.pad(in.b.reshape(diagonal, {n, 1}), {0, 0}, {0, m});
  const Value used = cut(in, in.b.reshape(rows, {n * (m + 1)}), 0, 0, (n - 1) * (m + 1) + 1);
  const int64_t size = (n - 1) * (m + 1) + 1;
  return in.b.reshape(in.b.pad(used, {begin}, {m * m - begin - size}), {m, m});
}

static Value diagonal(In in) {
  const auto rank = static_cast<int>(in.rank(0));
  if (rank < 2) throw ShapeError(cat("the input must have rank 2 or more; received ", Shape(in.dims(0))));
  const int a = in.axis("axis1"), b = in.axis("axis2");
  if (a == b) throw ConfigError("axis1 and axis2 must differ");
  return diagonal_of(in, moved(in, in[0], {a, b}, {rank - 2, rank - 1}), in.setting("offset").integer());
}

static Value trace(In in) {
  const Value elements = diagonal(in);
  const auto last = static_cast<int>(in.b.dims(elements).size()) - 1;
  Dims dims = in.b.dims(elements);
  dims.pop_back();
  return in.shaped(sum_of(in, elements, {last}), dims);
}

static Value diag(In in) {
  const int64_t k = in.setting("k").integer();
  if (in.rank(0) == 2) return diagonal_of(in, in[0], k);
  if (in.rank(0) != 1) throw ShapeError(cat("the input must have rank 1 or 2; received ", Shape(in.dims(0))));
  return matrix_of(in, in[0], k);
}

// The elements on one side of a diagonal, zeros on the other.
static Value triangle(In in, bool lower) {
  Dims dims = in.dims(0);
  if (dims.size() < 2) throw ShapeError(cat("the input must have rank 2 or more; received ", Shape(dims)));
  const int64_t rows = dims[dims.size() - 2], columns = dims.back(), k = in.setting("k").integer();
  Dims down(dims.size(), 1), right(dims.size(), 1);
  down[dims.size() - 2] = rows;
  right.back() = columns;
  const Value row = in.b.reshape(counting(in, rows, k), down), column = in.b.reshape(counting(in, columns), right);
  const Value kept = in.b.binary(lower ? Binary::ge : Binary::le, row, column);
  return in.b.where(kept, in[0], in.b.scalar(0));
}

// -- constants -------------------------------------------------------------------------------------------------------

static Value full_like(In in) { return in.b.broadcast_to(in.aligned({in[1], in[0]})[0], in.dims(0)); }

// The powers of each element as a row, from the highest or from 0 on.
static Value vander(In in) {
  if (in.rank(0) != 1) throw ShapeError(cat("the input must have rank 1; received ", Shape(in.dims(0))));
  const int64_t n = in.dims(0)[0], count = in.setting("N").is_none() ? n : in.setting("N").integer();
  Values powers{in.filled({n, 1}, 1)};
  const Value x = in.b.reshape(in[0], {n, 1});
  for (int64_t k = 1; k < count; ++k) powers.push_back(in.b.mul(powers.back(), x));
  if (!in.flag("increasing")) std::reverse(powers.begin(), powers.end());
  return in.b.concat(powers, 1);
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation move(const char* name, Emit emit, Literals settings = {}, std::vector<std::string> operands = {"x"}) {
  return {.name = name, .operands = std::move(operands), .settings = std::move(settings), .emit = std::move(emit)};
}

static std::vector<Operation> shape_rows() {
  return {
      move("Reshape", reshaped, {{"newshape", {}}}),
      move("Ravel", raveled),
      move("ExpandDims", with_axes, {{"axis", 0}}),
      move("Squeeze", without_axes, {{"axis", {}}}),
      move("BroadcastTo", broadcast_to, {{"shape", {}}}),
      move("Transpose", transposed, {{"axes", {}}}),
      move("Swapaxes", swapped, {{"axis1", 0}, {"axis2", 1}}),
      move("Moveaxis", moved_axes, {{"source", 0}, {"destination", 0}}),
      move("Flip", [](In in) { return in.b.flip(in[0], in.axes("axis")); }, {{"axis", {}}}),
      move("Flipud", [](In in) { return flipped(in, 0); }),
      move("Fliplr", [](In in) { return flipped(in, 1); }),
      move("Roll", rolled, {{"shift", 0}, {"axis", {}}}),
      move("Rot90", turned, {{"k", 1}, {"axes", Literal(std::vector<int64_t>{0, 1})}}, {"array"}),
  };
}

static std::vector<Operation> copy_rows() {
  std::vector<Operation> rows{
      move("Tile", tiled, {{"repeats", 1}}),
      move("Repeat", repeated, {{"repeats", 1}, {"axis", {}}}),
      move("Pad", padded, {{"pad_width", 0}, {"mode", "constant"}}, {"x", "=constant_values"}),
      move("Diag", diag, {{"k", 0}}),
      move("Diagflat", [](In in) { return matrix_of(in, raveled(in), in.setting("k").integer()); }, {{"k", 0}}),
      move("Diagonal", diagonal, {{"offset", 0}, {"axis1", 0}, {"axis2", 1}}),
      move("Trace", trace, {{"offset", 0}, {"axis1", 0}, {"axis2", 1}}),
      move("Tril", [](In in) { return triangle(in, true); }, {{"k", 0}}),
      move("Triu", [](In in) { return triangle(in, false); }, {{"k", 0}}),
      move("Vander", vander, {{"N", {}}, {"increasing", false}}),
      move("ZerosLike", [](In in) { return in.filled(in.dims(0), 0); }, {{"dtype", {}}}),
      move("OnesLike", [](In in) { return in.filled(in.dims(0), 1); }, {{"dtype", {}}}),
      move("EmptyLike", [](In in) { return in.filled(in.dims(0), 0); }, {{"dtype", {}}}),
      move("FullLike", full_like, {{"dtype", {}}}, {"x", "fill_value"}),
  };
  for (Operation& row : rows) {
    row.type = Operation::Type::first;
    if (row.settings.contains("dtype")) row.dtype_of = dtype_setting;
  }
  return rows;
}

const std::vector<Operation>& shape_operations() {
  static const auto table = joined({shape_rows(), copy_rows()});
  return table;
}

}  // namespace graft
