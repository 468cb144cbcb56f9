#include "graft/ops/primitives/movement/gather.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/gather.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

class Gather final : public Primitive {
 public:
  std::string_view name() const override { return "gather"; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {scatter_add(b, diff_dst[0], self.inputs[1], b.dims(self.inputs[0])[1]), Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Operand src = lowering.row_major(self.inputs[0]), indices = lowering.row_major(self.inputs[1]);
    const Operand dst = lowering.define(self.outputs[0], onednn::row_major(to));
    lowering.kernel(self, "gather", {src, indices}, {dst},
                    [shape = GatherShape{from[0], from[1], to[1], from[2]}](const Run& run, std::span<void* const> p) {
                      gather_rows(run.threads, shape, in(p[0]), in(p[1]), out(p[2]));
                    });
  }
};

class ScatterAdd final : public Primitive {
 public:
  explicit ScatterAdd(int64_t count) : count_(count) {}
  std::string_view name() const override { return "scatter_add"; }
  std::string attributes() const override { return cat("count=", count_); }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {gather(b, diff_dst[0], self.inputs[1]), Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Operand src = lowering.row_major(self.inputs[0]), indices = lowering.row_major(self.inputs[1]);
    const Operand dst = lowering.define(self.outputs[0], onednn::row_major(to));
    lowering.kernel(self, "scatter_add", {src, indices}, {dst},
                    [shape = GatherShape{to[0], to[1], from[1], to[2]}](const Run& run, std::span<void* const> p) {
                      scatter_rows(run.threads, shape, in(p[0]), in(p[1]), out(p[2]));
                    });
  }

 private:
  int64_t count_;
};

void check_operands(const char* name, const Dims& src, const Dims& indices) {
  if (src.size() == 3 && indices.size() == 1) return;
  throw ShapeError(cat(name, ": takes dims (outer, rows, inner) and (picked); received ", to_string(src), " and ",
                       to_string(indices)));
}

}  // namespace

Value gather(Builder& builder, Value src, Value indices) {
  const Dims &from = builder.dims(src), &picked = builder.dims(indices);
  check_operands("gather", from, picked);
  const Dims to{from[0], picked[0], from[2]};
  return builder.append(std::make_shared<Gather>(), {src, indices}, {to})[0];
}

Value scatter_add(Builder& builder, Value src, Value indices, int64_t count) {
  const Dims &from = builder.dims(src), &picked = builder.dims(indices);
  check_operands("scatter_add", from, picked);
  if (from[1] != picked[0] || count < 1)
    throw ShapeError(cat("scatter_add: needs an index for each of the rows of ", to_string(from),
                         " and one row or more to add to; received ", to_string(picked), " and ", count));
  const Dims to{from[0], count, from[2]};
  return builder.append(std::make_shared<ScatterAdd>(count), {src, indices}, {to})[0];
}

}  // namespace graft::ops
