#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "graft/tools/benchmark/cases/kernel_cases.h"

namespace graft::test {

using Numbers = std::vector<std::vector<double>>;  ///< one array for each operand

/// What a kernel computes, as plain loops in float64. `out` comes with what the destinations hold before and takes the
/// results; it is resized to those that are to be compared, where scratch comes behind them.
using PlainKernel = std::function<void(const ops::Dims& size, const Numbers& in, Numbers& out)>;

/// Runs the kernel's cases with one thread, two and three. Checks (doctest) that no number of threads changes a bit,
/// and that results differ from the plain ones by at most `tolerance` of the largest of an array, or of 1.
void check_kernel(std::string_view kernel, double tolerance, const PlainKernel& plain);

}  // namespace graft::test
