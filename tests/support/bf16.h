#pragma once

// What can be tested in bfloat16 on this CPU.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "graft/core/onednn.h"

namespace graft::test {

/// Decorates a test case that computes in bfloat16: CTest tells that it was skipped where the CPU does not.
inline doctest::skip needs_bf16() { return doctest::skip(!onednn::has_bf16()); }

/// The precisions that this CPU computes in.
inline std::vector<std::string> precisions() {
  if (onednn::has_bf16()) return {"float32", "bf16"};
  return {"float32"};
}

}  // namespace graft::test
