// This file has the cross-entropy of classes. The loss of a row and its gradient are computed in one loop over the row
// each. As elementary instructions they would be twenty, each with a pass over memory.

#include "graft/ops/primitives/reduction/cross_entropy.h"

#include <functional>
#include <numeric>

#include "graft/core/error.h"
#include "graft/ops/kernels/cross_entropy.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/elementwise/eltwise.h"
#include "graft/ops/primitives/movement/view.h"
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

// -- shares and what they were made of -------------------------------------------------------------------------------

namespace {

int64_t elements_before(const Dims& dims, int axis) {
  return std::accumulate(dims.begin(), dims.begin() + axis, int64_t{1}, std::multiplies<>());
}

// The axis of a reshaped value whose elements are those along this axis of the result; -1 where there is none.
int axis_before_reshape(const Dims& from, const Dims& to, int axis) {
  for (int i = 0; i < static_cast<int>(from.size()); ++i)
    if (from[static_cast<size_t>(i)] == to[static_cast<size_t>(axis)] &&
        elements_before(from, i) == elements_before(to, axis))
      return i;
  return -1;
}

// Walks back over the views that a value is seen through.
class Origin {
 public:
  Origin(Builder& builder, Value value, int axis) : builder_(builder), value_(value), axis_(axis) {
    while (const Instruction* made = producer()) {
      if (const auto* transposed = primitive_as<Transpose>(*made)) {
        if (axis_ >= 0) axis_ = transposed->permutation[static_cast<size_t>(axis_)];
      } else if (primitive_as<Reshape>(*made)) {
        const Program& program = builder_.program();
        if (axis_ >= 0) axis_ = axis_before_reshape(program.dims(made->inputs[0]), program.dims(value_), axis_);
      } else {
        break;
      }
      views_.push_back(made);
      value_ = made->inputs[0];
    }
  }

  const Instruction* producer() const {
    const int32_t made = builder_.program()[value_].producer;
    return made < 0 ? nullptr : &builder_.program().instructions[static_cast<size_t>(made)];
  }
  int axis() const { return axis_; }

  // Another value of the same dims, seen through the same views.
  Value seen(Value other) const {
    for (auto view = views_.rbegin(); view != views_.rend(); ++view) {
      if (const auto* transposed = primitive_as<Transpose>(**view))
        other = builder_.transpose(other, transposed->permutation);
      else
        other = builder_.reshape(other, primitive_as<Reshape>(**view)->dims);
    }
    return other;
  }

 private:
  Builder& builder_;
  Value value_;
  int axis_;
  std::vector<const Instruction*> views_;
};

}  // namespace

Value softmax_source(Builder& builder, Value shares, int axis) {
  const Origin origin(builder, shares, axis);
  const Instruction* made = origin.producer();
  const auto softmax = made ? softmax_args(*made) : std::nullopt;
  return softmax && !softmax->log && softmax->axis == origin.axis() ? origin.seen(made->inputs[0]) : Value{};
}

Value logistic_source(Builder& builder, Value shares) {
  const Origin origin(builder, shares, -1);
  const Instruction* made = origin.producer();
  const auto* function = made ? primitive_as<EltwiseForward>(*made) : nullptr;
  return function && function->args.algorithm == Eltwise::logistic ? origin.seen(made->inputs[0]) : Value{};
}

}  // namespace graft::ops
