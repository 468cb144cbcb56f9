#pragma once

// Internal: how the loops of own kernels are compiled.

/// Compiles a function for several instruction sets and picks the machine's at load. For loops over floats. Both sets
/// have fused multiply-add for every vector length, so that an element's bits do not depend on where in a loop it is.
/// Clang before 18 compiles the sets but never picks one of them, and gives its choosers of functions in unnamed
/// namespaces names that clash. Built by it, these loops are compiled once, for what the compiler's options name
/// (-march=x86-64-v3), by default for SSE2 alone: they are correct, and up to several times slower.
#if defined(__x86_64__) && !defined(GRAFT_NO_TARGET_CLONES) && !(defined(__clang__) && __clang_major__ < 18)
#define GRAFT_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GRAFT_KERNEL
#endif

/// Becomes a part of the GRAFT_KERNEL function that calls it, and so is compiled for each of its instruction sets.
#define GRAFT_INLINE inline __attribute__((always_inline))
