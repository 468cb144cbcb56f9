// This file has sums, means, products and extremes over axes, and sum_to and broadcast_to, each of which is the
// gradient of the other. They run in Graft's loops, because oneDNN's reduction runs its reference for all but the
// innermost axes.

#include "graft/ops/primitives/reduction/reduce.h"

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/kernels/blocks.h"
#include "graft/ops/kernels/reduce.h"
#include "graft/ops/lower/elementwise.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/convolution/pool.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

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
    case Reduction::prod:
      return "prod";
  }
  return "";
}

bool sums(Reduction algorithm) { return algorithm == Reduction::sum || algorithm == Reduction::mean; }

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
    if (algorithm_ == Reduction::prod) return {b.mul(dy, product_of_others(b, x))};
    const Value winners = b.binary(Binary::eq, x, y);  // they share the gradient, as in TensorFlow
    return {b.mul(winners, b.div(dy, b.reduce(Reduction::sum, winners, axes_)))};
  }

  // Of each element the product of the others. A single zero is left out of its own; two make all of them zero.
  Value product_of_others(Builder& b, Value x) const {
    const Value is_zero = b.eltwise(x, Eltwise::logical_not), one = b.scalar(1);
    const Value zeros = b.reduce(Reduction::sum, is_zero, axes_);
    const Value rest = b.where(is_zero, one, x), product = b.reduce(Reduction::prod, rest, axes_);
    const Value zeros_beside = b.sub(zeros, is_zero);
    return b.where(zeros_beside, b.scalar(0), b.div(product, rest));
  }

  // Whether it is the mean over the pixels of each image, which a pooling can compute too.
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
    // Padding inside blocks is zero, so it does not change the sum of all elements.
    const bool flat = sums(algorithm_) && elements(to) == 1 && !onednn::is_plain(md);
    const Operand src = flat ? lowering.operand(self.inputs[0]) : dense(lowering, self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], flat ? onednn::row_major(to) : dense_like(src.md, to));
    const Reducer reducer =
        flat ? Reducer(algorithm_, loop_nest({1}, {{1}, {1}}), loop_nest({padded_elements(md)}, {{1}}), factor)
             : strided(src.md, dst.md, factor);
    if (reducer.partials() == 0) {
      lowering.kernel(self, word(algorithm_), {src}, {dst}, [reducer](const Run& run, std::span<void* const> p) {
        reducer.run(run.threads, in(p[0]), out(p[1]), nullptr);
      });
      return;
    }
    const Operand partials = lowering.scratch(onednn::row_major({2 * reducer.partials()}));  // doubles
    Step& step = lowering.kernel(self, word(algorithm_), {src}, {dst, partials},
                                 [reducer](const Run& run, std::span<void* const> p) {
                                   reducer.run(run.threads, in(p[0]), out(p[1]), static_cast<double*>(p[2]));
                                 });
    step.arguments.back().id = DNNL_ARG_SCRATCHPAD;  // doubles, so GRAFT_CHECK must skip them
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

// Whether repeating a value of dims `to` gives dims `from`: each dim of `to` is equal or 1, or it has a single element.
static bool repeats(const Dims& from, const Dims& to) {
  if (elements(to) == 1) return true;
  bool fits = from.size() == to.size();
  for (size_t i = 0; fits && i < to.size(); ++i) fits = to[i] == from[i] || to[i] == 1;
  return fits;
}

Value Builder::sum_to(Value x, const Dims& to) {
  const Dims from = dims(x);
  if (from == to) return x;
  if (!repeats(from, to)) throw ShapeError(cat("sum_to: ", to_string(from), " does not repeat ", to_string(to)));
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
