#include "graft/ops/primitives/matrix/own_product.h"

#include <algorithm>
#include <utility>

#include "graft/ops/kernels/product/large_product.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

Operand with_last_axes_swapped(const Operand& x) {
  std::vector<int> axes(onednn::dims(x.md).size());
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int>(i);
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return {x.buffer, onednn::permuted(x.md, axes)};
}

/// The strides of the last two axes of an operand; those before them are 1. Runs only add the address.
MatrixView view(const Operand& x) {
  const Dims strides = onednn::strides(x.md);
  return {nullptr, strides[strides.size() - 2], strides.back()};
}
MatrixView at(const MatrixView& view, void* data) { return {in(data), view.row, view.column}; }

ProductSize size_of(const Factors& factors) {
  const Dims left = onednn::dims(factors.left.md), right = onednn::dims(factors.right.md);
  return {left[left.size() - 2], right.back(), left.back()};
}

double flop(const ProductSize& size) {
  return 2.0 * static_cast<double>(size.rows) * static_cast<double>(size.columns) * static_cast<double>(size.depth);
}

/// The right matrix as the kernel reads it. One that is known ahead of the runs is packed ahead of them.
Operand packed(Lowering& lowering, const Instruction& self, const ProductSize& size, const Operand& right) {
  const Operand to = lowering.scratch(onednn::row_major({packed_floats(size)}));
  lowering.kernel(self, "pack_product", {right}, {to},
                  [size, from = view(right)](const Run& run, std::span<void* const> p) {
                    pack_right(run.threads, size, at(from, p[0]), out(p[1]));
                  });
  return to;
}

}  // namespace

bool prefers_own_product(const ProductSize& size, const std::optional<EltwiseArgs>& activation, bool ahead) {
  constexpr int64_t kFewestRows = 16, kFewestToPack = 64;  // rows that pay for packing the right matrix in each run
  constexpr int64_t kLeast = 32;                           // of columns and depth
  return onednn::has_avx2() && !onednn::has_avx512() && size.rows >= (ahead ? kFewestRows : kFewestToPack) &&
         size.columns >= kLeast && size.depth >= kLeast && (!activation || product_applies(*activation));
}

Operand factor(Lowering& lowering, Value v) {
  const Operand x = lowering.operand(v);
  if (!onednn::is_dense(x.md)) return lowering.row_major(v);
  const Dims strides = onednn::strides(x.md);
  return std::min(strides.back(), strides[strides.size() - 2]) == 1 ? x : lowering.row_major(v);
}

Operand transposed_factor(Lowering& lowering, Value v) { return with_last_axes_swapped(factor(lowering, v)); }

Step& own_product(Lowering& lowering, const Instruction& self, const Factors& factors, const Operand& to) {
  const ProductSize size = size_of(factors);
  const int threads = lowering.threads_for(static_cast<int64_t>(flop(size)), Lowering::kFlopGrain);
  const Operand right = packed(lowering, self, size, factors.right);
  std::vector<Operand> sources{factors.left, right};
  if (factors.bias) sources.push_back(factors.bias);
  Step& step = lowering.kernel(self, "product", sources,
                               {to, lowering.scratch(onednn::row_major({large_product_scratch(threads)}))},
                               [size, threads, left = view(factors.left), biased = bool(factors.bias),
                                activation = factors.activation](const Run& run, std::span<void* const> p) {
                                 const std::span<void* const> results = p.subspan(biased ? 3 : 2);
                                 large_product(std::min(run.threads, threads), size, at(left, p[0]), in(p[1]),
                                               {biased ? in(p[2]) : nullptr, activation ? &*activation : nullptr},
                                               out(results[0]), size.columns, out(results[1]));
                               });
  step.flop = flop(size);
  return step;
}

}  // namespace graft::ops
