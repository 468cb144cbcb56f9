#pragma once

// Internal: the passes. Each rewrites a Program by one idea; passes/pipeline.h has their order.

#include "graft/ops/program/program.h"

namespace graft::ops {

/// Removes instructions that update no variable and whose results have no reader.
Program remove_dead_code(const Program& program);
/// Merges instructions that do the same to the same operands.
Program merge_common(const Program& program);
/// Cancels transposes and reshapes that undo each other. Turns arithmetic with a constant number into one elementwise
/// `linear`, and drops that where it is x * 1 + 0.
Program simplify(const Program& program);
/// A BatchNormalization with given statistics, behind or before a convolution or a dense layer or behind a transposed
/// convolution, becomes part of its weights and bias. This is done only in Programs that update nothing.
Program fold_batch_norm(const Program& program);
/// A dense layer behind an embedding is computed once for each row of the table, where both are known ahead of the runs
/// and the products are not too large: the runs then take rows of the products.
Program fold_embedding(const Program& program);
/// Zeros around an image become the padding of the convolution that reads it, and pixels that are cut off behind a
/// transposed convolution are not computed, where that is as fast.
Program fold_padding(const Program& program);
/// Poolings and their gradients are computed by Graft's own kernel, where that is faster: without AVX-512 oneDNN takes
/// three to ten times as long. The gradient of a maximum then finds the winners again, and nothing records them.
Program own_pooling(const Program& program);
/// A bias right before a normalisation by the batch changes only the mean, so it is added to the mean and not to the
/// data. Its gradient is 0 except for rounding, so an update by that gradient alone is left out.
Program drop_dead_bias(const Program& program);
/// A convolution whose result is one of two summands adds the other one itself, in the memory of the other.
Program fuse_sum(const Program& program);
/// A transposed convolution with few channels becomes a convolution that computes all pixels of a block as channels.
Program split_pixels(const Program& program);
/// The gradients of a convolution with few windows become matrix products with the windows as rows (im2col), where
/// oneDNN would multiply image by image.
Program multiply_windows(const Program& program);
/// Does the same wherever there are few windows; it runs only where tuning finds it faster.
Program multiply_all_windows(const Program& program);
/// Convolutions and their gradients are computed by Winograd's minimal filtering, where that costs less.
Program use_winograd(const Program& program);
/// The gradients of a cross-entropy and of the softmax before it become one instruction.
Program fuse_loss(const Program& program);
/// An elementwise function becomes part of the primitive before it, where that has no other reader and can apply it.
Program fuse_eltwise(const Program& program);
/// A relu or clip becomes part of the training normalisation before it, and its gradient part of that one's gradient.
Program fuse_norm(const Program& program);
/// Moves each update of a variable up to right behind the last reader of the variable, which frees the memory of its
/// gradient early.
Program hoist_updates(const Program& program);

struct Pass {
  const char *name, *effect;
  Program (*run)(const Program&);
  bool usual = true;  ///< false: runs only where it is asked for
  bool last = false;  ///< true: runs once, in the second round, as other passes do not know the primitives it makes
};
}  // namespace graft::ops
