#include "graft/ops/kernels/attention/forward.h"
#include "graft/ops/kernels/attention/score_rows.h"
#include "graft/ops/kernels/attention/tasks.h"

namespace graft::ops {

namespace {

// -- how the work is cut ----------------------------------------------------------------------------------------------

/// Keys whose scores are computed together.
int64_t key_block(const AttentionShape& shape) { return std::min<int64_t>(shape.keys, 256); }

/// Queries of a task. Keys and values are packed once for each task, so tasks are as large as leaves enough of them.
int64_t query_block(const AttentionShape& shape) {
  const int64_t most = shape.batch * shape.heads >= 32 ? 192 : 96, blocks = (shape.queries + most - 1) / most;
  return std::min(shape.queries, round_up((shape.queries + blocks - 1) / blocks, kTileRows));
}

int64_t query_blocks(const AttentionShape& shape) {
  return (shape.queries + query_block(shape) - 1) / query_block(shape);
}

/// The memory of one task.
struct ForwardScratch {
  float *query, *keys, *values, *scores, *dst, *largest, *totals;
  int64_t floats;

  explicit ForwardScratch(const AttentionShape& shape, float* begin = nullptr) {
    Scratch all(begin);
    const int64_t rows = query_block(shape), block = key_block(shape);
    query = all.take(rows * shape.depth);
    keys = all.take(round_up(block, kPanel) * shape.depth);
    values = all.take(block * padded(shape.width));
    scores = all.take(kTileRows * score_row(block));
    dst = all.take(rows * padded(shape.width));
    largest = all.take(rows);
    totals = all.take(rows);
    floats = all.taken();
  }
};

/// Some queries of one head.
class ForwardTask {
 public:
  ForwardTask(const AttentionShape& shape, const AttentionForward& at, int64_t slot, int64_t task)
      : shape_(shape),
        at_(at),
        memory_(shape, at.scratch + slot * ForwardScratch(shape).floats),
        image_(task / query_blocks(shape) / shape.heads),
        head_(task / query_blocks(shape) % shape.heads),
        first_(task % query_blocks(shape) * query_block(shape)),
        rows_(std::min(query_block(shape), shape.queries - first_)) {}

  void run() {
    start();
    const int64_t reached = shape_.causal ? std::min(shape_.keys, first_ + rows_) : shape_.keys;
    for (int64_t key = 0; key < reached; key += key_block(shape_)) {
      const int64_t keys = std::min(key_block(shape_), reached - key);
      pack_columns(at_.key, shape_.key, {shape_.key.at(image_, kv(), key), keys, shape_.depth}, memory_.keys);
      pack_rows(at_.value, shape_.value, {shape_.value.at(image_, kv(), key), keys, shape_.width}, 1, memory_.values,
                width());
      for (int64_t r = 0; r < rows_; r += kTileRows) attend(r, std::min(kTileRows, rows_ - r), key, keys);
    }
    finish();
  }

 private:
  int64_t kv() const { return head_ / shape_.group(); }
  int64_t width() const { return padded(shape_.width); }

  void start() {
    pack_rows(at_.query, shape_.query, {shape_.query.at(image_, head_, first_), rows_, shape_.depth}, shape_.scale,
              memory_.query, shape_.depth);
    std::fill_n(memory_.dst, rows_ * width(), 0.f);
    std::fill_n(memory_.largest, rows_, kNoScore);
    std::fill_n(memory_.totals, rows_, 0.f);
  }

  // Rows from r on attend to the keys that are packed, from `key` on.
  void attend(int64_t r, int64_t rows, int64_t key, int64_t keys) {
    if (shape_.causal) keys = std::min(keys, first_ + r + rows - key);
    if (keys <= 0) return;
    const int64_t columns = padded(keys), row = score_row(key_block(shape_));
    small_product({rows, columns, shape_.depth}, {memory_.query + r * shape_.depth, shape_.depth, 1},
                  {memory_.keys, kPanel, kPanel * shape_.depth}, memory_.scores, row, false);
    for (int64_t i = 0; i < rows; ++i) share(r + i, memory_.scores + i * row, key, keys, columns);
    small_product({rows, width(), keys}, {memory_.scores, row, 1}, plain_columns(memory_.values, width()),
                  memory_.dst + r * width(), width(), true);
  }

  void share(int64_t r, float* scores, int64_t key, int64_t keys, int64_t columns) {
    const int64_t query = first_ + r;
    if (shape_.causal) keys = std::clamp<int64_t>(query + 1 - key, 0, keys);
    hide_scores(scores, keys, columns, mask(query, key), shape_.mask.key);
    const float factor = take_shares(scores, columns, memory_.largest[r], memory_.totals[r]);
    if (factor != 1) scale_row(memory_.dst + r * width(), width(), factor);
    drop(scores, query, key, keys);
  }

  void drop(float* shares, int64_t query, int64_t key, int64_t keys) const {
    if (shape_.dropout == 0) return;
    const int64_t row = (image_ * shape_.heads + head_) * shape_.queries + query;
    drop_shares({at_.stream, static_cast<uint32_t>(row * shape_.keys + key), shape_.dropout}, shares, keys);
  }

  const float* mask(int64_t query, int64_t key) const {
    const AttentionShape::Mask& s = shape_.mask;
    return at_.mask ? at_.mask + image_ * s.batch + head_ * s.head + query * s.query + key * s.key : nullptr;
  }

  void finish() {
    float* statistics = at_.statistics + 2 * ((image_ * shape_.heads + head_) * shape_.queries + first_);
    for (int64_t r = 0; r < rows_; ++r) {
      const bool none = memory_.totals[r] == 0;
      statistics[2 * r] = memory_.largest[r];
      statistics[2 * r + 1] = none ? 0 : 1 / memory_.totals[r];
      memory_.totals[r] = none ? 1 : statistics[2 * r + 1];
      if (none && !shape_.zero_masked) average(r);
    }
    unpack_rows(memory_.dst, width(), memory_.totals, at_.dst, shape_.dst,
                {shape_.dst.at(image_, head_, first_), rows_, shape_.width});
  }

  // A query that attends to no key. The mean is of all keys, also of those that causal attention hides.
  void average(int64_t r) {
    float* dst = memory_.dst + r * width();
    std::fill_n(dst, width(), 0.f);
    for (int64_t key = 0; key < shape_.keys; ++key) {
      float share = 1 / static_cast<float>(shape_.keys);
      drop(&share, first_ + r, key, 1);
      pack_rows(at_.value, shape_.value, {shape_.value.at(image_, kv(), key), 1, shape_.width}, 1, memory_.values,
                width());
      add_row(dst, memory_.values, width(), share);
    }
  }

  const AttentionShape& shape_;
  const AttentionForward& at_;
  const ForwardScratch memory_;
  const int64_t image_, head_, first_, rows_;
};

}  // namespace

int64_t attention_scratch(const AttentionShape& shape) { return shape.slots * ForwardScratch(shape).floats; }

void attention_forward(int threads, const AttentionShape& shape, const AttentionForward& at) {
  for_each_task(threads, shape.slots, shape.batch * shape.heads * query_blocks(shape),
                [&](int64_t slot, int64_t task) { ForwardTask(shape, at, slot, task).run(); });
}

}  // namespace graft::ops
