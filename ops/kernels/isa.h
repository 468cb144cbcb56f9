#pragma once

// Internal: how the loops of own kernels are compiled.

/// Compiles a function for several instruction sets and picks the machine's at load (GCC). For loops over floats. Both
/// sets have fused multiply-add for every vector length, so that an element's bits do not depend on where in a loop it
/// is.
#if defined(__x86_64__) && !defined(GRAFT_NO_TARGET_CLONES)
#define GRAFT_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GRAFT_KERNEL
#endif

/// Becomes a part of the GRAFT_KERNEL function that calls it, and so is compiled for each of its instruction sets.
#define GRAFT_INLINE inline __attribute__((always_inline))
