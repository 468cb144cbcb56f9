#include "graft/ops/run/about.h"

#include "graft/core/onednn.h"
#include "graft/ops/kernels/isa.h"

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

About about() {
  return {.version = GRAFT_VERSION,
          .onednn = loaded_onednn(),
          .compiler = compiler(),
          .kernel_isa = ops::kernel_isa(),
          .onednn_isa = onednn::isa_name()};
}

}  // namespace graft
