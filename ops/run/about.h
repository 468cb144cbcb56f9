#pragma once

#include <string>

namespace graft {

/// What this library was made of, and what it chooses on this machine.
struct About {
  std::string version;     ///< "0.1.0"
  std::string onednn;      ///< the version of the oneDNN that is loaded
  std::string compiler;    ///< "GCC 12.2.0"
  std::string kernel_isa;  ///< of Graft's own kernels: "avx2"
  std::string onednn_isa;  ///< the largest that oneDNN uses: "avx512_core_bf16"
};
About about();

}  // namespace graft
