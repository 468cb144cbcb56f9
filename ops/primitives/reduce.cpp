// Reductions over axes, and their counterpart, repetition. Own loops: oneDNN's reduction is its reference for most axes.

#include <algorithm>
#include <cmath>
#include <limits>

#include "graft/core/error.h"
#include "graft/ops/builder.h"
#include "graft/ops/kernels/strided.h"

namespace graft::ops {

namespace {

const char* word(Reduction algorithm) {
  static const char* words[] = {"sum", "mean", "max", "min"};
  return words[static_cast<int>(algorithm)];
}

bool sums(Reduction algorithm) { return algorithm == Reduction::sum || algorithm == Reduction::mean; }

constexpr int kLanes = 16;
constexpr int64_t kBlock = 1024;   // floats added as floats before they join a double: keeps long sums exact enough

GRAFT_KERNEL double sum_run(const float* x, int64_t n) {
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    float lanes[kLanes] = {};
    const int64_t end = std::min(begin + kBlock, n);
    int64_t i = begin;
    for (; i + kLanes <= end; i += kLanes)
      for (int l = 0; l < kLanes; ++l) lanes[l] += x[i + l];
    for (; i < end; ++i) lanes[0] += x[i];
    double block = 0;
    for (const float lane : lanes) block += lane;
    total += block;
  }
  return total;
}

GRAFT_KERNEL float extreme_run(const float* x, int64_t n, bool largest) {
  float best = x[0];
  for (int64_t i = 1; i < n; ++i) best = largest ? (x[i] > best ? x[i] : best) : (x[i] < best ? x[i] : best);
  return best;
}

GRAFT_KERNEL void sum_rows(const float* x, float* acc, int64_t n) {
  for (int64_t i = 0; i < n; ++i) acc[i] += x[i];
}

GRAFT_KERNEL void extreme_rows(const float* x, float* acc, int64_t n, bool largest) {
  for (int64_t i = 0; i < n; ++i) acc[i] = largest ? (x[i] > acc[i] ? x[i] : acc[i]) : (x[i] < acc[i] ? x[i] : acc[i]);
}

/// One reduction as loops: over what is kept (dst has strides), and inside over what is reduced.
struct Loops {
  Reduction algorithm;
  Walk kept;       // operands: dst, src
  Walk reduced;    // operand: src
  float factor;    // of a mean

  // Adds up the elements of `reduced` rows [begin, end) below src.
  double total(const float* src, int64_t begin, int64_t end) const {
    double sum = 0;
    for (int64_t r = begin; r < end; ++r) {
      const float* x = src + row_offsets(reduced, r)[0];
      if (reduced.step(0) == 1) {
        sum += sum_run(x, reduced.row());
      } else {
        for (int64_t i = 0; i < reduced.row(); ++i) sum += x[i * reduced.step(0)];
      }
    }
    return sum;
  }

  float extreme(const float* src) const {
    const bool largest = algorithm == Reduction::max;
    float best = src[0];
    for (int64_t r = 0; r < reduced.rows(); ++r) {
      const float* x = src + row_offsets(reduced, r)[0];
      for (int64_t i = 0; i < reduced.row(); ++i)
        best = largest ? std::max(best, x[i * reduced.step(0)]) : std::min(best, x[i * reduced.step(0)]);
    }
    return best;
  }

  // Number by number: the innermost axis in memory is reduced, or nothing is contiguous.
  void numbers(const Run& run, const float* src, float* dst) const {
    const int64_t n = kept.rows() * kept.row(), inner = elements(reduced.dims);
    parallel_for(run.threads, n, std::max<int64_t>(kGrain / inner, 1), [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        const Offsets at = row_offsets(kept, k / kept.row());
        const int64_t i = k % kept.row();
        const float* x = src + at[1] + i * kept.step(1);
        float& y = dst[at[0] + i * kept.step(0)];
        y = sums(algorithm) ? static_cast<float>(total(x, 0, reduced.rows()) * factor) : extreme(x);
      }
    });
  }

  // Vector by vector: the innermost axis in memory is kept (sums per channel, channels last).
  void vectors(const Run& run, const float* src, float* dst) const {
    const int64_t n = kept.row(), rows = elements(reduced.dims);
    for (int64_t k = 0; k < kept.rows(); ++k) {
      const Offsets at = row_offsets(kept, k);
      column(run, src + at[1], dst + at[0], n, rows);
    }
  }

  void column(const Run& run, const float* src, float* dst, int64_t n, int64_t rows) const {
    const auto parts = std::clamp<int64_t>(rows * n / kGrain, 1, run.threads);
    std::vector<std::vector<double>> partial(static_cast<size_t>(parts));
    parallel_for(static_cast<int>(parts), parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p)
        partial[static_cast<size_t>(p)] = columns(src, n, rows * p / parts, rows * (p + 1) / parts);
    });
    for (int64_t i = 0; i < n; ++i) {
      double value = partial[0][static_cast<size_t>(i)];
      for (size_t p = 1; p < partial.size(); ++p) {
        const double other = partial[p][static_cast<size_t>(i)];
        value = sums(algorithm) ? value + other
                : algorithm == Reduction::max ? std::max(value, other) : std::min(value, other);
      }
      dst[i * kept.step(0)] = static_cast<float>(value * factor);
    }
  }

  std::vector<double> columns(const float* src, int64_t n, int64_t begin, int64_t end) const {
    constexpr int64_t kRows = 256;
    const bool largest = algorithm == Reduction::max;
    const float start = sums(algorithm) ? 0.f : std::numeric_limits<float>::infinity() * (largest ? -1.f : 1.f);
    std::vector<double> totals(static_cast<size_t>(n), start);
    std::vector<float> block(static_cast<size_t>(n));
    for (int64_t b = begin; b < end; b += kRows) {
      std::fill(block.begin(), block.end(), start);
      for (int64_t r = b; r < std::min(b + kRows, end); ++r) {
        const float* x = src + row_offsets(reduced, r / reduced.row())[0] + r % reduced.row() * reduced.step(0);
        if (sums(algorithm)) sum_rows(x, block.data(), n);
        else extreme_rows(x, block.data(), n, largest);
      }
      for (size_t i = 0; i < totals.size(); ++i)
        totals[i] = sums(algorithm) ? totals[i] + block[i]
                    : largest ? std::max<double>(totals[i], block[i]) : std::min<double>(totals[i], block[i]);
    }
    return totals;
  }

  void operator()(const Run& run, std::span<void* const> p) const {
    if (kept.step(1) == 1 && kept.row() > 1) vectors(run, in(p[0]), out(p[1]));
    else numbers(run, in(p[0]), out(p[1]));
  }
};

class Reduce final : public Primitive {
 public:
  Reduce(Reduction algorithm, std::vector<int> axes) : algorithm_(algorithm), axes_(std::move(axes)) {}
  std::string_view name() const override { return "reduce"; }
  std::string attributes() const override {
    std::string out = cat(word(algorithm_), " axes=");
    for (size_t i = 0; i < axes_.size(); ++i) out += cat(i ? "," : "", axes_[i]);
    return out;
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Value x = self.inputs[0], y = self.outputs[0];
    const Dims dims = b.dims(x);
    const auto count = static_cast<float>(elements(dims) / std::max<int64_t>(elements(b.dims(y)), 1));
    if (algorithm_ == Reduction::sum) return {b.broadcast_to(diff_dst[0], dims)};
    if (algorithm_ == Reduction::mean) return {b.broadcast_to(b.scale(diff_dst[0], 1 / count), dims)};
    const Value winners = b.binary(Binary::eq, x, y);   // they share the gradient
    return {b.mul(winners, b.div(diff_dst[0], b.reduce(Reduction::sum, winners, axes_)))};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &src_dims = lowering.dims(self.inputs[0]), &dst_dims = lowering.dims(self.outputs[0]);
    const float factor = algorithm_ == Reduction::mean
        ? static_cast<float>(static_cast<double>(elements(dst_dims)) / static_cast<double>(elements(src_dims))) : 1.f;
    const Operand as_it_lies = lowering.operand(self.inputs[0]);
    if (sums(algorithm_) && elements(dst_dims) == 1 && !onednn::is_plain(as_it_lies.md))
      return realise_padded(lowering, self, as_it_lies, factor);
    const Operand src = lowering.plain(self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], dense_like(dst_dims, src.md));
    Dims kept = src_dims, reduced(src_dims.size(), 1);
    for (const int axis : axes_) std::swap(kept[static_cast<size_t>(axis)], reduced[static_cast<size_t>(axis)]);
    const Dims strides = onednn::strides(src.md);
    lowering.kernel(self, word(algorithm_), {src}, {dst},
                    Loops{algorithm_, make_walk(kept, {onednn::strides(dst.md), strides}), make_walk(reduced, {strides}),
                          factor});
  }

 private:
  // Padding is zero, so the sum of everything is the sum of the memory.
  void realise_padded(Lowering& lowering, const Instruction& self, const Operand& src, float factor) const {
    const Operand dst = lowering.define(self.outputs[0], onednn::row_major(lowering.dims(self.outputs[0])));
    lowering.kernel(self, word(algorithm_), {src}, {dst},
                    [n = floats(src.md), factor](const Run&, std::span<void* const> p) {
                      *out(p[1]) = static_cast<float>(sum_run(in(p[0]), n) * factor);
                    });
  }

  Reduction algorithm_;
  std::vector<int> axes_;
};

GRAFT_KERNEL void copy_row(const float* src, int64_t step, float* dst, int64_t n) {
  for (int64_t i = 0; i < n; ++i) dst[i] = src[i * step];
}

class Broadcast final : public Primitive {
 public:
  std::string_view name() const override { return "broadcast_to"; }
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {b.sum_to(diff_dst[0], b.dims(self.inputs[0]))};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.outputs[0]);
    const Operand src = lowering.plain(self.inputs[0]), dst = lowering.define(self.outputs[0], usual_layout(dims));
    const Walk walk = make_walk(dims, {onednn::strides(dst.md), broadcast_strides(src.md, dims)});
    lowering.kernel(self, "broadcast", {src}, {dst}, [walk](const Run& run, std::span<void* const> p) {
      for_each_row(walk, run.threads, [&](const Offsets& at, int64_t n) {
        copy_row(in(p[0]) + at[1], walk.step(1), out(p[1]) + at[0], n);
      });
    });
  }
};

}  // namespace

Value Builder::reduce(Reduction algorithm, Value x, const std::vector<int>& axes) {
  Dims to = dims(x);
  std::vector<int> sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (const int axis : sorted) {
    if (axis < 0 || axis >= static_cast<int>(to.size()))
      throw ShapeError(cat("reduce: no axis ", axis, " in ", to_string(dims(x))));
    to[static_cast<size_t>(axis)] = 1;
  }
  return to == dims(x) ? x : append(std::make_shared<Reduce>(algorithm, sorted), {x}, {to})[0];
}

Value Builder::sum_to(Value x, const Dims& to) {
  if (dims(x) == to) return x;
  std::vector<int> axes;
  for (size_t i = 0; i < dims(x).size(); ++i)
    if (elements(to) == 1 || (i < to.size() && to[i] == 1 && dims(x)[i] != 1)) axes.push_back(static_cast<int>(i));
  const Value sum = reduce(Reduction::sum, x, axes);
  if (elements(dims(sum)) != elements(to))
    throw ShapeError(cat("sum_to: ", to_string(dims(x)), " is no repetition of ", to_string(to)));
  return dims(sum) == to ? sum : reshape(sum, to);
}

Value Builder::broadcast_to(Value x, const Dims& to) {
  const Dims& from = dims(x);
  if (from == to) return x;
  bool fits = elements(from) == 1 || from.size() == to.size();
  for (size_t i = 0; fits && elements(from) != 1 && i < to.size(); ++i) fits = from[i] == to[i] || from[i] == 1;
  if (!fits) throw ShapeError(cat("broadcast_to: ", to_string(from), " cannot be repeated to ", to_string(to)));
  return append(std::make_shared<Broadcast>(), {x}, {to})[0];
}

}  // namespace graft::ops
