#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// How oneDNN would run a convolution: by its reference (hundreds of times slower), by way of a matrix product (a few
/// times), or by code made for it. Passes ask before they change one.
enum class Speed { reference, by_gemm, direct };
enum class ConvKind {
  forward,
  forward_sum,
  backward_data,
  backward_weights
};  // forward_sum: dst += conv(src, weights)

struct ConvDims {
  Dims src, weights, dst;
};
Speed conv_speed(ConvKind kind, const ConvDims& dims, const ConvArgs& args);

}  // namespace graft::ops
