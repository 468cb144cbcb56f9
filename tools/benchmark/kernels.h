#pragma once

namespace graft::bench {

/// Prints, for Graft's kernels and the oneDNN primitives that they replace, both times, measured in turns, their ratio
/// and the names of both implementations. Uses all cores and `runs` turns.
void time_kernels(int runs);

}  // namespace graft::bench
