#pragma once

// Internal: what has been compiled so far, and the memory to run it with.

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "graft/ops/run/executable.h"

namespace graft {

/// Throws BackendError when a Context of the Executable would need more memory than the machine has free; nothing is
/// allocated for that.
void check_fits(const Executable& executable, int64_t batch);

/// Executables by a key (shapes, threads), the most recently used few. Any number of threads may run them: each takes a
/// Context of its own, and leaves it for the next.
class ExecutableCache {
  struct Entry {
    std::string key;
    std::mutex making = {};  // held while it is compiled
    Executable executable = {};
    std::mutex mutex = {};  // guards idle
    std::vector<std::unique_ptr<Context>> idle = {};
  };

 public:
  /// A Context for one caller, until this object dies.
  class Lease {
   public:
    explicit Lease(std::shared_ptr<Entry> entry);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Context& operator*() const { return *context_; }
    Context* operator->() const { return context_.get(); }

   private:
    std::shared_ptr<Entry> entry_;
    std::unique_ptr<Context> context_;
  };

  /// `make` compiles what is not there yet, `batch` is named when it does not fit into memory.
  Lease lease(const std::string& key, int64_t batch, const std::function<Executable()>& make);
  Executable executable(const std::string& key, const std::function<Executable()>& make);
  void clear();

 private:
  static constexpr size_t kCapacity = 8;
  std::shared_ptr<Entry> entry(const std::string& key, const std::function<Executable()>& make);
  std::shared_ptr<Entry> find(const std::string& key);  // added where it was not there, not compiled yet
  std::mutex mutex_;                                    // guards entries_
  std::list<std::shared_ptr<Entry>> entries_;           // the latest first
};

}  // namespace graft
