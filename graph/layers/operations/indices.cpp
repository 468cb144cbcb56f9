#include <algorithm>
#include <limits>

#include "graft/graph/axes.h"
#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Type = Operation::Type;

// -- elements by number ----------------------------------------------------------------------------------------------

static Value taken(In in) {
  const bool all = in.setting("axis").is_none();
  const int axis = all ? 0 : in.axis("axis");
  Dims dims = all ? Dims{} : in.dims(0);
  const Dims picked = in.dims(1);
  const Value y = in.b.take(all ? flat(in, in[0]) : in[0], in[1], axis);
  if (!all) dims.erase(dims.begin() + axis);
  dims.insert(dims.begin() + axis, picked.begin(), picked.end());
  return in.shaped(y, dims);
}

static Value taken_along_axis(In in) {
  if (in.setting("axis").is_none()) return in.b.take_along_axis(flat(in, in[0]), flat(in, in[1]), 0);
  return in.b.take_along_axis(in[0], in[1], in.axis("axis"));
}

static Value one_hot(In in, int64_t classes) {
  const int64_t axis = in.setting("axis").integer();
  return in.b.one_hot(in[0], classes, static_cast<int>(normalized_axis(axis, in.rank(0) + 1)));
}

static Value one_hot(In in) {
  const int64_t classes = in.setting("num_classes").integer();
  if (in.rank(0) == 0) return flat(in, in.b.one_hot(in[0], classes));
  return one_hot(in, classes);
}

// Which of the numbers along an axis occur: Keras takes the second axis of the one-hot rows.
static Value multi_hot(In in) {
  const Value rows = one_hot(in);
  const int axis = in.rank(0) > 1 ? 1 : 0;
  Dims dims = in.b.dims(rows);
  dims.erase(dims.begin() + axis);
  return in.b.reshape(in.b.reduce(Reduction::max, rows, {axis}), dims);
}

// -- choices ---------------------------------------------------------------------------------------------------------

// The first choice whose condition holds.
static Value select(In in) {
  const size_t count = in.list(0).size();
  if (count != in.list(1).size())
    throw ShapeError(
        cat("condlist and choicelist must have equal lengths; received ", count, " and ", in.list(1).size()));
  Values all = in.list(0);
  all.insert(all.end(), in.list(1).begin(), in.list(1).end());
  all.push_back(in.has(2) ? in[2] : in.b.scalar(0));
  all = in.aligned(all);
  Value chosen = all.back();
  for (size_t i = count; i-- > 0;) chosen = in.b.where(all[i], all[count + i], chosen);
  return chosen;
}

// -- slices ----------------------------------------------------------------------------------------------------------

// Sizes of the block; -1 takes all elements that follow.
static Dims block_sizes(In in, const std::vector<int64_t>& start) {
  const Dims dims = in.dims(0);
  Dims sizes;
  for (const Literal& size : in.setting("shape").list()) sizes.push_back(size.is_none() ? -1 : size.integer());
  if (sizes.size() != dims.size() || start.size() != dims.size())
    throw ShapeError(cat("start_indices and shape must name every axis; received ", Shape(dims)));
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t written = sizes[i];
    if (written < 0) sizes[i] = dims[i] - start[i];
    const bool unknown = in.probe != 0 && dims[i] == in.probe && written >= 0;
    if (start[i] < 0 || sizes[i] < 1 || (!unknown && start[i] + sizes[i] > dims[i]))
      throw ShapeError(cat("a slice from ", start[i], " of ", written < 0 ? "None" : cat(written),
                           " is not within axis ", i, "; received ", Shape(dims)));
  }
  return sizes;
}

static Value block(In in) {
  const std::vector<int64_t> start = in.setting("start_indices").integers();
  const Dims sizes = block_sizes(in, start);
  if (in.probe != 0) return in.b.input(sizes, "x");
  return in.b.slice(in[0], start, sizes);
}

// The updates with zeros around them, where ones with zeros around them say so.
static Value updated_block(In in) {
  const std::vector<int64_t> start = in.setting("start_indices").integers();
  const Dims dims = in.dims(0), sizes = in.dims(1);
  if (sizes.size() != dims.size() || start.size() != dims.size())
    throw ShapeError(cat("start_indices and updates must have the rank of the input; received ", Shape(dims)));
  Dims after;
  for (size_t i = 0; i < dims.size(); ++i) {
    after.push_back(dims[i] - start[i] - sizes[i]);
    if (start[i] < 0 || after[i] < 0)
      throw ShapeError(cat("the updates ", Shape(sizes), " are not within axis ", i, "; received ", Shape(dims)));
  }
  const Value inside = in.b.pad(in.filled(sizes, 1), start, after);
  return in.b.where(inside, in.b.pad(in[1], start, after), in[0]);
}

// -- x[key] ----------------------------------------------------------------------------------------------------------

namespace {

// Applies the parts of an index one after the other: each looks at one axis, drops it or adds one.
class Indexer {
 public:
  explicit Indexer(In in) : in_(in), x_(in[0]), dims_(in.dims(0)) {}

  Value run(const Literal& key) {
    const Literal::List parts = key.is_list() ? key.list() : Literal::List{key};
    int64_t named = 0;
    for (const Literal& part : parts) named += !part.is_none() && !part.is_ellipsis();
    if (named > std::ssize(dims_)) throw ShapeError(cat("the index names ", named, " axes; received ", Shape(dims_)));
    const int64_t rest = std::ssize(dims_) - named;
    for (const Literal& part : parts)
      if (part.is_ellipsis())
        axis_ += static_cast<size_t>(rest);
      else
        apply(part);
    return in_.shaped(x_, dims_);
  }

 private:
  void apply(const Literal& part) {
    if (part.is_none()) {
      dims_.insert(dims_.begin() + static_cast<std::ptrdiff_t>(axis_++), 1);
    } else if (part.is_slice()) {
      slice(part.slice());
    } else if (part.is_integer()) {
      pick(part.integer());
    } else {
      rows(part);
    }
  }

  // The value with the dims that the parts so far have made.
  Value current() const { return dims_.empty() ? x_ : in_.b.reshape(x_, dims_); }

  void pick(int64_t index) {
    const int64_t size = dims_[axis_], place = index < 0 ? index + size : index;
    if (place < 0 || place >= size)
      throw ShapeError(cat("index ", index, " is not within axis ", axis_, "; received ", Shape(dims_)));
    x_ = cut(in_, current(), static_cast<int>(axis_), place, 1);
    dims_.erase(dims_.begin() + static_cast<std::ptrdiff_t>(axis_));
  }

  void rows(const Literal& numbers) {
    const Value indices = in_.b.constant(numbers.as_tensor().cast(DType::f32));
    x_ = in_.b.take(current(), indices, static_cast<int>(axis_));
    dims_ = in_.b.dims(x_);
    axis_ += in_.b.dims(indices).size();
  }

  // Bounds as Python reads them: negative ones count from the end, and those beyond it are cut.
  void slice(const Literal::Slice& range) {
    const int64_t size = dims_[axis_], step = range.step.value_or(1);
    if (step == 0) throw ConfigError("the step of a slice must not be 0");
    const int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? size : size - 1;
    const auto bound = [&](const std::optional<int64_t>& written, int64_t otherwise) {
      if (!written) return otherwise;
      return std::clamp(*written < 0 ? *written + size : *written, lowest, highest);
    };
    const int64_t begin = bound(range.start, step > 0 ? 0 : size - 1), end = bound(range.stop, step > 0 ? size : -1);
    const int64_t count = step > 0 ? (end - begin + step - 1) / step : (begin - end - step - 1) / -step;
    if (count < 1) throw ShapeError(cat("the slice of axis ", axis_, " would be empty; received ", Shape(dims_)));
    if (step == 1) {
      x_ = cut(in_, current(), static_cast<int>(axis_), begin, count);
    } else {
      Dims start(dims_.size(), 0), sizes = dims_, steps(dims_.size(), 1);
      start[axis_] = begin;
      sizes[axis_] = count;
      steps[axis_] = step;
      x_ = in_.b.strided_slice(current(), start, sizes, steps);
    }
    dims_[axis_++] = count;
  }

  In in_;
  Value x_;
  Dims dims_;
  size_t axis_ = 0;
};

}  // namespace

// -- updates of elements ---------------------------------------------------------------------------------------------

// Places (..., k) in the first k dims as numbers of rows, (count).
static Value row_numbers(In in, Value places, const Dims& dims) {
  const Dims shape = in.b.dims(places);
  const auto last = static_cast<int>(shape.size()) - 1;
  std::vector<float> strides;
  int64_t stride = 1;
  for (int64_t k = shape.back(); k-- > 0; stride *= dims[static_cast<size_t>(k)])
    strides.insert(strides.begin(), static_cast<float>(stride));
  Dims along(shape.size(), 1);
  along.back() = shape.back();
  return flat(in, sum_of(in, in.b.mul(places, in.b.reshape(constant_of(in, strides), along)), {last}));
}

static Value scattered(In in, ops::Scatter how, Value x, Value places, Value updates) {
  const Dims dims = in.b.dims(x), shape = in.b.dims(places);
  const auto depth = shape.back();
  if (depth < 1 || depth > std::ssize(dims))
    throw ShapeError(cat("the last dimension of indices must be from 1 to ", dims.size(), "; received ", Shape(shape)));
  int64_t rows = 1;
  for (int64_t k = 0; k < depth; ++k) rows *= dims[static_cast<size_t>(k)];
  const int64_t count = ops::elements(shape) / depth;
  Dims row{rows}, update{count};
  for (size_t k = static_cast<size_t>(depth); k < dims.size(); ++k) {
    row.push_back(dims[k]);
    update.push_back(dims[k]);
  }
  const Value y = in.b.scatter(how, in.b.reshape(x, row), row_numbers(in, places, dims), in.b.reshape(updates, update));
  return in.b.reshape(y, dims);
}

static Value scatter(In in) {
  return scattered(in, ops::Scatter::add, in.filled(in.setting("shape").integers(), 0), in[0], in[1]);
}

static Value scatter_update(In in) {
  const Literal& written = in.setting("reduction");
  const std::string how = written.is_none() ? "set" : written.string();
  for (const auto& [name, scatter] :
       {std::pair{"set", ops::Scatter::set}, std::pair{"add", ops::Scatter::add}, std::pair{"max", ops::Scatter::max},
        std::pair{"min", ops::Scatter::min}, std::pair{"mul", ops::Scatter::mul}})
    if (how == name) return scattered(in, scatter, in[0], in[1], in[2]);
  throw ConfigError(cat("reduction must be None, \"add\", \"max\", \"min\" or \"mul\"; received \"", how, '"'));
}

// Rows of the data with the same number are combined; a number without rows keeps the first value.
template <ops::Scatter how>
static Value segments(In in, float first) {
  if (in.setting("num_segments").is_none())
    throw ConfigError("num_segments must be given, so that the shape does not depend on the numbers");
  const int64_t count = in.setting("num_segments").integer();
  Dims dims = in.dims(0);
  dims[0] = count;
  const Value outside = compared(in, Binary::lt, in[1], 0);
  const Value numbers = in.b.where(outside, in.b.scalar(static_cast<float>(count)), in[1]);
  return in.b.scatter(how, in.filled(dims, first), numbers, in[0]);
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation index(const char* name, std::vector<std::string> operands, Literals settings, Emit emit,
                       Type type = Type::first) {
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = type};
}

static std::vector<Operation> reading() {
  Operation hot = index(
      "OneHot", {"x"}, {{"num_classes", 1}, {"axis", -1}, {"dtype", {}}, {"sparse", false}},
      [](In in) { return one_hot(in); }, Type::float32);
  Operation hots = index("MultiHot", {"inputs"}, {{"num_classes", 1}, {"axis", -1}, {"dtype", {}}, {"sparse", false}},
                         multi_hot, Type::float32);
  hot.dtype_of = hots.dtype_of = dtype_setting;
  return {
      index("Take", {"x", "indices"}, {{"axis", {}}}, taken),
      index("TakeAlongAxis", {"x", "indices"}, {{"axis", {}}}, taken_along_axis),
      index("GetItem", {"x", "=key"}, {}, [](In in) { return Indexer(in).run(in.setting("key")); }),
      index("Slice", {"inputs", "=start_indices"}, {{"shape", Literal::List{}}}, block),
      index("Select", {"condlist...", "choicelist...", "default?"}, {}, select, Type::promoted),
      std::move(hot),
      std::move(hots),
  };
}

static std::vector<Operation> writing() {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<std::string> operands{"data", "segment_ids"};
  const Literals settings{{"num_segments", {}}, {"sorted", false}};
  return {
      index("SliceUpdate", {"inputs", "=start_indices", "updates"}, {}, updated_block),
      index("Scatter", {"indices", "values"}, {{"shape", {}}}, scatter, Type::promoted),
      index("ScatterUpdate", {"inputs", "indices", "updates"}, {{"reduction", {}}}, scatter_update),
      index("SegmentSum", operands, settings, [](In in) { return segments<ops::Scatter::add>(in, 0); }),
      index("SegmentProd", operands, settings, [](In in) { return segments<ops::Scatter::mul>(in, 1); }),
      index("SegmentMax", operands, settings, [infinity](In in) { return segments<ops::Scatter::max>(in, -infinity); }),
      index("SegmentMin", operands, settings, [infinity](In in) { return segments<ops::Scatter::min>(in, infinity); }),
  };
}

const std::vector<Operation>& index_operations() {
  static const auto table = joined({reading(), writing()});
  return table;
}

}  // namespace graft
