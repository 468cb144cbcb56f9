#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace graft {

/// Zeroed memory, aligned to 64 bytes; never null. Pages are taken from the machine as they are first written.
/// Throws BackendError naming `what` when the machine has less memory.
std::shared_ptr<std::byte> zeroed_memory(size_t bytes, const std::string& what);

/// The bytes of the largest cache; 0 if the machine does not report them.
size_t cache_bytes();

}  // namespace graft
