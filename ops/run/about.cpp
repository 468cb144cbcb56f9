#include "graft/ops/run/about.h"

#include "graft/core/onednn.h"

namespace graft {

static std::string loaded_onednn() {
  const dnnl_version_t* version = dnnl_version();
  return cat(version->major, '.', version->minor, '.', version->patch);
}

static std::string compiler() {
#if defined(__clang__)
  return cat("Clang ", __clang_version__);
#else
  return cat("GCC ", __VERSION__);
#endif
}

#if defined(__x86_64__) && !defined(GRAFT_NO_TARGET_CLONES)
// The loader picks one of these by the same rule as one of the clones of a GRAFT_KERNEL function
// (ops/kernels/base/isa.h).
__attribute__((target("arch=x86-64-v4"))) static const char* kernel_isa() { return "avx512"; }
__attribute__((target("arch=x86-64-v3"))) static const char* kernel_isa() { return "avx2"; }
__attribute__((target("default"))) static const char* kernel_isa() { return "sse2"; }
#else
static const char* kernel_isa() { return "baseline"; }
#endif

static std::string onednn_isa() {
  using dnnl::cpu_isa;
  const auto bits = [](cpu_isa isa) { return static_cast<unsigned>(isa); };
  const unsigned used = bits(dnnl::get_effective_cpu_isa());
  struct Name {
    cpu_isa isa;
    const char* name;
  };
  for (const auto& [isa, name] :
       {Name{cpu_isa::avx512_core_amx, "avx512_core_amx"}, Name{cpu_isa::avx512_core_bf16, "avx512_core_bf16"},
        Name{cpu_isa::avx512_core_vnni, "avx512_core_vnni"}, Name{cpu_isa::avx512_core, "avx512_core"},
        Name{cpu_isa::avx2_vnni, "avx2_vnni"}, Name{cpu_isa::avx2, "avx2"}, Name{cpu_isa::avx, "avx"},
        Name{cpu_isa::sse41, "sse41"}})  // from the largest set to the smallest
    if ((used & bits(isa)) == bits(isa)) return name;
  return "none";
}

About about() {
  return {.version = GRAFT_VERSION,
          .onednn = loaded_onednn(),
          .compiler = compiler(),
          .kernel_isa = kernel_isa(),
          .onednn_isa = onednn_isa()};
}

}  // namespace graft
