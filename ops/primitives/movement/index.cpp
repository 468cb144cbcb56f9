// This file has one_hot, argmax and argmin, which convert between values and indices. They have no gradient.

#include <numeric>

#include "graft/core/error.h"
#include "graft/ops/kernels/index/places.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// A value that is no whole number in [0, classes) becomes a row of zeros, as in Keras.
class OneHot final : public Primitive {
 public:
  std::string_view name() const override { return "one_hot"; }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override {
    return {Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& to = lowering.dims(self.outputs[0]);
    const int64_t classes = to.back(), n = elements(to) / classes;
    const Operand dst = lowering.define(self.outputs[0], onednn::row_major(to));
    lowering.kernel(self, "one_hot", {lowering.row_major(self.inputs[0])}, {dst},
                    [classes, n](const Run& run, std::span<void* const> p) {
                      one_hot_rows(run.threads, n, classes, in(p[0]), out(p[1]));
                    });
  }
};

/// Computes the index of the largest or the smallest value, or of the first of several that are equal.
class Argmax final : public Primitive {
 public:
  explicit Argmax(int axis, bool smallest = false) : axis_(axis), smallest_(smallest) {}
  std::string_view name() const override { return smallest_ ? "argmin" : "argmax"; }
  std::string attributes() const override { return cat("axis=", axis_); }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override {
    return {Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const auto k = static_cast<size_t>(axis_);
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Operand src = dense(lowering, self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], dense_like(src.md, to));
    const LoopNest nest = loop_nest(to, {onednn::strides(dst.md), onednn::strides(src.md)});
    lowering.kernel(
        self, std::string(name()), {src}, {dst},
        [nest, n = from[k], stride = onednn::strides(src.md)[k], find = smallest_ ? argmin_along : argmax_along](
            const Run& run, std::span<void* const> p) { find(run.threads, nest, n, stride, in(p[0]), out(p[1])); });
  }

 private:
  int axis_;
  bool smallest_;
};

}  // namespace

Value Builder::one_hot(Value indices, int64_t classes) {
  if (classes < 1) throw ShapeError(cat("one_hot: needs one class or more; received ", classes));
  Dims to = dims(indices);
  to.push_back(classes);
  return append(std::make_shared<OneHot>(), {indices}, {to})[0];
}

Value Builder::one_hot(Value indices, int64_t classes, int axis) {
  const Value y = one_hot(indices, classes);
  const int last = static_cast<int>(dims(indices).size());
  if (axis < 0 || axis > last)
    throw ShapeError(cat("one_hot: there is no axis ", axis, " in a result of rank ", last + 1));
  std::vector<int> axes(static_cast<size_t>(last));
  std::iota(axes.begin(), axes.end(), 0);
  axes.insert(axes.begin() + axis, last);
  return axis == last ? y : transpose(y, axes);
}

static Dims without(const char* name, Dims dims, int axis) {
  if (axis < 0 || axis >= static_cast<int>(dims.size()))
    throw ShapeError(cat(name, ": there is no axis ", axis, " in ", to_string(dims)));
  dims[static_cast<size_t>(axis)] = 1;
  return dims;
}

Value Builder::argmax(Value x, int axis) {
  return append(std::make_shared<Argmax>(axis), {x}, {without("argmax", dims(x), axis)})[0];
}

Value Builder::argmin(Value x, int axis) {
  return append(std::make_shared<Argmax>(axis, true), {x}, {without("argmin", dims(x), axis)})[0];
}

}  // namespace graft::ops
