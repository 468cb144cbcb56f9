#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// How oneDNN would run a convolution: by its reference (hundreds of times slower than direct code), by a matrix
/// product (a few times slower), or by code made for convolutions. Passes ask for this before they rewrite one.
enum class Speed { reference, by_gemm, direct };
/// forward_sum computes dst += conv(src, weights).
enum class ConvKind { forward, forward_sum, backward_data, backward_weights };

struct ConvDims {
  Dims src, weights, dst;
};
Speed conv_speed(ConvKind kind, const ConvDims& dims, const ConvArgs& args);

}  // namespace graft::ops
