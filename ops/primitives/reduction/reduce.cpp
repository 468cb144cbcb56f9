// Sums, means and extremes over axes; sum_to and broadcast_to, which undo each other. Own loops: oneDNN's reduction
// runs its reference for all but the innermost axes. Sums are taken in float lanes over short stretches and in double
// over these; how the work is cut does not depend on the number of threads, so neither do the results.

#include "graft/ops/primitives/reduction/reduce.h"

#include <algorithm>
#include <limits>

#include "graft/core/error.h"
#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/map.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/elementwise.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/convolution/pool.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

constexpr int64_t kTile = 1024;    // columns that are accumulated at once: they stay in the first cache
constexpr int64_t kStretch = 256;  // rows, or elements a lane, that are summed in float

const char* word(Reduction algorithm) {
  switch (algorithm) {
    case Reduction::sum:
      return "sum";
    case Reduction::mean:
      return "mean";
    case Reduction::max:
      return "max";
    case Reduction::min:
      return "min";
  }
  return "";
}

bool sums(Reduction algorithm) { return algorithm == Reduction::sum || algorithm == Reduction::mean; }

float start_of(Reduction algorithm) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return sums(algorithm) ? 0.f : algorithm == Reduction::max ? -kInfinity : kInfinity;
}

// -- loops ------------------------------------------------------------------------------------------------------------

template <class F>
GRAFT_INLINE void columns(const float* x, int64_t rows, int64_t stride, int64_t n, float* acc, F f) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float *a = x + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) acc[j] = f(acc[j], f(f(a[j], b[j]), f(c[j], d[j])));
  }
  for (; r < rows; ++r) {
    const float* a = x + r * stride;
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) acc[j] = f(acc[j], a[j]);
  }
}

template <class F>
GRAFT_INLINE void columns_in_stretches(const float* x, int64_t rows, int64_t stride, int64_t n, double* totals,
                                       float start, F f) {
  float acc[kTile];
  for (int64_t r = 0; r < rows; r += kStretch) {
    std::fill_n(acc, n, start);
    columns(x + r * stride, std::min(kStretch, rows - r), stride, n, acc, f);
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) totals[j] = f(totals[j], static_cast<double>(acc[j]));
  }
}

constexpr auto kAdd = [](auto a, auto b) { return a + b; };
constexpr auto kMax = [](auto a, auto b) { return a > b ? a : b; };
constexpr auto kMin = [](auto a, auto b) { return a < b ? a : b; };

/// totals[j] = f(totals[j], x[0][j], x[1][j], ...), for n <= kTile columns.
GRAFT_KERNEL void reduce_columns(Reduction algorithm, const float* x, int64_t rows, int64_t stride, int64_t n,
                                 double* totals) {
  const float start = start_of(algorithm);
  if (sums(algorithm)) return columns_in_stretches(x, rows, stride, n, totals, start, kAdd);
  if (algorithm == Reduction::max) return columns_in_stretches(x, rows, stride, n, totals, start, kMax);
  return columns_in_stretches(x, rows, stride, n, totals, start, kMin);
}

template <class F>
GRAFT_INLINE double run(const float* x, int64_t n, double total, float start, F f) {
  constexpr int64_t kLanes = 64;
  int64_t i = 0;
  while (i + kLanes <= n) {
    float acc[kLanes];
    for (float& a : acc) a = start;
    for (const int64_t end = std::min(n, i + kLanes * kStretch); i + kLanes <= end; i += kLanes) {
#pragma omp simd
      for (int64_t j = 0; j < kLanes; ++j) acc[j] = f(acc[j], x[i + j]);
    }
    for (int64_t half = kLanes / 2; half > 0; half /= 2)
      for (int64_t j = 0; j < half; ++j) acc[j] = f(acc[j], acc[j + half]);
    total = f(total, static_cast<double>(acc[0]));
  }
  float rest = start;
  for (; i < n; ++i) rest = f(rest, x[i]);
  return f(total, static_cast<double>(rest));
}

/// f(total, x[0], x[1], ...).
GRAFT_KERNEL double reduce_run(Reduction algorithm, const float* x, int64_t n, double total) {
  const float start = start_of(algorithm);
  if (sums(algorithm)) return run(x, n, total, start, kAdd);
  if (algorithm == Reduction::max) return run(x, n, total, start, kMax);
  return run(x, n, total, start, kMin);
}

template <class F>
GRAFT_INLINE void short_runs(const float* x, int64_t rows, int64_t n, float factor, float* dst, F f) {
  for (int64_t r = 0; r < rows; ++r) {
    float value = x[r * n];
    for (int64_t i = 1; i < n; ++i) value = f(value, x[r * n + i]);
    dst[r] = value * factor;
  }
}

/// dst[r] = factor f(x[r][0], x[r][1], ...): rows of a few numbers, such as the channels of an image.
GRAFT_KERNEL void reduce_short_runs(Reduction algorithm, const float* x, int64_t rows, int64_t n, float factor,
                                    float* dst) {
  if (sums(algorithm)) return short_runs(x, rows, n, factor, dst, kAdd);
  if (algorithm == Reduction::max) return short_runs(x, rows, n, factor, dst, kMax);
  return short_runs(x, rows, n, factor, dst, kMin);
}

double combine(Reduction algorithm, double a, double b) {
  if (sums(algorithm)) return kAdd(a, b);
  return algorithm == Reduction::max ? kMax(a, b) : kMin(a, b);
}

// -- the walk ---------------------------------------------------------------------------------------------------------

int64_t count(const LoopNest& nest, size_t levels) {
  int64_t n = 1;
  for (size_t level = 0; level < levels; ++level) n *= nest.extents[level];
  return n;
}

int64_t offset(const LoopNest& nest, size_t levels, size_t operand, int64_t index) {
  int64_t out = 0;
  for (size_t level = levels; level-- > 0; index /= nest.extents[level])
    out += index % nest.extents[level] * nest.strides[level][operand];
  return out;
}

/// Every result is a number out of contiguous runs, or every row of `columns` results is one out of rows of as many.
/// The work is cut into tasks: (row of results) x (chunk of what is reduced).
struct Reducer {
  Reduction algorithm;
  LoopNest kept, reduced;  // operands of kept: src, dst; of reduced: src
  double factor;
  int64_t columns = 1, outer = 1, length = 1, chunks = 1;

  Reducer(Reduction function, const LoopNest& kept_dims, const LoopNest& reduced_dims, double scale)
      : algorithm(function), kept(kept_dims), reduced(reduced_dims), factor(scale) {
    const size_t last = kept.levels - 1;
    if (kept.extents[last] > 1 && kept.strides[last][0] == 1) columns = kept.extents[last];
    outer = count(kept, kept.levels) / columns;
    length = count(reduced, reduced.levels);
    if (outer < 8)
      chunks = std::clamp<int64_t>(outer * length * columns / (2 * kGrain), 1, std::min<int64_t>(length, 16));
  }

  size_t outer_levels() const { return columns > 1 ? kept.levels - 1 : kept.levels; }
  int64_t partials() const { return chunks > 1 ? outer * chunks * columns : 0; }

  // Each result is made of the few numbers behind those of the one before.
  bool short_runs_in_order() const {
    constexpr int64_t kShort = 16;
    return kept.levels == 1 && reduced.levels == 1 && chunks == 1 && length <= kShort && reduced.strides[0][0] == 1 &&
           kept.strides[0][0] == length && kept.strides[0][1] == 1;
  }

  void operator()(const Run& run, std::span<void* const> p) const {
    if (short_runs_in_order()) {
      parallel_for(run.threads, outer, kGrain / length, [&](int64_t begin, int64_t end) {
        reduce_short_runs(algorithm, in(p[0]) + begin * length, end - begin, length, static_cast<float>(factor),
                          out(p[1]) + begin);
      });
      return;
    }
    auto* partial = chunks > 1 ? static_cast<double*>(p[2]) : nullptr;
    const int64_t work = columns * length / chunks;
    parallel_for(run.threads, outer * chunks, std::max<int64_t>(1, kGrain / work), [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) task(t / chunks, t % chunks, in(p[0]), out(p[1]), partial);
    });
    if (chunks > 1) join(partial, out(p[1]));
  }

 private:
  void task(int64_t row, int64_t chunk, const float* src, float* dst, double* partial) const {
    const int64_t begin = length * chunk / chunks, end = length * (chunk + 1) / chunks;
    src += offset(kept, outer_levels(), 0, row);
    dst += offset(kept, outer_levels(), 1, row);
    for (int64_t j = 0; j < columns; j += kTile) {
      double totals[kTile];
      const int64_t n = std::min(kTile, columns - j);
      std::fill_n(totals, n, start_of(algorithm));
      for_each_run(begin, end, [&](int64_t at, int64_t rows) { reduce(src + at + j, rows, n, totals); });
      if (partial)
        std::copy_n(totals, n, partial + (row * chunks + chunk) * columns + j);
      else
        store(totals, n, dst + j);
    }
  }

  // body(offset, n): n neighbours of the innermost reduced level.
  template <class Body>
  void for_each_run(int64_t begin, int64_t end, Body body) const {
    const int64_t extent = reduced.extents[reduced.levels - 1];
    while (begin < end) {
      const int64_t n = std::min(end - begin, extent - begin % extent);
      body(offset(reduced, reduced.levels, 0, begin), n);
      begin += n;
    }
  }

  void reduce(const float* x, int64_t rows, int64_t n, double* totals) const {
    const int64_t stride = reduced.strides[reduced.levels - 1][0];
    if (columns == 1 && stride == 1) {
      totals[0] = reduce_run(algorithm, x, rows, totals[0]);
    } else if (stride == n && n <= 64 && rows >= 16) {
      reduce_narrow(x, rows, n, totals);
    } else {
      reduce_columns(algorithm, x, rows, stride, n, totals);
    }
  }

  // Few columns, in rows that follow each other: several rows are one of many columns.
  void reduce_narrow(const float* x, int64_t rows, int64_t n, double* totals) const {
    double wide[256];
    const int64_t fold = std::min<int64_t>(256 / n, rows / 4), width = fold * n;
    std::fill_n(wide, width, start_of(algorithm));
    reduce_columns(algorithm, x, rows / fold, width, width, wide);
    for (int64_t j = 0; j < width; ++j) totals[j % n] = combine(algorithm, totals[j % n], wide[j]);
    reduce_columns(algorithm, x + rows / fold * width, rows % fold, n, n, totals);
  }

  void store(const double* totals, int64_t n, float* dst) const {
    for (int64_t j = 0; j < n; ++j) dst[j] = static_cast<float>(totals[j] * factor);
  }

  void join(double* partial, float* dst) const {
    for (int64_t row = 0; row < outer; ++row) {
      double* first = partial + row * chunks * columns;
      for (int64_t c = 1; c < chunks; ++c)
        for (int64_t j = 0; j < columns; ++j) first[j] = combine(algorithm, first[j], first[c * columns + j]);
      store(first, columns, dst + offset(kept, outer_levels(), 1, row));
    }
  }
};

class Reduce final : public Primitive, public HasWays {
 public:
  Reduce(Reduction algorithm, std::vector<int> axes) : algorithm_(algorithm), axes_(std::move(axes)) {}
  Reduction algorithm() const { return algorithm_; }
  std::string_view name() const override { return "reduce"; }
  std::string attributes() const override {
    std::string text = cat(word(algorithm_), " axes=");
    for (size_t i = 0; i < axes_.size(); ++i) text += cat(i ? "," : "", axes_[i]);
    return text;
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Value x = self.inputs[0], y = self.outputs[0], dy = diff_dst[0];
    const Dims dims = b.dims(x);
    if (algorithm_ == Reduction::sum) return {b.broadcast_to(dy, dims)};
    const auto count = static_cast<float>(elements(dims)) / static_cast<float>(elements(b.dims(y)));
    if (algorithm_ == Reduction::mean) return {b.broadcast_to(b.scale(dy, 1 / count), dims)};
    const Value winners = b.binary(Binary::eq, x, y);  // they share the gradient, as in TensorFlow
    return {b.mul(winners, b.div(dy, b.reduce(Reduction::sum, winners, axes_)))};
  }

  // The mean of each image, which is a pooling too.
  bool pools(const Program& program, const Instruction& self) const {
    return algorithm_ == Reduction::mean && axes_ == std::vector<int>{2, 3} && program.dims(self.inputs[0]).size() == 4;
  }
  Traits traits(const Program& program, const Instruction& self) const override {
    const bool over_rows = std::find(axes_.begin(), axes_.end(), 0) != axes_.end();
    return {.row_inputs = over_rows ? std::vector<size_t>{} : std::vector<size_t>{0},
            .low_precision = pools(program, self) ? LowPrecision{LowPrecision::following, {0}, {0}} : LowPrecision{}};
  }
  std::vector<std::string_view> ways(const Program& program, const Instruction& self) const override {
    return pools(program, self) ? std::vector{way::pooling} : std::vector<std::string_view>{};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    if (lowering.way(self) == way::pooling || lowering.type(self.inputs[0]) == memory::data_type::bf16) {
      const Dims window{from[2], from[3]};
      return PoolForward({Pooling::avg_exclude_padding, window, window, {0, 0}, {0, 0}}).realise(lowering, self);
    }
    const double factor =
        algorithm_ == Reduction::mean ? static_cast<double>(elements(to)) / static_cast<double>(elements(from)) : 1;
    const memory::desc md = lowering.operand(self.inputs[0]).md;
    // Padding inside blocks is zero: it does not change the sum of everything.
    const bool flat = sums(algorithm_) && elements(to) == 1 && !onednn::is_plain(md);
    const Operand src = flat ? lowering.operand(self.inputs[0]) : dense(lowering, self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], flat ? onednn::row_major(to) : dense_like(src.md, to));
    const Reducer reducer =
        flat ? Reducer(algorithm_, loop_nest({1}, {{1}, {1}}), loop_nest({padded_elements(md)}, {{1}}), factor)
             : strided(src.md, dst.md, factor);
    if (reducer.partials() == 0) {
      lowering.kernel(self, word(algorithm_), {src}, {dst}, reducer);
      return;
    }
    const Operand partials = lowering.scratch(onednn::row_major({2 * reducer.partials()}));  // doubles
    Step& step = lowering.kernel(self, word(algorithm_), {src}, {dst, partials}, reducer);
    step.arguments.back().id = DNNL_ARG_SCRATCHPAD;  // no floats to look at
  }

 private:
  Reducer strided(const memory::desc& src, const memory::desc& dst, double factor) const {
    Dims kept = onednn::dims(src), reduced(kept.size(), 1);
    for (const int axis : axes_) std::swap(kept[static_cast<size_t>(axis)], reduced[static_cast<size_t>(axis)]);
    return {algorithm_, loop_nest(kept, {onednn::strides(src), onednn::strides(dst)}),
            loop_nest(reduced, {onednn::strides(src)}), factor};
  }

  Reduction algorithm_;
  std::vector<int> axes_;
};

// -- repetition -------------------------------------------------------------------------------------------------------

GRAFT_KERNEL void copy_block(const Block& block) {
  map_block1(block, [](float x) { return x; });
}

class BroadcastTo final : public Primitive {
 public:
  std::string_view name() const override { return "broadcast_to"; }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .cheap = true};
  }
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {b.sum_to(diff_dst[0], b.dims(self.inputs[0]))};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    elementwise(lowering, self, "broadcast", true, copy_block);
  }
};

}  // namespace

std::optional<Reduction> reduction_of(const Instruction& instruction) {
  const auto* reduce = primitive_as<Reduce>(instruction);
  return reduce ? std::optional(reduce->algorithm()) : std::nullopt;
}

Value Builder::reduce(Reduction algorithm, Value x, const std::vector<int>& axes) {
  const Dims& from = dims(x);
  std::vector<int> sorted;
  Dims to = from;
  for (const int axis : axes) {
    if (axis < 0 || axis >= static_cast<int>(from.size()))
      throw ShapeError(cat("reduce: there is no axis ", axis, " in ", to_string(from)));
    if (to[static_cast<size_t>(axis)] != 1) sorted.push_back(axis);
    to[static_cast<size_t>(axis)] = 1;
  }
  if (to == from) return x;
  std::sort(sorted.begin(), sorted.end());
  return append(std::make_shared<Reduce>(algorithm, sorted), {x}, {to})[0];
}

// Dims `from` that come out of repeating `to`: equal or 1, or a single element of any rank.
static bool repeats(const Dims& from, const Dims& to) {
  if (elements(to) == 1) return true;
  bool fits = from.size() == to.size();
  for (size_t i = 0; fits && i < to.size(); ++i) fits = to[i] == from[i] || to[i] == 1;
  return fits;
}

Value Builder::sum_to(Value x, const Dims& to) {
  const Dims from = dims(x);
  if (from == to) return x;
  if (!repeats(from, to)) throw ShapeError(cat("sum_to: ", to_string(from), " is no repetition of ", to_string(to)));
  std::vector<int> axes;
  for (size_t i = 0; i < from.size(); ++i)
    if (elements(to) == 1 || to[i] == 1) axes.push_back(static_cast<int>(i));
  const Value sum = reduce(Reduction::sum, x, axes);
  return dims(sum) == to ? sum : reshape(sum, to);
}

Value Builder::broadcast_to(Value x, const Dims& to) {
  const Dims from = dims(x);
  if (from == to) return x;
  if (!repeats(to, from))
    throw ShapeError(cat("broadcast_to: ", to_string(from), " cannot be repeated to ", to_string(to)));
  if (elements(from) == elements(to)) return reshape(x, to);
  if (elements(from) == 1 && from.size() != to.size()) x = reshape(x, Dims(to.size(), 1));
  return append(std::make_shared<BroadcastTo>(), {x}, {to})[0];
}

}  // namespace graft::ops
