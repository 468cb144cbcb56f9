#include "graft/core/memory.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "graft/core/error.h"

namespace graft {

static constexpr size_t kAlignment = 64;

// Linux promises more memory than it has and kills a process that uses it, so that impossible sizes are refused here.
static size_t machine_bytes() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

std::shared_ptr<std::byte> zeroed_memory(size_t bytes, const std::string& what) {
  static const size_t most = machine_bytes();
  void* memory = bytes <= most ? std::calloc(bytes + kAlignment, 1) : nullptr;
  if (!memory) throw BackendError(cat(what, " needs ", bytes, " bytes; the machine has ", most));
  std::shared_ptr<void> owner(memory, std::free);
  const uintptr_t address = (reinterpret_cast<uintptr_t>(memory) + kAlignment - 1) / kAlignment * kAlignment;
  return {std::move(owner), reinterpret_cast<std::byte*>(address)};
}

// Linux prints sizes as "32768K". sysconf is not used, because it counts the caches of other sockets too.
size_t cache_bytes() {
  for (const int index : {3, 2}) {
    std::ifstream file(cat("/sys/devices/system/cpu/cpu0/cache/index", index, "/size"));
    size_t kibibytes = 0;
    if (file >> kibibytes) return kibibytes << 10;
  }
  return 0;
}

}  // namespace graft
