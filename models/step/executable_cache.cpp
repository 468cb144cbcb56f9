#include "graft/models/step/executable_cache.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iomanip>

#include "graft/core/random.h"

namespace graft {

// Bytes that a program may still allocate without swapping.
static int64_t free_memory() {
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("MemAvailable:")) return std::stoll(line.substr(13)) * 1024;
  return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
}

static std::string gibibytes(int64_t bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / (1 << 30) << " GiB";
  return text.str();
}

void check_fits(const Executable& executable, int64_t batch) {
  const int64_t needed = executable.peak_bytes(), available = free_memory();
  if (needed <= available) return;
  const double share = static_cast<double>(available) / 2 / static_cast<double>(needed);
  throw BackendError(
      cat("a batch of ", batch, " needs ", gibibytes(needed), " of memory; ", gibibytes(available), " are free"))
      .hint(cat("a batch of ", std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(batch) * share)),
                " would fit."));
}

ExecutableCache::Lease::Lease(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {
  {
    const std::lock_guard lock(entry_->mutex);
    if (!entry_->idle.empty()) {
      context_ = std::move(entry_->idle.back());
      entry_->idle.pop_back();
      return;
    }
  }
  context_ = std::make_unique<Context>(entry_->executable.context());
  context_->set_seed(next_random_stream().next());
}

ExecutableCache::Lease::~Lease() {
  const std::lock_guard lock(entry_->mutex);
  entry_->idle.push_back(std::move(context_));
}

std::shared_ptr<ExecutableCache::Entry> ExecutableCache::entry(const std::string& key,
                                                               const std::function<Executable()>& make) {
  const std::shared_ptr<Entry> entry = find(key);
  const std::lock_guard lock(entry->making);  // callers with this key wait, those with other keys do not
  if (!entry->executable) entry->executable = make();
  return entry;
}

std::shared_ptr<ExecutableCache::Entry> ExecutableCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry->key == key; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return entries_.front();
  }
  entries_.push_front(std::make_shared<Entry>());
  entries_.front()->key = key;
  if (entries_.size() > kCapacity) entries_.pop_back();
  return entries_.front();
}

ExecutableCache::Lease ExecutableCache::lease(const std::string& key, int64_t batch,
                                              const std::function<Executable()>& make) {
  return Lease(entry(key, [&] {
    Executable executable = make();
    check_fits(executable, batch);
    return executable;
  }));
}

Executable ExecutableCache::executable(const std::string& key, const std::function<Executable()>& make) {
  return entry(key, make)->executable;
}

void ExecutableCache::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

}  // namespace graft
