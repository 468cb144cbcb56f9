#pragma once

// Internal: cases of kernels over single elements, and of kernels that take rows by number.

#include "graft/tools/benchmark/cases/kernel_case.h"

namespace graft::bench {

/// An optimizer's rule with its number of slots and its settings; the size of a case holds its index.
struct OptimizerCase {
  std::string rule;
  size_t slots;
  std::vector<float> settings;
};
const std::vector<OptimizerCase>& optimizer_cases();
constexpr float kOptimizerRate = 0.01f, kOptimizerDecay = 0.125f;

constexpr uint64_t kRandomSeed = 7, kRandomSalt = 3;  ///< of the stream from which kernels draw random numbers

void add_indexing(KernelCases& all);
void add_elementwise(KernelCases& all);
void add_random(KernelCases& all);
void add_optimizers(KernelCases& all);

}  // namespace graft::bench
