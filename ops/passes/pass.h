#pragma once

// Internal: rewrites of a Program, each with one idea. passes/pipeline.h has their order.

#include "graft/ops/program/program.h"

namespace graft::ops {

/// Removes instructions whose results nobody reads and that change nothing.
Program remove_dead_code(const Program& program);
/// Merges instructions that do the same to the same operands.
Program merge_common(const Program& program);
/// Cancels transposes and reshapes that undo each other; arithmetic with a constant number becomes one elementwise
/// `linear`, and disappears where it is x * 1 + 0.
Program simplify(const Program& program);
/// BatchNormalization with given statistics behind a convolution, a transposed convolution or a dense layer becomes
/// part of its weights and bias. Only in programs that update nothing.
Program fold_batch_norm(const Program& program);
/// Zeros around an image become the padding of the convolution that reads it, and what is cut off behind a transposed
/// convolution is not computed; where that is as fast.
Program fold_padding(const Program& program);
/// A bias right before a normalisation by the batch moves nothing but the mean: it is added there, and not to the data.
/// Its gradient is 0 but for rounding, so an update by nothing else is left out.
Program drop_dead_bias(const Program& program);
/// A sum with a convolution is taken while it is computed, in the memory of the other summand.
Program fuse_sum(const Program& program);
/// A transposed convolution with few channels becomes a convolution that computes all pixels of a block as channels.
Program split_pixels(const Program& program);
/// The gradients of a convolution whose windows are few become matrix products with the windows as rows (im2col), where
/// oneDNN would multiply image by image.
Program multiply_windows(const Program& program);
/// The same wherever the windows are few: only where tuning finds it faster.
Program multiply_all_windows(const Program& program);
/// Convolutions and their gradients become Winograd's, where that costs less.
Program use_winograd(const Program& program);
/// The gradients of a cross-entropy and of the softmax before it become one.
Program fuse_loss(const Program& program);
/// An elementwise function becomes part of the primitive that alone feeds it, where that stays fast.
Program fuse_eltwise(const Program& program);
/// relu and clip become part of the training normalisation before them, and so do their gradients.
Program fuse_norm(const Program& program);
/// Moves each update of a variable up to right behind its last reader, so that its gradient's memory is free early.
Program hoist_updates(const Program& program);

struct Pass {
  const char *name, *effect;
  Program (*run)(const Program&);
  bool usual = true;  ///< false: runs only where it is asked for
  bool last = false;  ///< true: runs once, in the second round, as other passes do not know what it makes
};
}  // namespace graft::ops
