// This file has elements by number along an axis: take, where all lines along it have the same numbers,
// take_along_axis, where each has its own, and the gradient of both.

#include "graft/ops/primitives/movement/along.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/index/along.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

using AlongKernel = void (*)(int, const Lines&, int64_t, int64_t, const float*, const float*, float*);

/// Inputs: src, indices, of the rank of src or of rank 1.
class Along : public Primitive {
 public:
  explicit Along(size_t axis) : axis_(axis) {}
  size_t axis() const { return axis_; }
  std::string attributes() const override { return cat("axis=", axis_); }
  Traits traits(const Program& program, const Instruction& self) const override {
    const bool shared = is_shared(program.dims(self.inputs[0]), program.dims(self.inputs[1]));
    const std::vector<size_t> all = shared ? std::vector<size_t>{0} : std::vector<size_t>{0, 1};
    return {.same_for_any_threads = true, .row_inputs = axis_ == 0 ? std::vector<size_t>{} : all};
  }

 protected:
  void add_kernel(Lowering& lowering, const Instruction& self, int64_t count, AlongKernel kernel) const {
    const Dims &from = lowering.dims(self.inputs[0]), &picked = lowering.dims(self.inputs[1]);
    const Operand src = dense(lowering, self.inputs[0]), indices = lowering.plain(self.inputs[1]);
    const Operand dst = lowering.define(self.outputs[0], dense_like(src.md, lowering.dims(self.outputs[0])));
    Dims places = onednn::strides(indices.md);
    if (is_shared(from, picked)) {
      places = Dims(from.size(), 0);
      places[axis_] = onednn::strides(indices.md)[0];
    }
    const Lines lines = lines_along(axis_, from, {onednn::strides(dst.md), onednn::strides(src.md), places});
    const int64_t n = is_shared(from, picked) ? picked[0] : picked[axis_];
    lowering.kernel(self, std::string(name()), {src, indices}, {dst},
                    [lines, kernel, count, n](const Run& run, std::span<void* const> p) {
                      kernel(run.threads, lines, n, count, in(p[0]), in(p[1]), out(p[2]));
                    });
  }

  size_t axis_;

 private:
  static bool is_shared(const Dims& src, const Dims& indices) { return indices.size() != src.size(); }
};

Value take_by(Builder& b, Value x, Value indices, size_t axis, int64_t picked);

class TakeAlong final : public Along {
 public:
  using Along::Along;
  std::string_view name() const override { return "take_along_axis"; }
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const int64_t count = b.dims(self.inputs[0])[axis_];
    return {add_along_axis(b, diff_dst[0], self.inputs[1], axis_, count), Value{}};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    add_kernel(lowering, self, lowering.dims(self.inputs[0])[axis_], take_along);
  }
};

class AddAlong final : public Along {
 public:
  using Along::Along;
  std::string_view name() const override { return "add_along_axis"; }
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const int64_t picked = b.dims(self.inputs[0])[axis_];
    return {take_by(b, diff_dst[0], self.inputs[1], axis_, picked), Value{}};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    add_kernel(lowering, self, lowering.dims(self.outputs[0])[axis_], add_along);
  }
};

Value take_by(Builder& b, Value x, Value indices, size_t axis, int64_t picked) {
  Dims to = b.dims(x);
  to[axis] = picked;
  return b.append(std::make_shared<TakeAlong>(axis), {x, indices}, {to})[0];
}

// The dims of an operand that is repeated as often as the other is larger, along all axes but one.
Dims repeated(const Dims& from, const Dims& other, size_t axis) {
  Dims out = from;
  for (size_t i = 0; i < from.size(); ++i)
    if (i != axis && from[i] == 1) out[i] = other[i];
  return out;
}

bool equal_but(const Dims& a, Dims b, size_t axis) {
  b[axis] = a[axis];
  return a == b;
}

}  // namespace

Value add_along_axis(Builder& b, Value src, Value indices, size_t axis, int64_t count) {
  Dims to = b.dims(src);
  to[axis] = count;
  return b.append(std::make_shared<AddAlong>(axis), {src, indices}, {to})[0];
}

bool takes_rows(const Program& program, const Instruction& i) {
  const auto* take = primitive_as<TakeAlong>(i);
  return take && take->axis() == 0 && program.dims(i.inputs[0]).size() == 2 && program.dims(i.inputs[1]).size() == 1;
}

Value Builder::take(Value x, Value indices, int axis) {
  const Dims from = dims(x), picked = dims(indices);
  const auto k = static_cast<size_t>(axis);
  if (axis < 0 || k >= from.size()) throw ShapeError(cat("take: there is no axis ", axis, " in ", to_string(from)));
  const Value y = take_by(*this, x, reshape(indices, {elements(picked)}), k, elements(picked));
  if (picked.size() == 1) return y;
  Dims to(from.begin(), from.begin() + axis);
  to.insert(to.end(), picked.begin(), picked.end());
  to.insert(to.end(), from.begin() + axis + 1, from.end());
  return reshape(y, to);
}

Value Builder::take_along_axis(Value x, Value indices, int axis) {
  const Dims from = dims(x), picked = dims(indices);
  const auto k = static_cast<size_t>(axis);
  const bool fits = axis >= 0 && k < from.size() && from.size() == picked.size();
  if (!fits || !equal_but(repeated(from, picked, k), repeated(picked, from, k), k))
    throw ShapeError(
        cat("take_along_axis: operands must have equal ranks and dims that are equal or 1 except along axis ", axis,
            "; received ", to_string(from), " and ", to_string(picked)));
  x = broadcast_to(x, repeated(from, picked, k));
  return take_by(*this, x, broadcast_to(indices, repeated(picked, from, k)), k, picked[k]);
}

}  // namespace graft::ops
