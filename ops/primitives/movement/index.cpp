// Between values and places: one_hot and argmax. Neither has a gradient.

#include "graft/core/error.h"
#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// What is no whole number in [0, classes) becomes a row of zeros, as in Keras.
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
                      const int64_t grain = std::max<int64_t>(1, kGrain / classes);
                      parallel_for(run.threads, n, grain, [&](int64_t begin, int64_t end) {
                        for (int64_t i = begin; i < end; ++i) write_row(in(p[0])[i], classes, out(p[1]) + i * classes);
                      });
                    });
  }

 private:
  static void write_row(float index, int64_t classes, float* row) {
    std::fill(row, row + classes, 0.f);
    if (index >= 0 && index < static_cast<float>(classes)) {
      const auto k = static_cast<int64_t>(index);
      if (static_cast<float>(k) == index) row[k] = 1;
    }
  }
};

/// The place of the largest value, the first of equals.
class Argmax final : public Primitive {
 public:
  explicit Argmax(int axis) : axis_(axis) {}
  std::string_view name() const override { return "argmax"; }
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
    lowering.kernel(self, "argmax", {src}, {dst},
                    [nest, n = from[k], stride = onednn::strides(src.md)[k]](const Run& run, std::span<void* const> p) {
                      const std::array<void*, 2> operands{p[1], p[0]};
                      for_each_block(nest, operands, run.threads, [&](const Block& b) { find(b, n, stride); });
                    });
  }

 private:
  static void find(const Block& b, int64_t n, int64_t stride) {
    for (int64_t r = 0; r < b.rows; ++r)
      for (int64_t c = 0; c < b.columns; ++c) {
        const float* x = b.data[1] + r * b.row_strides[1] + c * b.column_strides[1];
        int64_t best = 0;
        for (int64_t i = 1; i < n; ++i)
          if (x[i * stride] > x[best * stride]) best = i;
        b.data[0][r * b.row_strides[0] + c * b.column_strides[0]] = static_cast<float>(best);
      }
  }

  int axis_;
};

}  // namespace

Value Builder::one_hot(Value indices, int64_t classes) {
  if (classes < 1) throw ShapeError(cat("one_hot: needs one class or more; received ", classes));
  Dims to = dims(indices);
  to.push_back(classes);
  return append(std::make_shared<OneHot>(), {indices}, {to})[0];
}

Value Builder::argmax(Value x, int axis) {
  Dims to = dims(x);
  if (axis < 0 || axis >= static_cast<int>(to.size()))
    throw ShapeError(cat("argmax: there is no axis ", axis, " in ", to_string(to)));
  to[static_cast<size_t>(axis)] = 1;
  return append(std::make_shared<Argmax>(axis), {x}, {to})[0];
}

}  // namespace graft::ops
