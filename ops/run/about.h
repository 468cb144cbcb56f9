#pragma once

#include <string>

namespace graft {

/// What this library was built from, and which instruction sets it uses on this machine.
struct About {
  std::string version;     ///< "0.1.0"
  std::string onednn;      ///< the version of the oneDNN that is loaded
  std::string compiler;    ///< "GCC 12.2.0"
  std::string kernel_isa;  ///< the instruction set of Graft's kernels: "avx2"
  std::string onednn_isa;  ///< the largest instruction set that oneDNN uses: "avx512_core_bf16"
};
About about();

}  // namespace graft
