#pragma once

// Internal: how Winograd's filtering cuts one axis of a convolution into phases.

#include <cstdint>
#include <optional>
#include <vector>

namespace graft::ops {

namespace winograd {
/// n / d, rounded up.
inline int64_t up(int64_t n, int64_t d) { return (n + d - 1) / d; }
}  // namespace winograd

/// The taps of a kernel that make a convolution of stride 1, along one axis.
struct WinogradPhase {
  int64_t taps = 0;                     ///< 2 or 3
  int64_t first_tap = 0, tap_step = 1;  ///< where they are in the kernel
  int64_t first = 0, step = 1;          ///< unit o reads the pixels first + step (o + i), i < taps
  int64_t points() const { return taps + 1; }
};

/// Pixels of the result along one axis that the same phases make: unit o is the pixel first + step o.
struct WinogradPart {
  std::vector<WinogradPhase> phases;  ///< ordered by their taps, most first
  int64_t first = 0, step = 1;
  int64_t depth(int64_t point) const;  ///< the number of phases that have the point
  int64_t points() const { return phases[0].points(); }
};

struct WinogradAxis {
  int64_t src = 0, dst = 0;  ///< pixels
  int64_t kernel = 0;        ///< taps
  int64_t units = 0;         ///< units of each part
  std::vector<WinogradPart> parts;

  int64_t tiles() const { return (units + 1) / 2; }
  /// The axis of a convolution, which has one part. Nothing where a phase has neither 2 nor 3 taps.
  static std::optional<WinogradAxis> forward(int64_t src, int64_t dst, int64_t kernel, int64_t stride, int64_t padding);
  /// The axis of a transposed convolution, from dst's pixels to src's: a part for each pixel of a stride.
  static std::optional<WinogradAxis> transposed(int64_t src, int64_t dst, int64_t kernel, int64_t stride,
                                                int64_t padding);
};

}  // namespace graft::ops
