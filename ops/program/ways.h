#pragma once

// Internal: how instructions can be realised other than by the rule of their primitive.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace graft::ops {

struct Program;
struct Instruction;

/// The names of all the ways; ways_of (ops/program/primitive.h) returns those that an instruction has.
namespace way {
inline constexpr std::string_view packed_weights = "packed weights", plain_weights = "plain weights", matmul = "matmul",
                                  pooling = "pooling", softmax = "softmax", resampling = "resampling",
                                  deconvolution = "deconvolution", weights_of_gradient = "weights as their gradient";
}  // namespace way

/// The way that instructions of a signature are to take; those that are not named follow their rule.
using Ways = std::map<std::string, std::string>;

/// What an instruction does, to operands of which dims and types: "inner_product (32,784) (784,10) (10) -> (32,10)".
std::string signature(const Program& program, const Instruction& instruction);

}  // namespace graft::ops
