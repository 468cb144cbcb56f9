#include "graft/ops/kernels/base/loop_nest.h"

#include <algorithm>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

bool walked_as_one(const LoopNest& nest, size_t outer, const LoopNest::Strides& inner, int64_t extent) {
  for (size_t k = 0; k < nest.operands; ++k)
    if (nest.strides[outer][k] != inner[k] * extent) return false;
  return true;
}

void add_level(LoopNest& nest, int64_t extent, const LoopNest::Strides& strides) {
  if (nest.levels > 0 && walked_as_one(nest, nest.levels - 1, strides, extent)) {
    nest.extents[nest.levels - 1] *= extent;
    nest.strides[nest.levels - 1] = strides;
    return;
  }
  nest.extents[nest.levels] = extent;
  nest.strides[nest.levels++] = strides;
}

// Rows of few columns leave vector units idle. Where rows follow each other in memory, several are joined to one;
// operands that repeat in each row are copied as often as needed.
class Widener {
 public:
  static bool fits(const Block& block, size_t operands) {
    if (block.columns > kWide / 16 || block.columns < 2 || block.rows * block.columns < 4 * kWide) return false;
    for (size_t k = 0; k < operands; ++k)
      if (block.column_strides[k] != 1 || (block.row_strides[k] != block.columns && block.row_strides[k] != 0))
        return false;
    return true;
  }

  void run(const Block& block, size_t operands, const BlockKernel& body) {
    const int64_t fold = kWide / block.columns, width = fold * block.columns;
    Block wide = block, rest = block;
    wide.rows = block.rows / fold;
    wide.columns = width;
    rest.rows = block.rows % fold;
    for (size_t k = 0; k < operands; ++k) {
      if (block.row_strides[k] == 0) {
        for (int64_t i = 0; i < fold; ++i)
          std::copy_n(block.data[k], block.columns, tiles_[k].data() + i * block.columns);
        wide.data[k] = tiles_[k].data();
      } else {
        wide.row_strides[k] = width;
        rest.data[k] += wide.rows * width;
      }
    }
    if (wide.rows > 0) body(wide);
    if (rest.rows > 0) body(rest);
  }

 private:
  static constexpr int64_t kWide = 1024;
  std::array<std::array<float, kWide>, LoopNest::kOperands> tiles_;
};

/// Moves an address within an operand by a number of elements of its type.
float* advanced(const LoopNest& nest, size_t operand, float* place, int64_t elements) {
  if (!nest.narrow[operand]) return place + elements;
  return reinterpret_cast<float*>(reinterpret_cast<Bf16*>(place) + elements);
}

GRAFT_KERNEL void widen(const Bf16* from, int64_t stride, float* to, int64_t n) {
  if (stride == 1) return convert(to, from, n);
  for (int64_t i = 0; i < n; ++i) to[i] = load_one(from + i * stride);
}

GRAFT_KERNEL void narrow(const float* from, Bf16* to, int64_t stride, int64_t n) {
  if (stride == 1) return convert(to, from, n);
  for (int64_t i = 0; i < n; ++i) store_one(to + i * stride, from[i]);
}

// Kernels compute in floats: tiles of bfloat16 operands are converted before and after, within the caches.
class Tiler {
 public:
  explicit Tiler(const LoopNest& nest) : nest_(nest) {}

  void run(const Block& block, const BlockKernel& body) {
    const int64_t columns = std::min(block.columns, kTile), rows = kTile / columns;
    for (int64_t r = 0; r < block.rows; r += rows)
      for (int64_t c = 0; c < block.columns; c += columns)
        run_tile(block, r, std::min(rows, block.rows - r), c, std::min(columns, block.columns - c), body);
  }

 private:
  static constexpr int64_t kTile = 4096;

  void run_tile(const Block& block, int64_t row, int64_t rows, int64_t column, int64_t columns,
                const BlockKernel& body) {
    Block places = block;
    places.rows = rows;
    places.columns = columns;
    for (size_t k = 0; k < nest_.operands; ++k)
      places.data[k] = advanced(nest_, k, block.data[k], row * block.row_strides[k] + column * block.column_strides[k]);
    Block tile = places;
    for (size_t k = 0; k < nest_.operands; ++k) {
      if (!nest_.narrow[k]) continue;
      tile.data[k] = tiles_[k].data();
      tile.row_strides[k] = columns;
      tile.column_strides[k] = 1;
      if (k > 0)
        each_run(places, k, [](Bf16* at, int64_t stride, float* own, int64_t n) { widen(at, stride, own, n); });
    }
    if (Widener::fits(tile, nest_.operands))
      Widener().run(tile, nest_.operands, body);
    else
      body(tile);
    if (nest_.narrow[0])
      each_run(places, 0, [](Bf16* at, int64_t stride, float* own, int64_t n) { narrow(own, at, stride, n); });
  }

  // Rows that follow each other without a gap are moved as one.
  template <class F>
  void each_run(const Block& places, size_t k, F move) {
    auto* at = reinterpret_cast<Bf16*>(places.data[k]);
    const int64_t stride = places.column_strides[k];
    if (places.row_strides[k] == places.columns * stride)
      return move(at, stride, tiles_[k].data(), places.rows * places.columns);
    for (int64_t r = 0; r < places.rows; ++r)
      move(at + r * places.row_strides[k], stride, tiles_[k].data() + r * places.columns, places.columns);
  }

  const LoopNest& nest_;
  std::array<std::array<float, kTile>, LoopNest::kOperands> tiles_;
};

void call(const LoopNest& nest, const Block& block, const BlockKernel& body) {
  const size_t operands = nest.operands;
  if (nest.narrow != decltype(nest.narrow){})
    Tiler(nest).run(block, body);
  else if (Widener::fits(block, operands))
    Widener().run(block, operands, body);
  else
    body(block);
}

Block block_at(const LoopNest& nest, std::span<void* const> operands, int64_t row) {
  Block block;
  for (size_t k = 0; k < nest.operands; ++k) block.data[k] = static_cast<float*>(operands[k]);
  for (size_t level = nest.levels - 1; level-- > 0;) {
    const int64_t index = row % nest.extents[level];
    row /= nest.extents[level];
    for (size_t k = 0; k < nest.operands; ++k)
      block.data[k] = advanced(nest, k, block.data[k], index * nest.strides[level][k]);
  }
  if (nest.levels > 1) block.row_strides = nest.strides[nest.levels - 2];
  block.column_strides = nest.strides[nest.levels - 1];
  block.columns = nest.extents[nest.levels - 1];
  return block;
}

// Runs the rows [begin, end) of the nest, as one block for each run of the second innermost level.
void run_rows(const LoopNest& nest, std::span<void* const> operands, int64_t begin, int64_t end,
              const BlockKernel& body) {
  const int64_t run = nest.levels > 1 ? nest.extents[nest.levels - 2] : 1;
  for (int64_t row = begin; row < end;) {
    Block block = block_at(nest, operands, row);
    block.rows = std::min(end - row, run - row % run);
    row += block.rows;
    call(nest, block, body);
  }
}

// Runs the columns [begin, end) of every row.
void run_columns(const LoopNest& nest, std::span<void* const> operands, int64_t rows, int64_t begin, int64_t end,
                 const BlockKernel& body) {
  for (int64_t row = 0; row < rows; ++row) {
    Block block = block_at(nest, operands, row);
    for (size_t k = 0; k < nest.operands; ++k)
      block.data[k] = advanced(nest, k, block.data[k], begin * block.column_strides[k]);
    block.columns = end - begin;
    call(nest, block, body);
  }
}

}  // namespace

LoopNest loop_nest(const Dims& dims, const std::vector<Dims>& strides) {
  std::vector<size_t> order;
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] != 1) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return strides[0][a] > strides[0][b]; });
  LoopNest nest;
  nest.operands = strides.size();
  for (const size_t axis : order) {
    LoopNest::Strides at{};
    for (size_t k = 0; k < strides.size(); ++k) at[k] = strides[k][axis];
    add_level(nest, dims[axis], at);
  }
  if (nest.levels == 0) {
    LoopNest::Strides ones{};
    ones.fill(1);
    add_level(nest, 1, ones);
  }
  return nest;
}

void for_each_block(const LoopNest& nest, std::span<void* const> operands, int threads, const BlockKernel& body,
                    int64_t cost) {
  const int64_t grain = kGrain / cost;
  const int64_t columns = nest.extents[nest.levels - 1];
  int64_t rows = 1;
  for (size_t level = 0; level + 1 < nest.levels; ++level) rows *= nest.extents[level];
  if (rows >= 4 * threads)
    parallel_for(threads, rows, std::max<int64_t>(1, grain / columns),
                 [&](int64_t begin, int64_t end) { run_rows(nest, operands, begin, end, body); });
  else
    parallel_for(threads, columns, std::max<int64_t>(1, grain / rows),
                 [&](int64_t begin, int64_t end) { run_columns(nest, operands, rows, begin, end, body); });
}

}  // namespace graft::ops
