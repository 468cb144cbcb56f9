#pragma once

// Internal: loops over tensors of any strided layout.

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "graft/ops/program/dims.h"

namespace graft::ops {

/// Dims over which several operands are walked together, each with its own strides (in elements; 0 repeats a value).
/// Levels are ordered by the strides of operand 0, so that the innermost loop runs along its memory. Neighbouring
/// levels that are contiguous in every operand are joined.
struct LoopNest {
  static constexpr size_t kOperands = 4, kLevels = 12;  // oneDNN's limit of dims
  using Strides = std::array<int64_t, kOperands>;
  size_t operands = 0, levels = 0;
  std::array<int64_t, kLevels> extents = {};  // outermost first
  std::array<Strides, kLevels> strides = {};
  std::array<bool, kOperands> narrow = {};  ///< in memory it is bfloat16; blocks always get floats
};

/// `strides[k]` are the strides of operand k, one for each of the dims.
LoopNest loop_nest(const Dims& dims, const std::vector<Dims>& strides);

/// The two innermost levels of a nest, at one place of the outer ones.
struct Block {
  int64_t rows = 1, columns = 1;
  std::array<float*, LoopNest::kOperands> data = {};
  LoopNest::Strides row_strides = {}, column_strides = {};
};

using BlockKernel = std::function<void(const Block&)>;

/// Cuts the nest into blocks and calls the body on each, on up to `threads` threads. `cost` is the number of operations
/// that the body does for each element.
void for_each_block(const LoopNest& nest, std::span<void* const> operands, int threads, const BlockKernel& body,
                    int64_t cost = 1);

/// The number of elements from which a further thread pays: starting one costs about half a microsecond.
constexpr int64_t kGrain = 1 << 15;

}  // namespace graft::ops
