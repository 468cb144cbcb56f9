// This file has cumulative sums and products, and the linear recurrence that is the gradient of both.

#include "graft/core/error.h"
#include "graft/ops/kernels/index/along.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

using Strides = std::vector<Dims>;  // of several tensors

Traits traits_along(size_t axis, const std::vector<size_t>& inputs) {
  return {.same_for_any_threads = true, .row_inputs = axis == 0 ? std::vector<size_t>{} : inputs};
}

// x moved by one place along the axis, away from where the scan begins; `first` enters there.
Value shifted(Builder& b, Value x, size_t axis, bool reverse, float first) {
  const Dims from = b.dims(x);
  Dims zeros(from.size(), 0), one = zeros, begin = zeros, kept = from;
  if (from[axis] == 1) return b.broadcast_to(b.scalar(first), from);
  one[axis] = 1;
  kept[axis] -= 1;
  if (reverse) begin = one;
  return b.pad(b.slice(x, begin, kept), reverse ? zeros : one, reverse ? one : zeros, first);
}

class Recurrence final : public Primitive {
 public:
  Recurrence(size_t axis, bool reverse) : axis_(axis), reverse_(reverse) {}
  std::string_view name() const override { return "recurrence"; }
  std::string attributes() const override { return cat("axis=", axis_, reverse_ ? " reverse" : ""); }
  Traits traits(const Program&, const Instruction&) const override { return traits_along(axis_, {0, 1}); }

  // g[k] = dy[k] + factors[k + 1] g[k + 1] is the gradient for x[k], and g[k] y[k - 1] that for factors[k].
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value factors = shifted(b, self.inputs[1], axis_, !reverse_, 0);
    const Value dx = b.recurrence(diff_dst[0], factors, static_cast<int>(axis_), !reverse_);
    if (!wanted[1]) return {dx, Value{}};
    return {dx, b.mul(dx, shifted(b, self.outputs[0], axis_, reverse_, 0))};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Operand src = dense(lowering, self.inputs[0]), factors = lowering.as(self.inputs[1], src.md);
    const Operand dst = lowering.define(self.outputs[0], src.md);
    lowering.kernel(
        self, "recurrence", {src, factors}, {dst},
        [lines = lines_along(axis_, lowering.dims(self.inputs[0]), Strides(3, onednn::strides(src.md))),
         reverse = reverse_, n = lowering.dims(self.inputs[0])[axis_]](const Run& run, std::span<void* const> p) {
          recur_along(run.threads, lines, reverse, n, in(p[0]), in(p[1]), out(p[2]));
        });
  }

 private:
  size_t axis_;
  bool reverse_;
};

class Cumulate final : public Primitive {
 public:
  Cumulate(Scan algorithm, size_t axis, bool reverse) : algorithm_(algorithm), axis_(axis), reverse_(reverse) {}
  std::string_view name() const override { return algorithm_ == Scan::sum ? "cumsum" : "cumprod"; }
  std::string attributes() const override { return cat("axis=", axis_, reverse_ ? " reverse" : ""); }
  Traits traits(const Program&, const Instruction&) const override { return traits_along(axis_, {0}); }

  // A factor x[k] is in the products from k on: their gradients are summed from behind, each times the factors between
  // it and x[k]. Nothing is divided by x, which may be 0.
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const int axis = static_cast<int>(axis_);
    if (algorithm_ == Scan::sum) return {b.scan(Scan::sum, diff_dst[0], axis, !reverse_)};
    const Value factors = shifted(b, self.inputs[0], axis_, !reverse_, 0);
    const Value before = shifted(b, self.outputs[0], axis_, reverse_, 1);
    return {b.mul(b.recurrence(diff_dst[0], factors, axis, !reverse_), before)};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Operand src = dense(lowering, self.inputs[0]), dst = lowering.define(self.outputs[0], src.md);
    lowering.kernel(self, std::string(name()), {src}, {dst},
                    [lines = lines_along(axis_, lowering.dims(self.inputs[0]), Strides(2, onednn::strides(src.md))),
                     algorithm = algorithm_, reverse = reverse_,
                     n = lowering.dims(self.inputs[0])[axis_]](const Run& run, std::span<void* const> p) {
                      scan_along(run.threads, lines, algorithm, reverse, n, in(p[0]), out(p[1]));
                    });
  }

 private:
  Scan algorithm_;
  size_t axis_;
  bool reverse_;
};

void check_axis(const char* name, const Dims& dims, int axis) {
  if (axis < 0 || axis >= static_cast<int>(dims.size()))
    throw ShapeError(cat(name, ": there is no axis ", axis, " in ", to_string(dims)));
}

}  // namespace

Value Builder::scan(Scan algorithm, Value x, int axis, bool reverse) {
  check_axis("scan", dims(x), axis);
  return append(std::make_shared<Cumulate>(algorithm, static_cast<size_t>(axis), reverse), {x}, {dims(x)})[0];
}

Value Builder::recurrence(Value x, Value factors, int axis, bool reverse) {
  check_axis("recurrence", dims(x), axis);
  if (dims(factors) != dims(x))
    throw ShapeError(cat("recurrence: needs a factor for each element of ", to_string(dims(x)), "; received ",
                         to_string(dims(factors))));
  return append(std::make_shared<Recurrence>(static_cast<size_t>(axis), reverse), {x, factors}, {dims(x)})[0];
}

}  // namespace graft::ops
