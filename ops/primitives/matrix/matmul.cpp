// This file has products of matrices, in batches.

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/matrix/own_product.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// Inputs: a (..., M, K), b (..., K, N), each perhaps transposed; leading dims are equal or 1.
class Matmul final : public Primitive {
 public:
  Matmul(bool transpose_a, bool transpose_b) : transpose_a_(transpose_a), transpose_b_(transpose_b) {}
  std::string_view name() const override { return "matmul"; }
  std::string attributes() const override {
    return cat(transpose_a_ ? "a^T" : "", transpose_a_ && transpose_b_ ? " " : "", transpose_b_ ? "b^T" : "");
  }

  Values gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value a = self.inputs[0], b = self.inputs[1], dc = diff_dst[0];
    Values out(2);
    if (wanted[0])
      out[0] = builder.sum_to(
          transpose_a_ ? builder.matmul(b, dc, transpose_b_, true) : builder.matmul(dc, b, false, !transpose_b_),
          builder.dims(a));
    if (wanted[1])
      out[1] = builder.sum_to(
          transpose_b_ ? builder.matmul(dc, a, true, transpose_a_) : builder.matmul(a, dc, !transpose_a_, false),
          builder.dims(b));
    return out;
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const auto given = [&](size_t k, bool transpose) {
      return (transpose ? transposed_factor : factor)(lowering, self.inputs[k]);
    };
    const Operand a = given(0, transpose_a_), b = given(1, transpose_b_);
    const Dims& dims = lowering.dims(self.outputs[0]);
    const memory::desc to = onednn::row_major(dims);
    const ProductSize size{dims[dims.size() - 2], dims.back(), onednn::dims(a.md).back()};
    if (elements(dims) == size.rows * size.columns && prefers_own_product(size, {}, lowering.ahead(self.inputs[1]))) {
      own_product(lowering, self, {a, b}, lowering.define(self.outputs[0], to));
      return;
    }
    const auto pd = onednn::make_pd<dnnl::matmul>(onednn::user_scratchpad(), a.md, b.md, to);
    Step& step = lowering.primitive(self, pd, dnnl::matmul(pd),
                                    {{DNNL_ARG_SRC, a, false},
                                     {DNNL_ARG_WEIGHTS, b, false},
                                     {DNNL_ARG_DST, lowering.define(self.outputs[0], to), true}});
    step.flop = 2.0 * static_cast<double>(elements(dims)) * static_cast<double>(size.depth);
  }

 private:
  bool transpose_a_, transpose_b_;
};

Dims with_last(Dims dims, int64_t rows, int64_t columns) {
  dims[dims.size() - 2] = rows;
  dims[dims.size() - 1] = columns;
  return dims;
}

Dims product_dims(const Dims& a, const Dims& b, bool transpose_a, bool transpose_b) {
  const size_t rank = a.size();
  const auto last = [](const Dims& dims, bool first) { return dims[dims.size() - (first ? 2 : 1)]; };
  bool fits = rank >= 2 && b.size() == rank && last(a, transpose_a) == last(b, !transpose_b);
  Dims out = a;
  for (size_t i = 0; fits && i + 2 < rank; ++i) {
    fits = a[i] == b[i] || a[i] == 1 || b[i] == 1;
    out[i] = a[i] == 1 ? b[i] : a[i];
  }
  if (!fits)
    throw ShapeError(cat("matmul: a ", to_string(a), transpose_a ? " transposed" : "", " does not fit b ", to_string(b),
                         transpose_b ? " transposed" : ""));
  return with_last(out, last(a, !transpose_a), last(b, transpose_b));
}

}  // namespace

// Dims of 1 are put before those of the operand with the smaller rank.
Value Builder::matmul(Value a, Value b, bool transpose_a, bool transpose_b) {
  const size_t rank = std::max(dims(a).size(), dims(b).size());
  const auto filled = [&](Value v) {
    Dims full = dims(v);
    if (full.size() == rank || full.size() < 2) return v;
    full.insert(full.begin(), rank - full.size(), 1);
    return reshape(v, full);
  };
  a = filled(a);
  b = filled(b);
  const Dims to = product_dims(dims(a), dims(b), transpose_a, transpose_b);
  return append(std::make_shared<Matmul>(transpose_a, transpose_b), {a, b}, {to})[0];
}

}  // namespace graft::ops
