#pragma once

// Internal: values that are computed from weights alone, ahead of the runs. All Executables that compute the same from
// the same weights share them (docs/decisions/003-prepared-weights.md).

#include <memory>
#include <mutex>

#include "graft/ops/lower/step.h"

namespace graft {

/// A block of memory that is free to be used again.
class Spare {
 public:
  void give(std::shared_ptr<std::byte> memory);
  std::shared_ptr<std::byte> take();  ///< null when there is none

 private:
  std::mutex mutex_;
  std::shared_ptr<std::byte> memory_;
};

/// The values of one prepared buffer, for one version of the variables that they are made from. They do not change
/// while anybody holds them. When the last holder lets go, their memory goes to `spare`.
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

/// How a buffer is made: by a step, whose operands are made by other steps, and so on back to variables and constants.
/// All Executables share one object for buffers that are made in the same way, and it keeps the latest result.
class Derivation {
 public:
  /// Returns the existing derivation with this key, these layouts and these sources, or a new one.
  static std::shared_ptr<Derivation> of(std::string key, std::vector<ops::memory::desc> layouts,
                                        std::vector<std::shared_ptr<Derivation>> from);
  /// Returns the result for these versions, or null if there is none.
  std::shared_ptr<Packed> find(const std::vector<uint64_t>& versions) const;
  /// Makes memory for a new result; reuses that of an old result without readers.
  std::shared_ptr<Packed> make(size_t bytes, std::vector<uint64_t> versions);
  /// Keeps the result, unless another thread has kept one for the same versions. Returns the one that is kept.
  std::shared_ptr<Packed> keep(std::shared_ptr<Packed> made);
  uint64_t id() const { return id_; }

 private:
  std::vector<ops::memory::desc> layouts_;
  std::vector<std::shared_ptr<Derivation>> from_;  // the key names them by their ids, so they must live as long
  uint64_t id_ = 0;
  mutable std::mutex mutex_;  // guards latest_
  std::shared_ptr<Packed> latest_;
  std::shared_ptr<Spare> spare_ = std::make_shared<Spare>();
};

/// A buffer that the runs read, and what it is made from.
struct PreparedBuffer {
  size_t buffer;
  std::shared_ptr<Derivation> derivation;
  std::vector<size_t> sources;  ///< indices into the variables that the Executable reads
};

/// All prepared buffers that the runs of an Executable read, for the variables at one moment. Several sets may be in
/// use while training goes on beside inference.
struct PreparedSet {
  std::vector<std::shared_ptr<Packed>> buffers;  // in the order of the PreparedBuffers
  std::vector<uint64_t> versions;                // of the variables that the Executable reads
};

/// Returns the buffers that the prepared steps make and the main ones read. `read` has the variables that they are made
/// from.
std::vector<PreparedBuffer> prepared_buffers(const std::vector<const ops::Step*>& prepared,
                                             const std::vector<const ops::Step*>& main,
                                             const std::vector<ops::Buffer>& buffers,
                                             const std::vector<Variable>& read);

}  // namespace graft
