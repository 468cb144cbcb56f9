#include "graft/ops/kernels/isa.h"

namespace graft::ops {

#if defined(__x86_64__) && !defined(GRAFT_NO_TARGET_CLONES)

// The loader picks one of these as it picks among the clones of a GRAFT_KERNEL function.
__attribute__((target("arch=x86-64-v4"))) static const char* picked() { return "avx512"; }
__attribute__((target("arch=x86-64-v3"))) static const char* picked() { return "avx2"; }
__attribute__((target("default"))) static const char* picked() { return "sse2"; }

const char* kernel_isa() { return picked(); }

#else

const char* kernel_isa() { return "the compiler's default"; }

#endif

}  // namespace graft::ops
