#pragma once

#include "graft/graph/axes.h"
#include "graft/graph/layer_impl.h"

namespace graft {

/// The masks of attention, as a call gives them: (N, T), (N, S), (N, S) and (N, T, S) or with more axes; empty where
/// there is none. All that are given hold together.
struct ScoreMask {
  ops::Value query = {}, value = {}, key = {}, attention = {};
  std::optional<int64_t> sliding_window = {};  ///< keys less than this many steps away
};

/// The sizes of scores (rows, heads, steps, keys). There are `rows / samples` rows for each sample of the batch, where
/// some axes are treated as a batch.
struct ScoreShape {
  int64_t rows, samples, steps, keys;
};

struct AttentionOptions {
  float scale = 1;
  bool causal = false;
  float dropout = 0;         ///< of the scores; 0 outside of training
  bool scores = false;       ///< whether they are wanted as a result
  bool zero_masked = false;  ///< a query that may attend to no key gives 0, else the mean of all values
};

struct AttentionResult {
  ops::Value output;       ///< (rows, heads, steps, size)
  ops::Value scores = {};  ///< behind the softmax, (rows, heads, steps, keys); empty unless wanted
};

/// Attention of heads (rows, heads, steps, size). Without scores as a result it is one instruction, which never holds
/// all of them.
AttentionResult emit_attention(ops::Builder& builder, ops::Value query, ops::Value key, ops::Value value,
                               const ScoreMask& mask, const ScoreShape& shape, const AttentionOptions& options);

/// A constant of 1 and 0, (steps, keys): 1 where the key is not behind the query, or nearer than the window.
ops::Value causal_mask(ops::Builder& builder, int64_t steps, int64_t keys);
ops::Value window_mask(ops::Builder& builder, int64_t steps, int64_t keys, int64_t window);

/// The value of a keyword of the call; empty where it is absent.
inline ops::Value argument_value(const ops::Values& inputs, const CallArguments& arguments, const std::string& name) {
  const ops::Value* value = argument_of(inputs, arguments, name);
  return value ? *value : ops::Value{};
}

}  // namespace graft
