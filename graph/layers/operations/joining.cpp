#include <algorithm>

#include "graft/graph/axes.h"
#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

// -- joining ---------------------------------------------------------------------------------------------------------

static Value appended(In in) {
  if (in.setting("axis").is_none()) return in.b.concat({flat(in, in[0]), flat(in, in[1])}, 0);
  return in.b.concat({in[0], in[1]}, in.axis("axis"));
}

static Value stacked(In in) {
  const auto axis = static_cast<int>(normalized_axis(in.setting("axis").integer(), in.rank(0) + 1));
  Values parts;
  for (const Value x : in.list(0)) parts.push_back(expanded(in, x, axis));
  return in.b.concat(parts, axis);
}

// The values as rows, columns or layers: those of a lower rank get axes of size 1 where NumPy puts them.
static Dims ranked(const Dims& dims, int axis) {
  if (axis == 0) return dims.empty() ? Dims{1, 1} : dims.size() == 1 ? Dims{1, dims[0]} : dims;
  if (axis == 1) return dims.empty() ? Dims{1} : dims;
  if (dims.size() >= 3) return dims;
  return dims.empty() ? Dims{1, 1, 1} : dims.size() == 1 ? Dims{1, dims[0], 1} : Dims{dims[0], dims[1], 1};
}

static Value joined_along(In in, int axis) {
  Values parts;
  for (const Value x : in.list(0)) parts.push_back(in.b.reshape(x, ranked(in.dims_of(x), axis)));
  return in.b.concat(parts, std::min(axis, static_cast<int>(in.b.dims(parts[0]).size()) - 1));
}

static Value columns(In in) {
  Values parts;
  for (const Value x : in.list(0))
    parts.push_back(in.dims_of(x).size() == 1 ? in.b.reshape(x, {in.b.dims(x)[0], 1}) : x);
  return in.b.concat(parts, 1);
}

// -- splitting -------------------------------------------------------------------------------------------------------

static Values parts_at(In in, int axis, const std::vector<int64_t>& ends) {
  Values parts;
  int64_t begin = 0;
  for (const int64_t end : ends) {
    if (end <= begin || end > in.dims(0)[static_cast<size_t>(axis)])
      throw ShapeError(cat("indices_or_sections must grow within axis ", axis, "; received ", Shape(in.dims(0))));
    parts.push_back(cut(in, in[0], axis, begin, end - begin));
    begin = end;
  }
  return parts;
}

// Sections of equal sizes or, of array_split, the first ones longer by one.
static Values split(In in, int axis, bool equal) {
  const Literal& written = in.setting("indices_or_sections");
  if (axis >= in.rank(0)) throw ShapeError(cat("there is no axis ", axis, "; received ", Shape(in.dims(0))));
  const int64_t size = in.dims(0)[static_cast<size_t>(axis)];
  std::vector<int64_t> ends;
  if (written.is_integer()) {
    const int64_t count = written.integer();
    if (count < 1 || (equal && size % count != 0))
      throw ShapeError(
          cat("axis ", axis, " cannot be split into ", count, " equal parts; received ", Shape(in.dims(0))));
    for (int64_t i = 0; i < count; ++i)
      ends.push_back((ends.empty() ? 0 : ends.back()) + size / count + (i < size % count));
  } else {
    const Tensor numbers = written.as_tensor().cast(DType::f32);
    for (const float end : numbers.data<float>())
      ends.push_back(static_cast<int64_t>(end < 0 ? end + static_cast<float>(size) : end));
    ends.push_back(size);
  }
  return parts_at(in, axis, ends);
}

static Values unstacked(In in) {
  const int axis = in.axis("axis");
  Dims dims = in.dims(0);
  const int64_t count = dims[static_cast<size_t>(axis)];
  if (!in.setting("num").is_none() && in.setting("num").integer() != count)
    throw ShapeError(cat("num must be the size of axis ", axis, "; received ", Shape(dims)));
  dims.erase(dims.begin() + axis);
  Values parts;
  for (int64_t i = 0; i < count; ++i) parts.push_back(in.shaped(cut(in, in[0], axis, i, 1), dims));
  return parts;
}

// -- grids -----------------------------------------------------------------------------------------------------------

static Values meshgrid(In in) {
  const Values& axes = in.list(0);
  const bool exchanged = in.setting("indexing").string() == "xy" && axes.size() > 1;
  const auto place = [&](size_t i) { return exchanged && i < 2 ? 1 - i : i; };
  Dims dims(axes.size(), 1);
  for (size_t i = 0; i < axes.size(); ++i) dims[place(i)] = ops::elements(in.b.dims(axes[i]));
  Values grids;
  for (size_t i = 0; i < axes.size(); ++i) {
    Dims own(axes.size(), 1);
    own[place(i)] = dims[place(i)];
    grids.push_back(in.b.broadcast_to(in.b.reshape(axes[i], own), dims));
  }
  return grids;
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation joining(const char* name, Emit emit, Literals settings = {},
                         std::vector<std::string> operands = {"xs..."}) {
  return {.name = name, .operands = std::move(operands), .settings = std::move(settings), .emit = std::move(emit)};
}

static Operation splitting(const char* name, Emit emit, Literals settings = {}) {
  settings.emplace("indices_or_sections", Literal());
  return joining(name, std::move(emit), std::move(settings), {"x"});
}

static std::vector<Operation> joining_rows() {
  Operation concatenate =
      joining("Concatenate", [](In in) { return in.b.concat(in.list(0), in.axis("axis")); }, {{"axis", 0}});
  concatenate.order = Operation::Order::own;
  return {
      std::move(concatenate),
      joining("Append", appended, {{"axis", {}}}, {"x1", "x2"}),
      joining("Stack", stacked, {{"axis", 0}}, {"x..."}),
      joining("Vstack", [](In in) { return joined_along(in, 0); }),
      joining("Hstack", [](In in) { return joined_along(in, 1); }),
      joining("Dstack", [](In in) { return joined_along(in, 2); }),
      joining("ColumnStack", columns),
      splitting("Split", [](In in) { return split(in, in.axis("axis"), true); }, {{"axis", 0}}),
      splitting("ArraySplit", [](In in) { return split(in, in.axis("axis"), false); }, {{"axis", 0}}),
      splitting("Vsplit", [](In in) { return split(in, 0, true); }),
      splitting("Hsplit", [](In in) { return split(in, in.rank(0) == 1 ? 0 : 1, true); }),
      splitting("Dsplit", [](In in) { return split(in, 2, true); }),
      joining("Unstack", unstacked, {{"num", {}}, {"axis", 0}}, {"x"}),
      joining("Meshgrid", meshgrid, {{"indexing", "xy"}}, {"x..."}),
  };
}

const std::vector<Operation>& joining_operations() {
  static const auto table = joining_rows();
  return table;
}

}  // namespace graft
