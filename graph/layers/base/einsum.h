#pragma once

#include <string>

#include "graft/ops/program/builder.h"

namespace graft {

/// An equation of Einstein's for two operands, "abc,cd->abd", with letters in the place of "...".
struct EinsumEquation {
  std::string left, right, result;
};

/// Reads an equation for operands of these ranks. "..." stands for the dimensions without a letter, which are at the
/// same side of each operand that has them. Throws ConfigError for another form and for a rank that does not fit.
EinsumEquation einsum_equation(const std::string& text, int64_t left_rank, int64_t right_rank);

/// The sums of products over the letters that the result does not have. Values are in Keras's order of axes.
ops::Value emit_einsum(ops::Builder& builder, const EinsumEquation& equation, ops::Value left, ops::Value right);

}  // namespace graft
