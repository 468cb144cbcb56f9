// This file has the order of elements along an axis, and what is made of it: sorted values and the largest ones. The
// values take their places by take_along_axis, which gives them their gradient.

#include "graft/ops/kernels/index/sort.h"
#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// Computes the places, along an axis, of the first `count` elements in order. It has no gradient.
class Order final : public Primitive {
 public:
  Order(size_t axis, bool descending) : axis_(axis), descending_(descending) {}
  std::string_view name() const override { return "argsort"; }
  std::string attributes() const override { return cat("axis=", axis_, descending_ ? " descending" : ""); }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .row_inputs = axis_ == 0 ? std::vector<size_t>{} : std::vector<size_t>{0}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override {
    return {Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Operand src = dense(lowering, self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], dense_like(src.md, to));
    // An entry of two floats for each element, those of a line after each other.
    Dims entries = from;
    entries[axis_] = 1;
    entries.push_back(2 * from[axis_]);
    const Operand scratch = lowering.scratch(onednn::row_major({elements(entries)}));
    const Ordering ordering{lines_of(dst.md, src.md, entries), from[axis_], to[axis_], descending_};
    Step& step =
        lowering.kernel(self, "argsort", {src}, {dst, scratch}, [ordering](const Run& run, std::span<void* const> p) {
          order_along(run.threads, ordering, in(p[0]), out(p[1]), out(p[2]));
        });
    step.arguments.back().id = DNNL_ARG_SCRATCHPAD;  // whole numbers, so GRAFT_CHECK must skip them
  }

 private:
  Lines lines_of(const memory::desc& dst, const memory::desc& src, const Dims& entries) const {
    const Dims kept(entries.begin(), entries.end() - 1);
    Dims strides(kept.size());
    int64_t stride = entries.back();
    for (size_t i = kept.size(); i-- > 0; stride *= kept[i]) strides[i] = stride;
    return lines_along(axis_, kept, {onednn::strides(dst), onednn::strides(src), strides});
  }

  size_t axis_;
  bool descending_;
};

}  // namespace

Value Builder::argsort(Value x, int axis, bool descending, int64_t count) {
  constexpr int64_t kMost = 1 << 24;  // above it, floats do not hold all whole numbers
  Dims to = dims(x);
  const auto k = static_cast<size_t>(axis);
  if (axis < 0 || k >= to.size()) throw ShapeError(cat("argsort: there is no axis ", axis, " in ", to_string(to)));
  if (count < 0 || count > to[k])
    throw ShapeError(cat("argsort: along axis ", axis, " of ", to_string(to), " there are not ", count, " elements"));
  if (to[k] > kMost)
    throw ShapeError(cat("argsort: takes at most ", kMost, " elements along an axis; received ", to_string(to)));
  if (count > 0) to[k] = count;
  return append(std::make_shared<Order>(k, descending), {x}, {to})[0];
}

Value Builder::sort(Value x, int axis, bool descending) {
  return take_along_axis(x, argsort(x, axis, descending), axis);
}

Builder::TopK Builder::top_k(Value x, int axis, int64_t count) {
  if (count < 1) throw ShapeError(cat("top_k: needs one element or more; received ", count));
  const Value indices = argsort(x, axis, true, count);
  return {take_along_axis(x, indices, axis), indices};
}

}  // namespace graft::ops
