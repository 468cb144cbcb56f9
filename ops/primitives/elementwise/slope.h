#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// True for functions without a gradient: it is 0 wherever it exists.
bool is_flat(Eltwise algorithm);
/// The derivative, at x, of an elementwise function that oneDNN lacks, as instructions; y is f(x). Empty for the
/// functions of oneDNN.
Value slope_of(Builder& b, const EltwiseArgs& function, Value x, Value y);

}  // namespace graft::ops
