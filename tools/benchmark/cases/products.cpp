#include "graft/tools/benchmark/cases/products.h"

#include "graft/ops/kernels/product/large_product.h"

namespace graft::bench {

namespace {

using ops::Dims;
using ops::Eltwise;
using ops::EltwiseArgs;
using ops::MatrixView;
using ops::ProductSize;
using Sources = std::span<const float* const>;
using Destinations = std::span<float* const>;

constexpr int kMostThreads = 3;  // of the tests

MatrixView view(const float* data, int64_t rows, int64_t columns, bool transposed) {
  return transposed ? MatrixView{data, 1, rows} : MatrixView{data, columns, 1};
}

KernelCase product(const Dims& size, const std::string& title = {}) {
  const ProductSize of{size[0], size[1], size[2]};
  const auto run = [of, size](int threads, Sources in, Destinations out) {
    const EltwiseArgs activation{static_cast<Eltwise>(size[5]), 0.5f, 0.75f};
    ops::pack_right(threads, of, view(in[1], of.depth, of.columns, size[4] != 0), out[1]);
    ops::large_product(threads, of, view(in[0], of.rows, of.depth, size[3] != 0), out[1],
                       {in[2], size[5] < 0 ? nullptr : &activation}, out[0], of.columns, out[2]);
  };
  return {"product",
          size,
          {{of.rows * of.depth}, {of.depth * of.columns}, {of.columns}},
          {of.rows * of.columns, ops::packed_floats(of), ops::large_product_scratch(kMostThreads)},
          run,
          title};
}

}  // namespace

void add_products(KernelCases& out) {
  constexpr int64_t kNone = -1;
  for (const int64_t odd : kOddSizes)
    for (const bool left : {false, true})
      for (const bool right : {false, true}) {
        out.push_back(product({odd, 2 * odd, 3 * odd, left, right, kNone}));
        out.push_back(product({100 + odd, 30 + odd, 250 + odd, left, right, kNone}));
      }
  for (const Eltwise function : {Eltwise::relu, Eltwise::tanh, Eltwise::logistic, Eltwise::elu, Eltwise::gelu_erf,
                                 Eltwise::gelu_tanh, Eltwise::swish, Eltwise::linear, Eltwise::clip})
    out.push_back(product({20, 35, 300, false, false, static_cast<int64_t>(function)}));
  out.push_back(product({512, 512, 512, false, false, kNone}, "product (512, 512) (512, 512)"));
  out.push_back(product({512, 256, 512, false, true, kNone}, "product (512, 512) (256, 512)^T"));
  out.push_back(product({512, 256, 512, true, false, kNone}, "product (512, 512)^T (512, 256)"));
  out.push_back(product({128, 1024, 256, false, false, kNone}, "product (128, 256) (256, 1024)"));
}

}  // namespace graft::bench
