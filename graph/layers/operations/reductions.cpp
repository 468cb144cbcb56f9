#include <cmath>
#include <limits>

#include "graft/graph/axes.h"
#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Type = Operation::Type;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

static Operation over_axes(const char* name, Emit emit, Type type = Type::promoted,
                           Literals settings = {{"axis", {}}, {"keepdims", false}}) {
  return {.name = name,
          .operands = {"x"},
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = type,
          .order = Operation::Order::own};
}

static Operation of_type(Operation operation, std::optional<DType> (*dtype_of)(const Literals&, DType)) {
  operation.dtype_of = dtype_of;
  return operation;
}

static Value reduce(In in, Reduction algorithm, Value x) {
  const std::vector<int> axes = in.axes("axis");
  return in.reduced(axes.empty() ? x : in.b.reduce(algorithm, x, axes), axes);
}

template <Reduction algorithm>
static Value reduction(In in) {
  return reduce(in, algorithm, in[0]);
}

// Keras's `initial` takes part as one more element.
template <Reduction algorithm, Binary with>
static Value extreme(In in) {
  const Value y = reduction<algorithm>(in);
  if (in.setting("initial").is_none()) return y;
  const Value result = in.b.binary(with, y, in.b.scalar(in.number("initial")));
  return in.dims_of(y).empty() ? in.scalar(result) : result;
}

// -- spread ----------------------------------------------------------------------------------------------------------

static Value variance(In in) {
  const std::vector<int> axes = in.axes("axis");
  return in.reduced(variance_of(in, in[0], axes), axes);
}

static Value root(In in, Value x) {
  const Value y = in.b.eltwise(x, Eltwise::sqrt);
  return in.dims_of(x).empty() ? in.scalar(y) : y;
}

static Value range(In in) {
  const std::vector<int> axes = in.axes("axis");
  if (axes.empty()) return in.b.sub(in[0], in[0]);
  return in.reduced(in.b.sub(in.b.reduce(Reduction::max, in[0], axes), in.b.reduce(Reduction::min, in[0], axes)), axes);
}

// log of the sum of e^x, relative to the largest element; one without a finite largest is taken as it is.
static Value log_sum_exp(In in) {
  ops::Builder& b = in.b;
  const std::vector<int> axes = in.axes("axis");
  if (axes.empty()) return in[0];
  const Value most = b.stop_gradient(b.reduce(Reduction::max, in[0], axes));
  const Value base = b.where(b.eltwise(most, Eltwise::isfinite), most, b.scalar(0));
  const Value sum = b.reduce(Reduction::sum, b.eltwise(b.sub(in[0], base), Eltwise::exp), axes);
  return in.reduced(b.add(b.eltwise(sum, Eltwise::log), base), axes);
}

static Values mean_and_variance(In in) {
  const std::vector<int> axes = in.axes("axes");
  return {in.reduced(mean_of(in, in[0], axes), axes), in.reduced(variance_of(in, in[0], axes), axes)};
}

// -- counts ----------------------------------------------------------------------------------------------------------

static Value is_set(In in) { return compared(in, Binary::ne, in[0], 0); }

// -- without NaN -----------------------------------------------------------------------------------------------------

static Value nan_as(In in, float number) {
  return in.b.where(in.b.eltwise(in[0], Eltwise::isnan), in.b.scalar(number), in[0]);
}

static Value numbers_along(In in, const std::vector<int>& axes) {
  return sum_of(in, in.b.eltwise(in.b.eltwise(in[0], Eltwise::isnan), Eltwise::logical_not), axes);
}

template <Reduction algorithm>
static Value extreme_number(In in) {
  const std::vector<int> axes = in.axes("axis");
  const Value numbers = nan_as(in, algorithm == Reduction::max ? -kInfinity : kInfinity);
  const Value y = axes.empty() ? numbers : in.b.reduce(algorithm, numbers, axes);
  return in.reduced(in.b.where(numbers_along(in, axes), y, in.b.scalar(kNaN)), axes);
}

static Value mean_number(In in, Value numbers, const std::vector<int>& axes) {
  return in.b.div(sum_of(in, numbers, axes), numbers_along(in, axes));
}

static Value number_mean(In in) {
  const std::vector<int> axes = in.axes("axis");
  return in.reduced(mean_number(in, nan_as(in, 0), axes), axes);
}

static Value number_variance(In in) {
  ops::Builder& b = in.b;
  const std::vector<int> axes = in.axes("axis");
  const Value gap = b.sub(in[0], mean_number(in, nan_as(in, 0), axes));
  const Value squares = b.where(b.eltwise(in[0], Eltwise::isnan), b.scalar(0), squared(in, gap));
  return in.reduced(mean_number(in, squares, axes), axes);
}

// -- the place of an extreme -----------------------------------------------------------------------------------------

// The place along the axis, or among all elements in row-major order.
static Value place(In in, Value x, bool largest) {
  const bool all = in.setting("axis").is_none();
  const Dims dims = in.dims(0);
  if (all) x = in.b.reshape(to_channels_last(in.b, x), {ops::elements(dims)});
  const int axis = all ? 0 : in.axis("axis");
  const Value y = largest ? in.b.argmax(x, axis) : in.b.argmin(x, axis);
  if (!all) return in.reduced(y, {axis});
  return in.shaped(y, in.flag("keepdims") ? Dims(dims.size(), 1) : Dims{});
}

// -1 where there are only NaN.
static Value number_place(In in, bool largest) {
  const Value y = place(in, nan_as(in, largest ? -kInfinity : kInfinity), largest);
  const std::vector<int> axes = in.axes("axis");
  const Value count = in.reduced(numbers_along(in, axes), axes);
  const Value result = in.b.where(count, y, in.b.scalar(-1));
  return in.dims_of(y).empty() ? in.scalar(result) : result;
}

// -- scans -----------------------------------------------------------------------------------------------------------

static Value scanned(In in, ops::Scan algorithm, Value x) {
  if (!in.setting("axis").is_none()) return in.b.scan(algorithm, x, in.axis("axis"));
  return in.b.scan(algorithm, in.b.reshape(x, {ops::elements(in.dims(0))}), 0);
}

static Operation scan(const char* name, Emit emit) {
  return {.name = name,
          .operands = {"x"},
          .settings = {{"axis", {}}, {"dtype", {}}},
          .emit = std::move(emit),
          .dtype_of = sum_dtype};
}

// -- the table -------------------------------------------------------------------------------------------------------

static std::vector<Operation> plain() {
  const Literals with_initial{{"axis", {}}, {"keepdims", false}, {"initial", {}}};
  const Literals with_dtype{{"axis", {}}, {"keepdims", false}, {"dtype", {}}};
  return {
      of_type(over_axes("Sum", reduction<Reduction::sum>), sum_dtype),
      of_type(over_axes("Prod", reduction<Reduction::prod>, Type::promoted, with_dtype), sum_dtype),
      over_axes("Mean", reduction<Reduction::mean>, Type::floats),
      over_axes("Max", extreme<Reduction::max, Binary::max>, Type::promoted, with_initial),
      over_axes("Min", extreme<Reduction::min, Binary::min>, Type::promoted, with_initial),
      over_axes("Amax", reduction<Reduction::max>),
      over_axes("Amin", reduction<Reduction::min>),
      over_axes("Var", variance, Type::floats),
      over_axes(
          "Std", [](In in) { return root(in, variance(in)); }, Type::floats),
      over_axes("Ptp", range),
      over_axes("Logsumexp", log_sum_exp, Type::floats),
      over_axes("Moments", mean_and_variance, Type::floats,
                {{"axes", {}}, {"keepdims", false}, {"synchronized", false}}),
      over_axes(
          "All", [](In in) { return reduce(in, Reduction::min, is_set(in)); }, Type::boolean),
      over_axes(
          "Any", [](In in) { return reduce(in, Reduction::max, is_set(in)); }, Type::boolean),
      over_axes("CountNonzero", [](In in) { return reduce(in, Reduction::sum, is_set(in)); }, Type::int32,
                {{"axis", {}}}),
      over_axes(
          "Argmax", [](In in) { return place(in, in[0], true); }, Type::int32),
      over_axes(
          "Argmin", [](In in) { return place(in, in[0], false); }, Type::int32),
  };
}

static std::vector<Operation> without_nan() {
  return {
      over_axes("Nansum", [](In in) { return reduce(in, Reduction::sum, nan_as(in, 0)); }),
      over_axes("Nanprod", [](In in) { return reduce(in, Reduction::prod, nan_as(in, 1)); }),
      over_axes("Nanmax", extreme_number<Reduction::max>),
      over_axes("Nanmin", extreme_number<Reduction::min>),
      over_axes("Nanmean", number_mean, Type::floats),
      over_axes("Nanvar", number_variance, Type::floats),
      over_axes(
          "Nanstd", [](In in) { return root(in, number_variance(in)); }, Type::floats),
      over_axes(
          "Nanargmax", [](In in) { return number_place(in, true); }, Type::int32),
      over_axes(
          "Nanargmin", [](In in) { return number_place(in, false); }, Type::int32),
  };
}

static std::vector<Operation> scans() {
  return {
      scan("Cumsum", [](In in) { return scanned(in, ops::Scan::sum, in[0]); }),
      scan("Cumprod", [](In in) { return scanned(in, ops::Scan::prod, in[0]); }),
      scan("Nancumsum", [](In in) { return scanned(in, ops::Scan::sum, nan_as(in, 0)); }),
      scan("Nancumprod", [](In in) { return scanned(in, ops::Scan::prod, nan_as(in, 1)); }),
  };
}

const std::vector<Operation>& reduction_operations() {
  static const auto table = joined({plain(), without_nan(), scans()});
  return table;
}

}  // namespace graft
