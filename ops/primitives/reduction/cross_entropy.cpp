// This file has the cross-entropy of classes. The loss of a row and its gradient are computed in one loop over the row
// each. As elementary instructions they would be twenty, each with a pass over memory.

#include "graft/ops/primitives/reduction/cross_entropy.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/cross_entropy.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/reduction/softmax.h"

namespace graft::ops {

namespace {

std::string text(const CrossEntropyArgs& args) {
  return cat("axis=", args.axis, args.from_logits ? " from_logits" : "", args.sparse ? " sparse" : "");
}

Dims row_dims(Dims dims, int axis) {
  dims[static_cast<size_t>(axis)] = 1;
  return dims;
}

/// The layouts of the operands: rows of classes, and one number for each row in the same order.
struct Layouts {
  memory::desc classes, single;
  CrossEntropyRows rows;

  Layouts(Lowering& lowering, Value predicted, const CrossEntropyArgs& args)
      : classes(rows_layout(lowering, predicted, args.axis)),
        single(dense_like(classes, row_dims(lowering.dims(predicted), args.axis))) {
    rows.classes = lowering.dims(predicted)[static_cast<size_t>(args.axis)];
    rows.rows = elements(lowering.dims(predicted)) / rows.classes;
    rows.from_logits = args.from_logits;
    rows.sparse = args.sparse;
  }
};

class CrossEntropy final : public Primitive {
 public:
  explicit CrossEntropy(const CrossEntropyArgs& args) : args_(args) {}
  std::string_view name() const override { return "cross_entropy"; }
  std::string attributes() const override { return text(args_); }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value target = self.inputs[0], predicted = self.inputs[1];
    Values out(2);
    if (wanted[0]) {
      if (args_.sparse) throw GraphError("a class number has no gradient").who(self.label);
      out[0] = b.mul(diff_dst[0], b.scale(log_shares(b, predicted), -1));
    }
    if (wanted[1])
      out[1] = b.append(std::make_shared<CrossEntropyBackward>(args_, false), {target, predicted, diff_dst[0]},
                        {b.dims(predicted)})[0];
    return out;
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Layouts layouts(lowering, self.inputs[1], args_);
    const Operand target = lowering.as(self.inputs[0], args_.sparse ? layouts.single : layouts.classes),
                  predicted = lowering.as(self.inputs[1], layouts.classes);
    lowering.kernel(self, "cross_entropy", {target, predicted}, {lowering.define(self.outputs[0], layouts.single)},
                    [rows = layouts.rows](const Run& run, std::span<void* const> p) {
                      cross_entropy_rows(run.threads, rows, in(p[0]), in(p[1]), out(p[2]));
                    });
  }

 private:
  Value log_shares(Builder& b, Value predicted) const {
    if (args_.from_logits) return b.softmax(predicted, args_.axis, true);
    const Value shares = b.div(predicted, b.reduce(Reduction::sum, predicted, {args_.axis}));
    return b.eltwise(b.eltwise(shares, Eltwise::clip, kLeastShare, kMostShare), Eltwise::log);
  }

  CrossEntropyArgs args_;
};

}  // namespace

std::string CrossEntropyBackward::attributes() const { return text(args) + (through_softmax ? " softmax" : ""); }

void CrossEntropyBackward::realise(Lowering& lowering, const Instruction& self) const {
  const Layouts layouts(lowering, self.inputs[1], args);
  const Operand target = lowering.as(self.inputs[0], args.sparse ? layouts.single : layouts.classes),
                predicted = lowering.as(self.inputs[1], layouts.classes),
                diff = lowering.as(self.inputs[2], layouts.single);
  Step& step = lowering.kernel(
      self, "cross_entropy_backward", {target, predicted, diff}, {lowering.define(self.outputs[0], layouts.classes)},
      [rows = layouts.rows, softmax = through_softmax](const Run& run, std::span<void* const> p) {
        cross_entropy_gradient_rows(run.threads, rows, softmax, in(p[0]), in(p[1]), in(p[2]), out(p[3]));
      });
  if (through_softmax) step.fused = "softmax";
}

Value cross_entropy(Builder& builder, Value target, Value predicted, const CrossEntropyArgs& args) {
  const Dims& dims = builder.dims(predicted);
  if (args.axis < 0 || args.axis >= static_cast<int>(dims.size()))
    throw ShapeError(cat("cross_entropy: there is no axis ", args.axis, " in ", to_string(dims)));
  const Dims rows = row_dims(dims, args.axis), expected = args.sparse ? rows : dims;
  if (builder.dims(target) != expected)
    throw ShapeError(cat("cross_entropy: target must have dims ", to_string(expected), "; received ",
                         to_string(builder.dims(target))));
  return builder.append(std::make_shared<CrossEntropy>(args), {target, predicted}, {rows})[0];
}

}  // namespace graft::ops
