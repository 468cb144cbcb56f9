#pragma once

// Internal: how the loops of own kernels are compiled, and for which vectors.

#include <cstdint>

/// Compiles a function over floats for several instruction sets; the machine's is picked when the library is loaded.
/// Both sets have fused multiply-add for every vector length, so that the bits of an element do not depend on where in
/// a loop it is.
/// Clang before 18 compiles the sets but never picks one of them, and gives its choosers of functions in unnamed
/// namespaces names that clash. Built by it, these loops are compiled once, for what the compiler's options name
/// (-march=x86-64-v3), by default for SSE2 alone: they are correct, and up to several times slower.
/// Clang 19 leaves out constructors that no other function calls, those of iterators among them: such a function calls
/// none.
#if defined(__x86_64__) && !defined(GRAFT_NO_TARGET_CLONES) && !(defined(__clang__) && __clang_major__ < 18)
#define GRAFT_KERNEL_CLONES
#define GRAFT_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GRAFT_KERNEL
#endif

/// The function becomes a part of the GRAFT_KERNEL function that calls it, and so is compiled for each of its
/// instruction sets.
#define GRAFT_INLINE inline __attribute__((always_inline))

namespace graft::ops {

/// Floats of the vectors that are written out by hand (lanes.h). There are not sixteen: where a register holds only
/// eight, GCC keeps longer vectors on the stack, which made the loops up to nine times slower.
constexpr int64_t kLanes = 8;

}  // namespace graft::ops
