#include "graft/tools/benchmark/cases/kernel_cases.h"

#include "graft/tools/benchmark/cases/attention.h"
#include "graft/tools/benchmark/cases/elements.h"
#include "graft/tools/benchmark/cases/images.h"
#include "graft/tools/benchmark/cases/products.h"
#include "graft/tools/benchmark/cases/recurrent.h"
#include "graft/tools/benchmark/cases/rows.h"

namespace graft::bench {

const KernelCases& kernel_cases() {
  static const KernelCases all = [] {
    KernelCases out;
    add_norms(out);
    add_rows_of_classes(out);
    add_reductions(out);
    add_products(out);
    add_attention(out);
    add_resampling(out);
    add_poolings(out);
    add_moves(out);
    add_indexing(out);
    add_elementwise(out);
    add_random(out);
    add_optimizers(out);
    add_recurrent(out);
    return out;
  }();
  return all;
}

}  // namespace graft::bench
