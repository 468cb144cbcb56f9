#include "graft/ops/kernels/strided.h"

#include <algorithm>
#include <numeric>

namespace graft::ops {

int64_t Walk::rows() const { return elements(dims) / std::max<int64_t>(row(), 1); }

Dims broadcast_strides(const memory::desc& md, const Dims& as) {
  const Dims own = onednn::dims(md);
  if (elements(own) == 1) return Dims(as.size(), 0);
  Dims strides = onednn::strides(md);
  for (size_t i = 0; i < as.size(); ++i)
    if (own[i] == 1) strides[i] = 0;
  return strides;
}

static bool mergeable(const std::vector<Dims>& strides, size_t outer, size_t inner, int64_t inner_dim) {
  return std::all_of(strides.begin(), strides.end(),
                     [&](const Dims& s) { return s[outer] == s[inner] * inner_dim; });
}

Walk make_walk(const Dims& dims, std::vector<Dims> strides) {
  std::vector<size_t> order;
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] != 1) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return strides[0][a] > strides[0][b]; });
  Walk walk{{}, std::vector<Dims>(strides.size())};
  for (size_t k = 0; k < order.size(); ++k) {
    const size_t axis = order[k];
    const bool merge = k > 0 && mergeable(strides, order[k - 1], axis, dims[axis]);
    if (merge) walk.dims.back() *= dims[axis];
    else walk.dims.push_back(dims[axis]);
    for (size_t o = 0; o < strides.size(); ++o) {
      if (merge) walk.strides[o].back() = strides[o][axis];
      else walk.strides[o].push_back(strides[o][axis]);
    }
  }
  if (walk.dims.empty()) {   // a single element
    walk.dims = {1};
    for (Dims& s : walk.strides) s = {1};
  }
  return walk;
}

Offsets row_offsets(const Walk& walk, int64_t row) {
  Offsets offsets{};
  for (size_t d = walk.dims.size() - 1; d-- > 0;) {
    const int64_t index = row % walk.dims[d];
    row /= walk.dims[d];
    for (size_t o = 0; o < walk.operands(); ++o) offsets[o] += index * walk.strides[o][d];
  }
  return offsets;
}

void for_each_row(const Walk& walk, int threads, const std::function<void(const Offsets&, int64_t)>& body) {
  const int64_t rows = walk.rows(), n = walk.row();
  if (rows == 1) {
    parallel_for(threads, n, kGrain, [&](int64_t begin, int64_t end) {
      Offsets offsets{};
      for (size_t o = 0; o < walk.operands(); ++o) offsets[o] = begin * walk.step(o);
      body(offsets, end - begin);
    });
    return;
  }
  parallel_for(threads, rows, std::max<int64_t>(kGrain / std::max<int64_t>(n, 1), 1), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) body(row_offsets(walk, row), n);
  });
}

memory::desc dense_like(const Dims& dims, const memory::desc& like) {
  const Dims like_strides = onednn::strides(like), like_dims = onednn::dims(like);
  std::vector<size_t> order(dims.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return like_strides[a] != like_strides[b] ? like_strides[a] > like_strides[b] : like_dims[a] > like_dims[b];
  });
  Dims strides(dims.size());
  int64_t stride = 1;
  for (size_t k = order.size(); k-- > 0; stride *= std::max<int64_t>(dims[order[k]], 1)) strides[order[k]] = stride;
  return {dims, memory::data_type::f32, strides};
}

memory::desc usual_layout(const Dims& dims) { return onednn::channels_last(dims); }

}  // namespace graft::ops
