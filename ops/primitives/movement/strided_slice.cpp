// This file has slices with steps, which may be negative, and flip, which is one of them. Their gradient writes to the
// same places and leaves zeros between them.

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/kernels/copy.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// The places of a slice in the whole: begin + i steps along each axis.
class Strided : public Primitive {
 public:
  Strided(Dims begin, Dims steps) : begin_(std::move(begin)), steps_(std::move(steps)) {}
  std::string attributes() const override { return cat("begin=", to_string(begin_), " steps=", to_string(steps_)); }
  Traits traits(const Program& program, const Instruction& self) const override {
    const bool keeps_rows = program.dims(self.inputs[0])[0] == program.dims(self.outputs[0])[0] && steps_[0] == 1;
    return {.same_for_any_threads = true,
            .cheap = true,
            .row_inputs = keeps_rows ? std::vector<size_t>{0} : std::vector<size_t>{},
            .low_precision = {LowPrecision::following, {0}, {0}}};
  }

 protected:
  BoxSide side(const memory::desc& md) const { return box_side(md, begin_, steps_); }
  static BoxSide whole(const memory::desc& md) { return box_side(md, Dims(onednn::dims(md).size(), 0)); }

  Dims begin_, steps_;
};

Value spread(Builder& b, Value x, const Dims& to, const Dims& begin, const Dims& steps);

class StridedSlice final : public Strided {
 public:
  using Strided::Strided;
  std::string_view name() const override { return "strided_slice"; }
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {spread(b, diff_dst[0], b.dims(self.inputs[0]), begin_, steps_)};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& to = lowering.dims(self.outputs[0]);
    const Operand src = dense(lowering, self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], dense_like(src.md, to));
    lowering.kernel(self, "strided_slice", {src}, {dst},
                    [copy = BoxCopy(to, whole(dst.md), side(src.md))](const Run& run, std::span<void* const> p) {
                      copy(run.threads, p[1], p[0]);
                    });
  }
};

class Spread final : public Strided {
 public:
  using Strided::Strided;
  std::string_view name() const override { return "spread"; }
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {b.strided_slice(diff_dst[0], begin_, b.dims(self.inputs[0]), steps_)};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Operand src = dense(lowering, self.inputs[0]);
    const Operand dst = lowering.define(self.outputs[0], dense_like(src.md, to));
    lowering.kernel(self, "spread", {src}, {dst},
                    [copy = BoxCopy(from, side(dst.md), whole(src.md)), n = elements(to), narrow = is_narrow(dst.md)](
                        const Run& run, std::span<void* const> p) {
                      fill(run.threads, narrow, p[1], n, 0);
                      copy(run.threads, p[1], p[0]);
                    });
  }
};

// dst has the elements of x at begin + i steps, and zeros elsewhere.
Value spread(Builder& b, Value x, const Dims& to, const Dims& begin, const Dims& steps) {
  return b.append(std::make_shared<Spread>(begin, steps), {x}, {to})[0];
}

bool inside(const Dims& dims, const Dims& begin, const Dims& sizes, const Dims& steps) {
  if (begin.size() != dims.size() || sizes.size() != dims.size() || steps.size() != dims.size()) return false;
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t last = begin[i] + (sizes[i] - 1) * steps[i];
    if (sizes[i] < 1 || steps[i] == 0 || std::min(begin[i], last) < 0 || std::max(begin[i], last) >= dims[i])
      return false;
  }
  return true;
}

}  // namespace

Value Builder::strided_slice(Value x, const Dims& begin, const Dims& sizes, const Dims& steps) {
  const Dims& from = dims(x);
  if (!inside(from, begin, sizes, steps))
    throw ShapeError(cat("strided_slice: ", to_string(sizes), " elements from ", to_string(begin), " on, in steps of ",
                         to_string(steps), ", are not all within ", to_string(from)));
  Dims usual = steps;
  for (size_t i = 0; i < usual.size(); ++i)
    if (sizes[i] == 1) usual[i] = 1;
  if (usual == Dims(from.size(), 1)) return slice(x, begin, sizes);
  return append(std::make_shared<StridedSlice>(begin, usual), {x}, {sizes})[0];
}

Value Builder::flip(Value x, const std::vector<int>& axes) {
  const Dims from = dims(x);
  Dims begin(from.size(), 0), steps(from.size(), 1);
  for (const int axis : axes) {
    const auto k = static_cast<size_t>(axis);
    if (axis < 0 || k >= from.size()) throw ShapeError(cat("flip: there is no axis ", axis, " in ", to_string(from)));
    begin[k] = from[k] - 1;
    steps[k] = -1;
  }
  return strided_slice(x, begin, from, steps);
}

}  // namespace graft::ops
