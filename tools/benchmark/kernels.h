#pragma once

namespace graft::bench {

/// Prints, for own kernels and the oneDNN primitives that they stand in for, both times in turns, what both
/// implementations are called, and how many times as long the primitive takes. All cores; `runs` turns each.
void time_kernels(int runs);

}  // namespace graft::bench
