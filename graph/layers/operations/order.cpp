#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Type = Operation::Type;

// -- sorting ---------------------------------------------------------------------------------------------------------

// Along an axis, or over all elements.
static Value sorted(In in, Value (*sort)(In, Value, int)) {
  if (in.setting("axis").is_none()) return sort(in, in.b.reshape(in[0], {ops::elements(in.dims(0))}), 0);
  return sort(in, in[0], in.axis("axis"));
}

static Value sort_values(In in, Value x, int axis) { return in.b.sort(x, axis); }
static Value sort_places(In in, Value x, int axis) { return in.b.argsort(x, axis); }

static Values top_k(In in) {
  const auto last = static_cast<int>(in.rank(0)) - 1;
  const int64_t k = in.setting("k").integer();
  if (last < 0 || k < 1 || k > in.dims(0).back())
    throw ShapeError(cat("k must be from 1 to the size of the last axis; received k ", k, " and ", Shape(in.dims(0))));
  const ops::Builder::TopK top = in.b.top_k(in[0], last, k);
  return {top.values, top.indices};
}

// Whether fewer than k predictions are above that of the target.
static Value in_top_k(In in) {
  ops::Builder& b = in.b;
  const Dims dims = in.dims(1);
  if (dims.size() != 2) throw ShapeError(cat("predictions must have shape (batch, classes); received ", Shape(dims)));
  const Value target = b.one_hot(in[0], dims[1]);
  const Value own = sum_of(in, b.where(target, in[1], b.scalar(0)), {1});
  const Value above = sum_of(in, b.binary(Binary::gt, in[1], own), {1});
  const Value exists = b.reduce(Reduction::max, target, {1});
  const Value within =
      b.mul(compared(in, Binary::lt, above, in.number("k")), b.mul(exists, b.eltwise(own, Eltwise::isfinite)));
  return b.reshape(within, {dims[0]});
}

// -- places among numbers --------------------------------------------------------------------------------------------

static Value searched(In in) {
  const std::string& side = in.setting("side").string();
  if (side != "left" && side != "right")
    throw ConfigError(cat("side must be \"left\" or \"right\"; received \"", side, '"'));
  return in.shaped(in.b.search_sorted(in[0], in[1], side == "right"), in.dims(1));
}

static Value digitized(In in) { return in.shaped(in.b.search_sorted(in[1], in[0], true), in.dims(0)); }

// Whether each element equals one of the others.
static Value is_in(In in) {
  ops::Builder& b = in.b;
  const auto rank = static_cast<int>(in.rank(0));
  Dims row(static_cast<size_t>(rank) + 1, 1);
  row.back() = ops::elements(in.dims(1));
  const Value equal = b.binary(Binary::eq, expanded(in, in[0], rank), b.reshape(in[1], row));
  const Value found = b.reduce(Reduction::max, equal, {rank});
  return in.shaped(in.flag("invert") ? b.eltwise(found, Eltwise::logical_not) : found, in.dims(0));
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation order(const char* name, std::vector<std::string> operands, Literals settings, Emit emit, Type type) {
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = type};
}

static std::vector<Operation> order_rows() {
  Operation top = order("TopK", {"x"}, {{"k", 1}, {"sorted", true}}, top_k, Type::first);
  top.more = {Type::int32};
  return {
      order(
          "Sort", {"x"}, {{"axis", -1}}, [](In in) { return sorted(in, sort_values); }, Type::first),
      order(
          "Argsort", {"x"}, {{"axis", -1}}, [](In in) { return sorted(in, sort_places); }, Type::int32),
      std::move(top),
      order("InTopK", {"targets", "predictions"}, {{"k", 1}}, in_top_k, Type::boolean),
      order("SearchSorted", {"sorted_sequence", "values"}, {{"side", "left"}}, searched, Type::int32),
      order("Digitize", {"x", "bins"}, {}, digitized, Type::int32),
      order("IsIn", {"x1", "x2"}, {{"assume_unique", false}, {"invert", false}}, is_in, Type::boolean),
  };
}

const std::vector<Operation>& order_operations() {
  static const auto table = order_rows();
  return table;
}

}  // namespace graft
