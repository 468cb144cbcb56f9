#include "graft/ops/kernels/attention/backward.h"
#include "graft/ops/kernels/attention/score_rows.h"
#include "graft/ops/kernels/attention/tasks.h"

namespace graft::ops {

namespace {

constexpr int64_t kKeys = 128, kQueries = 66;  // of the scores that are in the cache together
constexpr int64_t kTasks = 32;                 // where there are fewer heads, a head has several tasks

/// Keys of a task.
int64_t task_keys(const AttentionShape& shape) {
  const int64_t tasks = shape.batch * shape.heads_kv, wanted = std::max<int64_t>(1, kTasks / tasks);
  const int64_t chunks = std::min(wanted, (shape.keys + kKeys - 1) / kKeys);
  return round_up((shape.keys + chunks - 1) / chunks, kPanel);
}

/// Tasks of a head.
int64_t chunks_of(const AttentionShape& shape) { return (shape.keys + task_keys(shape) - 1) / task_keys(shape); }

int64_t rows_of_queries(const AttentionShape& shape) { return shape.batch * shape.heads * shape.queries; }

/// What tasks share: for each query the moment of its shares' gradients, and the gradient that it gets from each chunk
/// of keys.
struct SharedScratch {
  float *moments, *diff_query;
  int64_t floats;

  explicit SharedScratch(const AttentionShape& shape, float* begin = nullptr) {
    Scratch all(begin);
    moments = all.take(rows_of_queries(shape));
    diff_query = all.take(chunks_of(shape) * rows_of_queries(shape) * padded(shape.depth));
    floats = all.taken();
  }
};

/// The memory of one task.
struct BackwardScratch {
  float *key_columns, *value_columns, *keys, *diff_keys, *diff_values, *queries, *diff_dst, *shares, *diff_scores;
  int64_t floats;

  explicit BackwardScratch(const AttentionShape& shape, float* begin = nullptr) {
    Scratch all(begin);
    const int64_t block = std::min(kKeys, task_keys(shape)), rows = std::min(kQueries, shape.queries);
    key_columns = all.take(round_up(block, kPanel) * shape.depth);
    value_columns = all.take(round_up(block, kPanel) * shape.width);
    keys = all.take(block * padded(shape.depth));
    diff_keys = all.take(block * padded(shape.depth));
    diff_values = all.take(block * padded(shape.width));
    queries = all.take(rows * padded(shape.depth));
    diff_dst = all.take(rows * padded(shape.width));
    shares = all.take(rows * score_row(kKeys));
    diff_scores = all.take(rows * score_row(kKeys));
    floats = all.taken();
  }
};

/// Some keys of one head of keys and values.
class BackwardTask {
 public:
  BackwardTask(const AttentionShape& shape, const AttentionGradient& at, int64_t slot, int64_t task)
      : shape_(shape),
        at_(at),
        shared_(shape, at.scratch),
        memory_(shape, at.scratch + shared_.floats + slot * BackwardScratch(shape).floats),
        image_(task / chunks_of(shape) / shape.heads_kv),
        kv_(task / chunks_of(shape) % shape.heads_kv),
        chunk_(task % chunks_of(shape)) {}

  void run() {
    const int64_t end = std::min(shape_.keys, (chunk_ + 1) * task_keys(shape_));
    for (int64_t key = chunk_ * task_keys(shape_); key < end; key += kKeys)
      differentiate_keys(key, std::min(kKeys, end - key));
  }

 private:
  int64_t depth() const { return padded(shape_.depth); }
  int64_t width() const { return padded(shape_.width); }

  void differentiate_keys(int64_t key, int64_t keys) {
    const HeadRows key_rows{shape_.key.at(image_, kv_, key), keys, shape_.depth},
        value_rows{shape_.value.at(image_, kv_, key), keys, shape_.width};
    pack_columns(at_.key, shape_.key, key_rows, memory_.key_columns);
    pack_rows(at_.key, shape_.key, key_rows, shape_.scale, memory_.keys, depth());
    pack_columns(at_.value, shape_.value, value_rows, memory_.value_columns);
    std::fill_n(memory_.diff_keys, keys * depth(), 0.f);
    std::fill_n(memory_.diff_values, keys * width(), 0.f);
    for (int64_t head = kv_ * shape_.group(); head < (kv_ + 1) * shape_.group(); ++head)
      for (int64_t query = skips() ? key : 0; query < shape_.queries; query += kQueries)
        attend(head, query, std::min(kQueries, shape_.queries - query), key, keys);
    const Heads &dk = at_.diff_key_heads, &dv = at_.diff_value_heads;
    unpack_rows(memory_.diff_keys, depth(), nullptr, at_.diff_key, dk, {dk.at(image_, kv_, key), keys, shape_.depth});
    unpack_rows(memory_.diff_values, width(), nullptr, at_.diff_value, dv,
                {dv.at(image_, kv_, key), keys, shape_.width});
  }

  // Whether no query before a key gets anything from it. A query that attends to no key gets the mean of all.
  bool skips() const { return shape_.causal && (!at_.mask || shape_.zero_masked); }

  void attend(int64_t head, int64_t query, int64_t rows, int64_t key, int64_t keys) {
    if (skips()) keys = std::min(keys, query + rows - key);
    const int64_t columns = padded(keys), row = score_row(kKeys);
    pack_rows(at_.query, shape_.query, {shape_.query.at(image_, head, query), rows, shape_.depth}, shape_.scale,
              memory_.queries, depth());
    pack_rows(at_.diff_dst, at_.diff_dst_heads, {at_.diff_dst_heads.at(image_, head, query), rows, shape_.width}, 1,
              memory_.diff_dst, width());
    small_product({rows, columns, shape_.depth}, {memory_.queries, depth(), 1},
                  {memory_.key_columns, kPanel, kPanel * shape_.depth}, memory_.shares, row, false);
    small_product({rows, columns, shape_.width}, {memory_.diff_dst, width(), 1},
                  {memory_.value_columns, kPanel, kPanel * shape_.width}, memory_.diff_scores, row, false);
    for (int64_t r = 0; r < rows; ++r)
      share(head, query + r, memory_.shares + r * row, memory_.diff_scores + r * row, key, keys, columns);
    small_product({keys, width(), rows}, {memory_.shares, 1, row}, plain_columns(memory_.diff_dst, width()),
                  memory_.diff_values, width(), true);
    small_product({keys, depth(), rows}, {memory_.diff_scores, 1, row}, plain_columns(memory_.queries, depth()),
                  memory_.diff_keys, depth(), true);
    small_product({rows, depth(), keys}, {memory_.diff_scores, row, 1}, plain_columns(memory_.keys, depth()),
                  diff_query(head, query), depth(), true);
  }

  // Scores become dropped shares, and the gradients of those become the gradients of scores.
  void share(int64_t head, int64_t query, float* shares, float* diff, int64_t key, int64_t keys, int64_t columns) {
    const int64_t row = row_of(head, query);
    const float largest = at_.statistics[2 * row], factor = at_.statistics[2 * row + 1];
    if (factor == 0 && !shape_.zero_masked) {
      std::fill_n(shares, keys, 1 / static_cast<float>(shape_.keys));
      std::fill_n(diff, keys, 0.f);
      return drop(shares, row, key, keys);
    }
    const int64_t seen = shape_.causal ? std::clamp<int64_t>(query + 1 - key, 0, keys) : keys;
    hide_scores(shares, seen, columns, mask(head, query, key), shape_.mask.key);
    take_known_shares(shares, columns, largest, factor);
    drop(diff, row, key, keys);
    differentiate_shares(shares, diff, columns, shared_.moments[row]);
    drop(shares, row, key, keys);
  }

  void drop(float* values, int64_t row, int64_t key, int64_t keys) const {
    if (shape_.dropout == 0) return;
    drop_shares({at_.stream, static_cast<uint32_t>(row * shape_.keys + key), shape_.dropout}, values, keys);
  }

  const float* mask(int64_t head, int64_t query, int64_t key) const {
    const AttentionShape::Mask& s = shape_.mask;
    return at_.mask ? at_.mask + image_ * s.batch + head * s.head + query * s.query + key * s.key : nullptr;
  }

  int64_t row_of(int64_t head, int64_t query) const { return (image_ * shape_.heads + head) * shape_.queries + query; }
  float* diff_query(int64_t head, int64_t query) const {
    return shared_.diff_query + (chunk_ * rows_of_queries(shape_) + row_of(head, query)) * depth();
  }

  const AttentionShape& shape_;
  const AttentionGradient& at_;
  const SharedScratch shared_;
  const BackwardScratch memory_;
  const int64_t image_, kv_, chunk_;
};

/// The queries of one head, before and after the tasks. It uses the memory of a slot for rows of dst and diff_dst.
class QueryTask {
 public:
  QueryTask(const AttentionShape& shape, const AttentionGradient& at, int64_t slot, int64_t task)
      : shape_(shape),
        at_(at),
        shared_(shape, at.scratch),
        memory_(shape, at.scratch + shared_.floats + slot * BackwardScratch(shape).floats),
        image_(task / shape.heads),
        head_(task % shape.heads),
        first_(task * shape.queries) {}

  // The moment of a row is the sum of share times gradient over its keys, which is also that of dst times diff_dst.
  void start() {
    const int64_t width = padded(shape_.width);
    float *dst = memory_.diff_values, *diff = memory_.diff_dst;
    for (int64_t query = 0; query < shape_.queries; ++query) {
      pack_rows(at_.dst, shape_.dst, {shape_.dst.at(image_, head_, query), 1, shape_.width}, 1, dst, width);
      pack_rows(at_.diff_dst, at_.diff_dst_heads, {at_.diff_dst_heads.at(image_, head_, query), 1, shape_.width}, 1,
                diff, width);
      shared_.moments[first_ + query] = dot_row(dst, diff, width);
    }
    for (int64_t chunk = 0; chunk < chunks_of(shape_); ++chunk) std::fill_n(part(chunk), floats(), 0.f);
  }

  void finish() {
    for (int64_t chunk = 1; chunk < chunks_of(shape_); ++chunk) add_row(part(0), part(chunk), floats(), 1);
    const Heads& heads = at_.diff_query_heads;
    unpack_rows(part(0), padded(shape_.depth), nullptr, at_.diff_query, heads,
                {heads.at(image_, head_, 0), shape_.queries, shape_.depth});
  }

 private:
  int64_t floats() const { return shape_.queries * padded(shape_.depth); }
  float* part(int64_t chunk) const {
    return shared_.diff_query + (chunk * rows_of_queries(shape_) + first_) * padded(shape_.depth);
  }

  const AttentionShape& shape_;
  const AttentionGradient& at_;
  const SharedScratch shared_;
  const BackwardScratch memory_;
  const int64_t image_, head_, first_;
};

}  // namespace

int64_t attention_backward_scratch(const AttentionShape& shape) {
  return SharedScratch(shape).floats + shape.slots * BackwardScratch(shape).floats;
}

void attention_backward(int threads, const AttentionShape& shape, const AttentionGradient& at) {
  const int64_t heads = shape.batch * shape.heads;
  for_each_task(threads, shape.slots, heads,
                [&](int64_t slot, int64_t task) { QueryTask(shape, at, slot, task).start(); });
  for_each_task(threads, shape.slots, shape.batch * shape.heads_kv * chunks_of(shape),
                [&](int64_t slot, int64_t task) { BackwardTask(shape, at, slot, task).run(); });
  for_each_task(threads, shape.slots, heads,
                [&](int64_t slot, int64_t task) { QueryTask(shape, at, slot, task).finish(); });
}

}  // namespace graft::ops
