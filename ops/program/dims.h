#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace graft::ops {

/// Sizes of a value along its axes, or one number per axis, in elements.
using Dims = std::vector<int64_t>;

std::string to_string(const Dims& dims);  ///< "(32,64,16,16)"
int64_t elements(const Dims& dims);       ///< their product

}  // namespace graft::ops
