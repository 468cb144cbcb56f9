#pragma once

#include <cstdint>
#include <span>

namespace graft {

/// A seeded, splittable generator. It is counter based: the same seed and path of splits give the same numbers on every
/// machine and for every thread count.
class Random {
 public:
  explicit Random(uint64_t seed);

  Random split(uint64_t key) const;  ///< an independent stream; does not advance this one
  uint64_t next();
  float uniform();  ///< [0, 1)
  float uniform(float low, float high);
  float normal();              ///< mean 0, variance 1
  float truncated_normal();    ///< normal() redrawn until within two deviations
  uint64_t below(uint64_t n);  ///< [0, n), unbiased
  void shuffle(std::span<int64_t> values);

  /// The i-th number of the stream `key`. Kernels draw numbers with it, since it needs no state.
  static uint64_t hash(uint64_t key, uint64_t i);

 private:
  uint64_t key_, counter_ = 0;
};

/// The seed from which weights without a seed of their own, shuffling and dropout are drawn (default: GRAFT_SEED or 0).
/// Setting it restarts the streams, so that a program can repeat its numbers.
void set_random_seed(uint64_t seed);
/// A new independent stream of the global seed; every call gives another one.
Random next_random_stream();

}  // namespace graft
