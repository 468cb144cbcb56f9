#pragma once

// Internal: what is computed from weights alone, ahead of the runs, and shared by all that compute the same from them
// (docs/decisions/003-prepared-weights.md).

#include <memory>
#include <mutex>

#include "graft/ops/lower/step.h"

namespace graft {

/// Memory that waits to be used again.
class Spare {
 public:
  void give(std::shared_ptr<std::byte> memory);
  std::shared_ptr<std::byte> take();  ///< null when there is none

 private:
  std::mutex mutex_;
  std::shared_ptr<std::byte> memory_;
};

/// The values of one prepared buffer for one version of the variables that they are made of. They stay as they are
/// while anybody holds them; the last holder gives their memory back.
struct Packed {
  Packed(std::shared_ptr<std::byte> bytes, std::vector<uint64_t> of, std::shared_ptr<Spare> home)
      : memory(std::move(bytes)), versions(std::move(of)), spare(std::move(home)) {}
  ~Packed() { spare->give(std::move(memory)); }
  Packed(const Packed&) = delete;
  Packed& operator=(const Packed&) = delete;

  std::shared_ptr<std::byte> memory;
  std::vector<uint64_t> versions;
  std::shared_ptr<Spare> spare;
};

/// How a buffer is made: a step, and how that step's operands are made, down to variables and constants. All
/// Executables share one object for buffers that are made in the same way; it keeps the latest result.
class Derivation {
 public:
  /// The existing one of this key, these layouts and these sources, or a new one.
  static std::shared_ptr<Derivation> of(std::string key, std::vector<ops::memory::desc> layouts,
                                        std::vector<std::shared_ptr<Derivation>> from);
  /// The result for these versions; null when it is not there.
  std::shared_ptr<Packed> find(const std::vector<uint64_t>& versions) const;
  /// Memory for a new result; reuses that of an old result without readers.
  std::shared_ptr<Packed> make(size_t bytes, std::vector<uint64_t> versions);
  /// Keeps a result, unless another thread was faster. Returns the one that is kept.
  std::shared_ptr<Packed> keep(std::shared_ptr<Packed> made);
  uint64_t id() const { return id_; }

 private:
  std::vector<ops::memory::desc> layouts_;
  std::vector<std::shared_ptr<Derivation>> from_;  // named in the key by their ids, so they live as long
  uint64_t id_ = 0;
  mutable std::mutex mutex_;  // guards latest_
  std::shared_ptr<Packed> latest_;
  std::shared_ptr<Spare> spare_ = std::make_shared<Spare>();
};

/// A buffer that the runs read, and what it is made of.
struct PreparedBuffer {
  size_t buffer;
  std::shared_ptr<Derivation> derivation;
  std::vector<size_t> sources;  ///< indices into the variables that the Executable reads
};

/// All prepared buffers that the runs of an Executable read, of one moment. Several sets may be in use while training
/// goes on beside inference.
struct PreparedSet {
  std::vector<std::shared_ptr<Packed>> buffers;  // in the order of the PreparedBuffers
  std::vector<uint64_t> versions;                // of the variables that the Executable reads
};

/// The buffers that the prepared steps make and the main ones read. `read` are the variables behind them.
std::vector<PreparedBuffer> prepared_buffers(const std::vector<const ops::Step*>& prepared,
                                             const std::vector<const ops::Step*>& main,
                                             const std::vector<ops::Buffer>& buffers,
                                             const std::vector<Variable>& read);

}  // namespace graft
