#pragma once

// Internal: signals as overlapping frames, and back.

#include <cstdint>

namespace graft::ops {

/// Signals are (signals, samples), frames (signals, frames, length): a frame begins every `stride` samples.
struct Frames {
  int64_t signals, samples, frames, length, stride;
};

void cut_frames(int threads, const Frames& f, const float* signals, float* frames);
/// Each sample becomes the sum of its values in all frames; 0 where there is none.
void sum_frames(int threads, const Frames& f, const float* frames, float* signals);

}  // namespace graft::ops
