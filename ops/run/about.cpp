#include "graft/ops/run/about.h"

#include "graft/core/onednn.h"
#include "graft/ops/kernels/base/isa.h"

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

// Asks what the loader asked when it picked among the clones of each GRAFT_KERNEL function.
static const char* kernel_isa() {
#if defined(GRAFT_KERNEL_CLONES)
  if (__builtin_cpu_supports("x86-64-v4")) return "avx512";
  return __builtin_cpu_supports("x86-64-v3") ? "avx2" : "sse2";
#else
  return "baseline";
#endif
}

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
