#include "graft/ops/primitives/matrix/rows_apart.h"

#include "graft/core/onednn.h"

namespace graft::ops {

namespace {

constexpr int64_t kPeriod = 64, kPage = 1024, kGap = 16;    // floats
constexpr int64_t kFewestColumns = 128, kFewestRows = 256;  // a copy is read once for each column of the other factor

bool is_matrix(const Operand& x) {
  return onednn::dims(x.md).size() == 2 && onednn::type_of(x.md) == memory::data_type::f32 && onednn::is_plain(x.md) &&
         onednn::strides(x.md)[1] == 1;
}

bool is_close(const Operand& x, int64_t period) { return onednn::strides(x.md)[0] % period == 0; }

Operand apart(Lowering& lowering, const Operand& x) {
  const Dims dims = onednn::dims(x.md);
  return lowering.reorder(x, memory::desc(dims, memory::data_type::f32, Dims{dims[1] + kGap, 1}),
                          "a product reads rows faster that are further apart");
}

}  // namespace

bool wants_rows_apart(const TallFactors& factors) {
  if (onednn::has_avx512() || !is_matrix(factors.a) || !is_matrix(factors.b)) return false;
  const Dims a = onednn::dims(factors.a.md), b = onednn::dims(factors.b.md);
  return a[0] >= kFewestRows && a[1] >= kFewestColumns && b[1] >= kFewestColumns &&
         (is_close(factors.b, kPeriod) || is_close(factors.a, kPage));
}

TallFactors with_rows_apart(Lowering& lowering, const TallFactors& factors) {
  if (!wants_rows_apart(factors)) return factors;
  TallFactors out = factors;
  const bool narrow = 2 * onednn::dims(factors.a.md)[1] <= onednn::dims(factors.b.md)[1];
  if (is_close(factors.a, narrow ? kPeriod : kPage)) out.a = apart(lowering, factors.a);
  if (is_close(factors.b, kPeriod)) out.b = apart(lowering, factors.b);
  return out;
}

}  // namespace graft::ops
