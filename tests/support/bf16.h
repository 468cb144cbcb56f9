#pragma once

// The tests in bfloat16 that this CPU can run.

#include <doctest/doctest.h>

#include <vector>

#include "graft/core/onednn.h"
#include "graft/ops/program/precision.h"

namespace graft::test {

/// Decorates a test case that computes in bfloat16: CTest reports it as skipped where the CPU does not.
inline doctest::skip needs_bf16() { return doctest::skip(!onednn::has_bf16()); }

/// The precisions that this CPU computes in.
inline std::vector<Precision> precisions() {
  std::vector<Precision> all{Precision("float32")};
  if (onednn::has_bf16()) all.push_back("bf16");
  return all;
}

}  // namespace graft::test
