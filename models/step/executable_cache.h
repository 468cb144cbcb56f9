#pragma once

// Internal: keeps Executables and the Contexts that they run in.

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "graft/ops/run/executable.h"

namespace graft {

/// Throws BackendError when a Context of the Executable would need more memory than the machine has free. It compares
/// numbers and allocates nothing.
void check_fits(const Executable& executable, int64_t batch);

/// The most recently used Executables, by a key (shapes, threads). Any number of threads may run them: each borrows a
/// Context and returns it for the next.
class ExecutableCache {
  struct Entry {
    std::string key;
    std::mutex making = {};  // held while the executable is compiled
    Executable executable = {};
    std::mutex mutex = {};  // guards `idle`
    std::vector<std::unique_ptr<Context>> idle = {};
  };

 public:
  /// A Context for one caller, which returns it when this object is destroyed.
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

  /// Returns a Context of the Executable with this key, which `make` compiles when it is missing. Throws BackendError
  /// naming `batch` when it does not fit into memory.
  Lease lease(const std::string& key, int64_t batch, const std::function<Executable()>& make);
  Executable executable(const std::string& key, const std::function<Executable()>& make);
  void clear();

 private:
  static constexpr size_t kCapacity = 8;
  std::shared_ptr<Entry> entry(const std::string& key, const std::function<Executable()>& make);
  std::shared_ptr<Entry> find(const std::string& key);  // returns an entry that is not compiled yet when it is new
  std::mutex mutex_;                                    // guards entries_
  std::list<std::shared_ptr<Entry>> entries_;           // the most recently used first
};

}  // namespace graft
