// Cross-entropy of classes: a loss per row and its gradient, in one loop over the row each. As elementary instructions
// they are twenty, with a pass over memory for each.

#include "graft/ops/primitives/reduction/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/map.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/kernels/row_math.h"
#include "graft/ops/kernels/vector_math.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/reduction/softmax.h"

namespace graft::ops {

namespace {

constexpr float kLeast = 1e-7f, kMost = 1 - 1e-7f;

GRAFT_INLINE float clipped(float share) {
  const float above = share < kLeast ? kLeast : share;
  return above > kMost ? kMost : above;
}

GRAFT_INLINE bool within(float share) { return share > kLeast && share <= kMost; }

// The class that a number names; -1: none.
GRAFT_INLINE int64_t class_of(float number, int64_t n) {
  if (!(number >= 0 && number < static_cast<float>(n))) return -1;
  const auto k = static_cast<int64_t>(number);
  return static_cast<float>(k) == number ? k : -1;
}

GRAFT_KERNEL void losses(const CrossEntropyArgs& args, const float* t, const float* x, float* loss, int64_t rows,
                         int64_t n) {
  for (int64_t r = 0; r < rows; ++r, x += n, t += args.sparse ? 1 : n) {
    const int64_t k = args.sparse ? class_of(*t, n) : 0;
    if (k < 0) {
      loss[r] = 0;
    } else if (args.from_logits) {
      const float top = largest(x, n);
      const float shift = top + std::log(sum(n, [x, top](int64_t i) { return vector_exp(x[i] - top); }));
      loss[r] = args.sparse ? shift - x[k] : sum(n, [=](int64_t i) { return t[i] * (shift - x[i]); });
    } else {
      const float total = sum(n, [x](int64_t i) { return x[i]; });
      loss[r] = args.sparse ? -std::log(clipped(x[k] / total))
                            : -sum(n, [=](int64_t i) { return t[i] * vector_log(clipped(x[i] / total)); });
    }
  }
}

// Of logits z: g (softmax(z) sum(t) - t).
GRAFT_KERNEL void logit_gradients(bool sparse, const float* t, const float* x, const float* g, float* dx, int64_t rows,
                                  int64_t n) {
  for (int64_t r = 0; r < rows; ++r, x += n, dx += n, t += sparse ? 1 : n) {
    const int64_t k = sparse ? class_of(*t, n) : -1;
    const float weight = sparse ? (k < 0 ? 0.f : 1.f) : sum(n, [t](int64_t i) { return t[i]; });
    const float top = largest(x, n), own = g[r];
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) dx[i] = vector_exp(x[i] - top);
    const float factor = own * weight / sum(n, [dx](int64_t i) { return dx[i]; });
    if (sparse) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dx[i] *= factor;
      if (k >= 0) dx[k] -= own;
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dx[i] = dx[i] * factor - own * t[i];
    }
  }
}

// Of shares p with the sum s: d / s - D / s^2, where d = -g t s / p within the bounds and 0 beyond, D = sum(d p).
// Behind a softmax, whose own gradient is p (dp - sum(dp p)), the sum is 0.
GRAFT_KERNEL void share_gradients(bool sparse, bool softmax, const float* t, const float* p, const float* g, float* dp,
                                  int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, p += n, dp += n, t += sparse ? 1 : n) {
    const float total = sum(n, [p](int64_t i) { return p[i]; }), inverse = 1 / total, own = g[r];
    float moment = 0, single = 0;
    const int64_t k = sparse ? class_of(*t, n) : -1;
    if (sparse) {
      if (k >= 0 && within(p[k] / total)) {
        single = -own / (p[k] / total);
        moment = single * p[k];
      }
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dp[i] = 0;
      if (k >= 0) dp[k] = single;
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) {
        const float share = p[i] / total, d = -own * t[i] / share;
        dp[i] = within(share) ? d : 0.f;
      }
      moment = sum(n, [dp, p](int64_t i) { return dp[i] * p[i]; });
    }
    const float shift = moment * inverse * inverse;
    if (softmax) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dp[i] = p[i] * (dp[i] * inverse - shift);
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dp[i] = dp[i] * inverse - shift;
    }
  }
}

std::string text(const CrossEntropyArgs& args) {
  return cat("axis=", args.axis, args.from_logits ? " from_logits" : "", args.sparse ? " sparse" : "");
}

Dims row_dims(Dims dims, int axis) {
  dims[static_cast<size_t>(axis)] = 1;
  return dims;
}

// How the operands lie: rows of classes, and one number a row in the same order.
struct Rows {
  memory::desc classes, single;
  int64_t n, count;

  Rows(Lowering& lowering, Value predicted, int axis)
      : classes(rows_layout(lowering, predicted, axis)),
        single(dense_like(classes, row_dims(lowering.dims(predicted), axis))),
        n(lowering.dims(predicted)[static_cast<size_t>(axis)]),
        count(elements(lowering.dims(predicted)) / n) {}

  int64_t grain() const { return std::max<int64_t>(1, kGrain / 8 / n); }
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
    const Rows rows(lowering, self.inputs[1], args_.axis);
    const Operand target = lowering.as(self.inputs[0], args_.sparse ? rows.single : rows.classes),
                  predicted = lowering.as(self.inputs[1], rows.classes);
    lowering.kernel(
        self, "cross_entropy", {target, predicted}, {lowering.define(self.outputs[0], rows.single)},
        [args = args_, n = rows.n, count = rows.count, grain = rows.grain()](const Run& run, std::span<void* const> p) {
          parallel_for(run.threads, count, grain, [&](int64_t begin, int64_t end) {
            losses(args, in(p[0]) + begin * (args.sparse ? 1 : n), in(p[1]) + begin * n, out(p[2]) + begin, end - begin,
                   n);
          });
        });
  }

 private:
  Value log_shares(Builder& b, Value predicted) const {
    if (args_.from_logits) return b.softmax(predicted, args_.axis, true);
    const Value shares = b.div(predicted, b.reduce(Reduction::sum, predicted, {args_.axis}));
    return b.eltwise(b.eltwise(shares, Eltwise::clip, kLeast, kMost), Eltwise::log);
  }

  CrossEntropyArgs args_;
};

}  // namespace

std::string CrossEntropyBackward::attributes() const { return text(args) + (through_softmax ? " softmax" : ""); }

void CrossEntropyBackward::realise(Lowering& lowering, const Instruction& self) const {
  const Rows rows(lowering, self.inputs[1], args.axis);
  const Operand target = lowering.as(self.inputs[0], args.sparse ? rows.single : rows.classes),
                predicted = lowering.as(self.inputs[1], rows.classes), diff = lowering.as(self.inputs[2], rows.single);
  Step& step = lowering.kernel(self, "cross_entropy_backward", {target, predicted, diff},
                               {lowering.define(self.outputs[0], rows.classes)},
                               [args = args, softmax = through_softmax, n = rows.n, count = rows.count,
                                grain = rows.grain()](const Run& run, std::span<void* const> p) {
                                 parallel_for(run.threads, count, grain, [&](int64_t begin, int64_t end) {
                                   const float* t = in(p[0]) + begin * (args.sparse ? 1 : n);
                                   if (args.from_logits)
                                     logit_gradients(args.sparse, t, in(p[1]) + begin * n, in(p[2]) + begin,
                                                     out(p[3]) + begin * n, end - begin, n);
                                   else
                                     share_gradients(args.sparse, softmax, t, in(p[1]) + begin * n, in(p[2]) + begin,
                                                     out(p[3]) + begin * n, end - begin, n);
                                 });
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
