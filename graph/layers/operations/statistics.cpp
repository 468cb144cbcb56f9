#include <algorithm>
#include <cmath>
#include <limits>

#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Type = Operation::Type;

// -- quantiles -------------------------------------------------------------------------------------------------------

namespace {

// The operand with the axes that are reduced put last, as one.
struct Rows {
  Value sorted;
  std::vector<int> axes;
  Dims left;  // the dims that stay
  int64_t count;
};

}  // namespace

static Rows sorted_rows(In in) {
  const std::vector<int> axes = in.axes("axis");
  const auto rank = static_cast<int>(in.rank(0));
  std::vector<int> order;
  Dims left;
  for (int axis = 0; axis < rank; ++axis)
    if (std::ranges::find(axes, axis) == axes.end()) {
      order.push_back(axis);
      left.push_back(in.dims(0)[static_cast<size_t>(axis)]);
    }
  order.insert(order.end(), axes.begin(), axes.end());
  Dims flat = left;
  flat.push_back(ops::elements(in.dims(0)) / ops::elements(left));
  const Value rows = in.b.reshape(in.b.transpose(in[0], order), flat);
  return {in.b.sort(rows, static_cast<int>(left.size())), axes, left, flat.back()};
}

// The dims of one quantile: those that stay, with ones for the axes if these are kept.
static Dims quantile_dims(In in, const Rows& rows) {
  if (!in.flag("keepdims")) return rows.left;
  Dims dims = in.dims(0);
  for (const int axis : rows.axes) dims[static_cast<size_t>(axis)] = 1;
  return dims;
}

// How much of the upper neighbour a quantile takes between two elements, by the method.
static Value share_of_upper(In in, Value place, Value lower, const std::string& method) {
  const Value fraction = in.b.sub(place, lower);
  if (method == "linear") return fraction;
  if (method == "lower") return in.b.scale(fraction, 0);
  if (method == "higher") return compared(in, Binary::gt, fraction, 0);
  if (method == "midpoint") return in.b.scale(compared(in, Binary::gt, fraction, 0), 0.5f);
  if (method == "nearest") return in.b.sub(in.b.eltwise(place, Eltwise::round), lower);
  throw ConfigError(
      cat("method must be \"linear\", \"lower\", \"higher\", \"midpoint\" or \"nearest\"; received \"", method, '"'));
}

static std::string method_of(In in) {
  const Literal& written = in.setting("method");
  return written.is_none() ? "linear" : written.string();
}

// Of rows of n elements each the element at the place q (n - 1). `counts` is n, (..., 1) or (1).
static Value at_quantile(In in, const Rows& rows, Value counts, float q, const std::string& method) {
  ops::Builder& b = in.b;
  const auto last = static_cast<int>(rows.left.size());
  const Value place = b.eltwise(b.scale(counts, q, -q), Eltwise::relu), lower = b.eltwise(place, Eltwise::floor);
  const Value upper = b.eltwise(place, Eltwise::ceil);
  Dims one(rows.left.size() + 1, 1);
  const auto element = [&](Value at) {
    return b.take_along_axis(rows.sorted, b.dims(at) == Dims{1} ? b.reshape(at, one) : at, last);
  };
  const Value low = element(lower), high = element(upper);
  const Value share = share_of_upper(in, place, lower, method);
  const Value mixed = b.add(low, b.mul(b.sub(high, low), share));
  return b.where(b.binary(Binary::eq, lower, upper), low, mixed);
}

// The quantiles of rows; several of them are put along a new first axis.
static Value quantiles(In in, const Rows& rows, Value counts, const Literal& wanted, float unit,
                       const std::string& method) {
  const Dims dims = quantile_dims(in, rows);
  const std::vector<double> all = wanted.is_tensor() ? [&] {
    const Tensor numbers = wanted.tensor().cast(DType::f32);
    return std::vector<double>(numbers.data<float>().begin(), numbers.data<float>().end());
  }()
                                                     : wanted.numbers();
  const bool single = wanted.is_number() || (wanted.is_tensor() && wanted.tensor().shape().rank() == 0);
  Dims first{1};
  first.insert(first.end(), dims.begin(), dims.end());
  Values parts;
  for (const double q : all) {
    const Value y = at_quantile(in, rows, counts, static_cast<float>(q) * unit, method);
    if (single) return in.shaped(y, dims);
    parts.push_back(in.b.reshape(y, first));
  }
  return in.b.concat(parts, 0);
}

static Value quantile(In in, const Literal& wanted, float unit, const std::string& method) {
  const Rows rows = sorted_rows(in);
  return quantiles(in, rows, in.b.scalar(static_cast<float>(rows.count)), wanted, unit, method);
}

// NaN is sorted last, so the first elements are the numbers; a row without any gives its first NaN.
static Value number_quantile(In in, const Literal& wanted, float unit) {
  const Rows rows = sorted_rows(in);
  const Value numbers = in.b.eltwise(in.b.eltwise(rows.sorted, Eltwise::isnan), Eltwise::logical_not);
  const auto last = static_cast<int>(rows.left.size());
  return quantiles(in, rows, in.b.reduce(Reduction::sum, numbers, {last}), wanted, unit, method_of(in));
}

// -- averages and norms ----------------------------------------------------------------------------------------------

static Value average(In in) {
  ops::Builder& b = in.b;
  const std::vector<int> axes = in.axes("axis");
  if (!in.has(1)) return in.reduced(mean_of(in, in[0], axes), axes);
  Value weights = in[1];
  if (in.rank(1) == 1 && in.rank(0) > 1 && axes.size() == 1) {
    Dims dims(in.dims(0).size(), 1);
    dims[static_cast<size_t>(axes[0])] = in.dims(1)[0];
    weights = b.reshape(weights, dims);
  }
  const Value all = b.broadcast_to(weights, in.dims(0));
  return in.reduced(b.div(sum_of(in, b.mul(in[0], weights), axes), sum_of(in, all, axes)), axes);
}

static Value vector_norm(In in, Value x, const std::vector<int>& axes, double order) {
  ops::Builder& b = in.b;
  const Value size = b.eltwise(x, Eltwise::abs);
  if (std::isinf(order)) return b.reduce(order > 0 ? Reduction::max : Reduction::min, size, axes);
  if (order == 0) return sum_of(in, compared(in, Binary::ne, x, 0), axes);
  if (order == 1) return sum_of(in, size, axes);
  if (order == 2) return b.eltwise(sum_of(in, squared(in, x), axes), Eltwise::sqrt);
  const auto p = static_cast<float>(order);
  return b.eltwise(sum_of(in, b.eltwise(size, Eltwise::pow, p), axes), Eltwise::pow, 1 / p);
}

// The largest or smallest sum of absolute values along one axis of the matrix.
static Value largest_sum(In in, int summed, int compared_axis, bool largest) {
  const Value sums = sum_of(in, in.b.eltwise(in[0], Eltwise::abs), {summed});
  return in.b.reduce(largest ? Reduction::max : Reduction::min, sums, {compared_axis});
}

// The sum, the largest or the smallest of the singular values, as a matrix (1, 1) at the two axes.
static Value singular_norm(In in, int rows, int columns, std::optional<Reduction> which) {
  ops::Builder& b = in.b;
  const auto rank = static_cast<int>(in.rank(0));
  const Value matrices = moved(in, in[0], {rows, columns}, {rank - 2, rank - 1});
  const Value values = b.svd(matrices)[1];
  const Value y = b.reduce(which.value_or(Reduction::sum), values, {rank - 2});
  return moved(in, expanded(in, y, rank - 1), {rank - 2, rank - 1}, {rows, columns});
}

static Value matrix_norm(In in, int rows, int columns) {
  const Literal& order = in.setting("ord");
  if (order.is_none() || (order.is_string() && order.string() == "fro"))
    return vector_norm(in, in[0], {rows, columns}, 2);
  if (order.is_string() && order.string() == "nuc") return singular_norm(in, rows, columns, {});
  if (!order.is_string()) {
    const double number = order.number();
    if (std::abs(number) == 1) return largest_sum(in, rows, columns, number > 0);
    if (std::isinf(number)) return largest_sum(in, columns, rows, number > 0);
    if (std::abs(number) == 2) return singular_norm(in, rows, columns, number > 0 ? Reduction::max : Reduction::min);
  }
  throw ConfigError(cat("ord of a matrix must be \"fro\", \"nuc\", 1, -1, 2, -2 or infinity; received ", order.str()));
}

static Value norm(In in) {
  const Literal& order = in.setting("ord");
  std::vector<int> axes = in.axes("axis");
  if (in.setting("axis").is_none() && order.is_none()) return in.reduced(vector_norm(in, in[0], axes, 2), axes);
  if (axes.size() == 1) return in.reduced(vector_norm(in, in[0], axes, order.is_none() ? 2 : order.number()), axes);
  if (axes.size() != 2) throw ShapeError(cat("axis must name one axis or two; it names ", axes.size()));
  if (!in.setting("axis").is_none())  // rows and columns in the order that is written
    for (size_t i = 0; i < 2; ++i)
      axes[i] = static_cast<int>(normalized_axis(in.setting("axis").integers()[i], in.rank(0)));
  return in.reduced(matrix_norm(in, axes[0], axes[1]), axes);
}

// -- neighbours and counts -------------------------------------------------------------------------------------------

static Value difference(In in) {
  const int axis = in.axis("axis");
  Value x = in[0];
  for (int64_t n = in.setting("n").integer(); n > 0; --n) {
    const int64_t size = in.b.dims(x)[static_cast<size_t>(axis)];
    if (size < 2)
      throw ShapeError(cat("n must be below the size of axis ", axis, "; received ", in.setting("n").str()));
    x = in.b.sub(cut(in, x, axis, 1, size - 1), cut(in, x, axis, 0, size - 1));
  }
  return x;
}

// Places along the axis, as the setting x has them: (n), or of the shape of y.
static Value places(In in, int axis) {
  const Value x = in.b.constant(in.setting("x").as_tensor().cast(DType::f32));
  if (in.b.dims(x).size() != 1) return x;
  Dims dims(in.dims(0).size(), 1);
  dims[static_cast<size_t>(axis)] = in.b.dims(x)[0];
  return in.b.reshape(x, dims);
}

static Value trapezoid(In in) {
  ops::Builder& b = in.b;
  const int axis = in.axis("axis");
  const auto pairs = [&](Value x, bool sum) {
    const int64_t size = b.dims(x)[static_cast<size_t>(axis)];
    const Value first = cut(in, x, axis, 0, size - 1), second = cut(in, x, axis, 1, size - 1);
    return sum ? b.add(first, second) : b.sub(second, first);
  };
  const Value means = b.scale(pairs(in[0], true), 0.5f);
  const Value areas =
      in.setting("x").is_none() ? b.scale(means, in.number("dx", 1)) : b.mul(means, pairs(places(in, axis), false));
  return in.reduced(sum_of(in, areas, {axis}), {axis});
}

// How often each number below minlength occurs along the last axis. A larger number would make the result longer, which
// a Program cannot do.
static Value bincount(In in) {
  ops::Builder& b = in.b;
  const int64_t classes = in.setting("minlength").integer();
  if (classes < 1) throw ConfigError("minlength must be at least 1, so that the shape does not depend on the numbers");
  Value counts = b.one_hot(in[0], classes);
  const auto axis = static_cast<int>(in.rank(0)) - 1;
  if (!in.setting("weights").is_none())
    counts = b.mul(
        counts,
        expanded(in, in.aligned({in[0], b.constant(in.setting("weights").as_tensor().cast(DType::f32))})[1], axis + 1));
  Dims dims = in.dims(0);
  dims.back() = classes;
  return b.reshape(sum_of(in, counts, {axis}), dims);
}

// -- correlation -----------------------------------------------------------------------------------------------------

static Value corrcoef(In in) {
  ops::Builder& b = in.b;
  const Value rows = in.rank(0) == 1 ? b.reshape(in[0], {1, in.dims(0)[0]}) : in[0];
  const Value centered = b.sub(rows, mean_of(in, rows, {1}));
  const Value norm = b.eltwise(sum_of(in, squared(in, centered), {1}), Eltwise::sqrt);
  const Value unit = b.div(centered, norm);
  const Value y = b.eltwise(b.matmul(unit, unit, false, true), Eltwise::clip, -1.f, 1.f);
  return in.rank(0) == 1 ? in.scalar(y) : y;
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation statistic(const char* name, Emit emit, Literals settings, std::vector<std::string> operands = {"x"}) {
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = Type::floats};
}

// Keras's Quantile has the setting `method`, but its call leaves it out: a model that Keras runs interpolates always.
static std::vector<Operation> quantile_rows() {
  const Literals settings{{"axis", {}}, {"method", "linear"}, {"keepdims", false}},
      plain{{"axis", {}}, {"keepdims", false}};
  const std::vector<std::string> operands{"x", "=q"};
  return {
      statistic(
          "Median", [](In in) { return quantile(in, 0.5, 1, "linear"); }, plain),
      statistic(
          "Quantile", [](In in) { return quantile(in, in.setting("q"), 1, "linear"); }, settings, operands),
      statistic(
          "Percentile", [](In in) { return quantile(in, in.setting("q"), 0.01f, method_of(in)); }, settings, operands),
      statistic(
          "Nanmedian", [](In in) { return number_quantile(in, 0.5, 1); }, plain),
      statistic(
          "Nanquantile", [](In in) { return number_quantile(in, in.setting("q"), 1); }, settings, operands),
      statistic(
          "Nanpercentile", [](In in) { return number_quantile(in, in.setting("q"), 0.01f); }, settings, operands),
  };
}

static std::vector<Operation> other_rows() {
  Operation diff = statistic("Diff", difference, {{"n", 1}, {"axis", -1}}, {"a"});
  diff.type = Type::promoted;
  Operation count = statistic("Bincount", bincount, {{"weights", {}}, {"minlength", 0}, {"sparse", false}});
  count.type = Type::int32;
  count.dtype_of = [](const Literals& settings, DType) {
    return settings.at("weights").is_none() ? std::optional<DType>() : DType::f32;
  };
  return {
      statistic("Average", average, {{"axis", {}}}, {"x", "weights?"}),
      statistic("Norm", norm, {{"ord", {}}, {"axis", {}}, {"keepdims", false}}),
      statistic("Trapezoid", trapezoid, {{"x", {}}, {"dx", 1.0}, {"axis", -1}}, {"y"}),
      statistic("Corrcoef", corrcoef, {}),
      std::move(diff),
      std::move(count),
  };
}

const std::vector<Operation>& statistics_operations() {
  static const auto table = joined({quantile_rows(), other_rows()});
  return table;
}

}  // namespace graft
