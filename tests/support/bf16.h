#pragma once

// What can be tested in bfloat16 on this CPU.

#include <doctest/doctest.h>

#include <vector>

#include "graft/core/onednn.h"
#include "graft/ops/program/precision.h"

namespace graft::test {

/// Decorates a test case that computes in bfloat16: CTest tells that it was skipped where the CPU does not.
inline doctest::skip needs_bf16() { return doctest::skip(!onednn::has_bf16()); }

/// The precisions that this CPU computes in.
inline std::vector<Precision> precisions() {
  std::vector<Precision> all{Precision("float32")};
  if (onednn::has_bf16()) all.push_back("bf16");
  return all;
}

}  // namespace graft::test
