// This file has concat, slice and pad, which copy boxes row by row. At small sizes oneDNN's concat costs several times
// as much as the copy, and views with strides make its other primitives run their reference.

#include "graft/ops/primitives/movement/move.h"

#include <numeric>

#include "graft/core/error.h"
#include "graft/ops/kernels/copy.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

// The value in a layout whose axes are in the order that they have in `md`.
Operand laid_like(Lowering& lowering, Value v, const memory::desc& md) {
  return lowering.as(v, dense_like(md, lowering.dims(v)));
}

Dims zeros(const Dims& dims) { return Dims(dims.size(), 0); }

Dims plus(const Dims& a, const Dims& b) {
  Dims out = a;
  for (size_t i = 0; i < a.size(); ++i) out[i] += b[i];
  return out;
}

Dims minus(const Dims& a, const Dims& b) {
  Dims out = a;
  for (size_t i = 0; i < a.size(); ++i) out[i] -= b[i];
  return out;
}

class Concat final : public Primitive {
 public:
  explicit Concat(size_t axis) : axis_(axis) {}
  std::string_view name() const override { return "concat"; }
  std::string attributes() const override { return cat("axis=", axis_); }
  Traits traits(const Program&, const Instruction& self) const override {
    std::vector<size_t> all(self.inputs.size());
    std::iota(all.begin(), all.end(), size_t{0});
    return {.same_for_any_threads = true,
            .cheap = true,
            .row_inputs = axis_ == 0 ? std::vector<size_t>{} : all,
            .low_precision = {LowPrecision::following, all, {0}}};
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    Values out(self.inputs.size());
    Dims begin = zeros(b.dims(self.outputs[0]));
    for (size_t k = 0; k < out.size(); ++k) {
      const Dims size = b.dims(self.inputs[k]);
      if (wanted[k]) out[k] = b.slice(diff_dst[0], begin, size);
      begin[axis_] += size[axis_];
    }
    return out;
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.outputs[0]);
    const memory::desc first = dense(lowering, self.inputs[0]).md;
    const Operand dst = lowering.define(self.outputs[0], dense_like(first, dims));
    std::vector<Operand> sources;
    std::vector<BoxCopy> copies;
    Dims begin = zeros(dims);
    for (const Value v : self.inputs) {
      const Dims& size = lowering.dims(v);
      sources.push_back(laid_like(lowering, v, first));
      copies.emplace_back(size, box_side(dst.md, begin), box_side(sources.back().md, zeros(size)));
      begin[axis_] += size[axis_];
    }
    lowering.kernel(self, "concat", sources, {dst}, [copies](const Run& run, std::span<void* const> p) {
      for (size_t k = 0; k < copies.size(); ++k) copies[k](run.threads, p.back(), p[k]);
    });
  }

 private:
  size_t axis_;
};

class Slice final : public Primitive {
 public:
  const Dims& begin() const { return begin_; }
  explicit Slice(Dims begin) : begin_(std::move(begin)) {}
  std::string_view name() const override { return "slice"; }
  std::string attributes() const override { return "begin=" + to_string(begin_); }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true,
            .cheap = true,
            .row_inputs = {0},
            .low_precision = {LowPrecision::following, {0}, {0}}};
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Dims behind = minus(b.dims(self.inputs[0]), plus(begin_, b.dims(self.outputs[0])));
    return {b.pad(diff_dst[0], begin_, behind)};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.outputs[0]);
    const Operand src = dense(lowering, self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], dense_like(src.md, dims));
    lowering.kernel(self, "slice", {src}, {dst},
                    [copy = BoxCopy(dims, box_side(dst.md, zeros(dims)), box_side(src.md, begin_))](
                        const Run& run, std::span<void* const> p) { copy(run.threads, p[1], p[0]); });
  }

 private:
  Dims begin_;
};

class Pad final : public Primitive {
 public:
  PadArgs args() const { return {before_, after_, value_}; }
  Pad(Dims before, Dims after, float value) : before_(std::move(before)), after_(std::move(after)), value_(value) {}
  std::string_view name() const override { return "pad"; }
  std::string attributes() const override {
    return cat("before=", to_string(before_), " after=", to_string(after_), " value=", value_);
  }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true,
            .cheap = true,
            .row_inputs = before_[0] == 0 && after_[0] == 0 ? std::vector<size_t>{0} : std::vector<size_t>{},
            .low_precision = {LowPrecision::following, {0}, {0}}};
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {b.slice(diff_dst[0], before_, b.dims(self.inputs[0]))};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Operand src = dense(lowering, self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], dense_like(src.md, to));
    lowering.kernel(self, "pad", {src}, {dst},
                    [copy = BoxCopy(from, box_side(dst.md, before_), box_side(src.md, zeros(from))), value = value_,
                     n = elements(to), narrow = is_narrow(dst.md)](const Run& run, std::span<void* const> p) {
                      fill(run.threads, narrow, p[1], n, value);
                      copy(run.threads, p[1], p[0]);
                    });
  }

 private:
  Dims before_, after_;
  float value_;
};

}  // namespace

bool any_negative(const Dims& dims) {
  for (const int64_t d : dims)
    if (d < 0) return true;
  return false;
}

std::optional<PadArgs> pad_args(const Primitive& primitive) {
  const auto* pad = dynamic_cast<const Pad*>(&primitive);
  return pad ? std::optional(pad->args()) : std::nullopt;
}

std::optional<Dims> slice_begin(const Primitive& primitive) {
  const auto* slice = dynamic_cast<const Slice*>(&primitive);
  return slice ? std::optional(slice->begin()) : std::nullopt;
}

Value Builder::concat(const Values& parts, int axis) {
  if (parts.empty()) throw ShapeError("concat: needs one operand or more");
  Dims to = dims(parts[0]);
  if (axis < 0 || axis >= static_cast<int>(to.size()))
    throw ShapeError(cat("concat: there is no axis ", axis, " in ", to_string(to)));
  const auto k = static_cast<size_t>(axis);
  to[k] = 0;
  for (const Value v : parts) {
    Dims others = dims(v);
    const int64_t length = others.size() == to.size() ? others[k] : 0;
    if (others.size() == to.size()) others[k] = to[k];
    if (others != to)
      throw ShapeError(cat("concat: operands must have equal dims except along axis ", axis, "; received ",
                           to_string(dims(parts[0])), " and ", to_string(dims(v))));
    to[k] += length;
  }
  return parts.size() == 1 ? parts[0] : append(std::make_shared<Concat>(k), parts, {to})[0];
}

Value Builder::slice(Value x, const Dims& begin, const Dims& sizes) {
  const Dims& from = dims(x);
  bool fits = begin.size() == from.size() && sizes.size() == from.size() && !any_negative(begin);
  for (size_t i = 0; fits && i < from.size(); ++i) fits = sizes[i] >= 1 && begin[i] + sizes[i] <= from[i];
  if (!fits)
    throw ShapeError(cat("slice: ", to_string(sizes), " elements from ", to_string(begin), " on are not all within ",
                         to_string(from)));
  return sizes == from ? x : append(std::make_shared<Slice>(begin), {x}, {sizes})[0];
}

Value Builder::pad(Value x, const Dims& before, const Dims& after, float value) {
  const Dims& from = dims(x);
  if (before.size() != from.size() || after.size() != from.size() || any_negative(before) || any_negative(after))
    throw ShapeError(cat("pad: needs a number, 0 or more, for each axis of ", to_string(from), "; received ",
                         to_string(before), " and ", to_string(after)));
  const Dims to = plus(plus(before, from), after);
  return to == from ? x : append(std::make_shared<Pad>(before, after, value), {x}, {to})[0];
}

}  // namespace graft::ops
