#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace graft {

/// Zeroed memory, aligned to 64 bytes; never null. Pages are taken from the machine as they are first written.
/// Throws BackendError that names `what` when the machine has not that much.
std::shared_ptr<std::byte> zeroed_memory(size_t bytes, const std::string& what);

/// Bytes of the largest cache; 0 where the machine does not say.
size_t cache_bytes();

}  // namespace graft
