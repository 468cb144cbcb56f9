#include "graft/ops/compile/executable_state.h"

namespace graft {

size_t packed_bytes(const ExecutableState& state) {
  size_t bytes = 0;
  for (const PreparedBuffer& kept : state.kept) bytes += state.buffers[kept.buffer].bytes;
  return bytes;
}

}  // namespace graft
