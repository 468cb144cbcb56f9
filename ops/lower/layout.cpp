#include "graft/ops/lower/layout.h"

#include <algorithm>
#include <numeric>

namespace graft::ops {

memory::desc dense_like(const memory::desc& md, const Dims& dims) {
  const Dims from = onednn::dims(md), strides = onednn::strides(md);
  const memory::data_type type = onednn::type_of(md);
  if (from.size() != dims.size() || onednn::same_layout(md, onednn::channels_last(from, type)))
    return onednn::channels_last(dims, type);
  if (onednn::same_layout(md, onednn::row_major(from, type))) return onednn::row_major(dims, type);
  std::vector<size_t> order(dims.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return strides[a] != strides[b] ? strides[a] > strides[b] : from[a] > from[b];
  });
  Dims out(dims.size());
  int64_t stride = 1;
  for (size_t i = order.size(); i-- > 0; stride *= dims[order[i]]) out[order[i]] = stride;
  return {dims, type, out};
}

Operand dense(Lowering& lowering, Value v) {
  const Operand x = lowering.operand(v);
  return onednn::is_dense(x.md) ? x : lowering.as(v, onednn::channels_last(lowering.dims(v), lowering.type(v)));
}

BoxSide box_side(const memory::desc& md, const Dims& begin, const Dims& steps) {
  BoxSide out{.strides = onednn::strides(md), .narrow = is_narrow(md)};
  for (size_t i = 0; i < begin.size(); ++i) out.begin += begin[i] * out.strides[i];
  for (size_t i = 0; i < steps.size(); ++i) out.strides[i] *= steps[i];
  return out;
}

Dims broadcast_strides(const memory::desc& md, const Dims& dims) {
  const Dims from = onednn::dims(md);
  if (from.size() != dims.size()) return Dims(dims.size(), 0);
  Dims strides = onednn::strides(md);
  for (size_t i = 0; i < dims.size(); ++i)
    if (from[i] == 1) strides[i] = 0;
  return strides;
}

Lines lines_along(size_t axis, Dims dims, const std::vector<Dims>& strides) {
  dims[axis] = 1;
  Lines out{loop_nest(dims, strides)};
  for (size_t k = 0; k < strides.size(); ++k) out.steps[k] = strides[k][axis];
  return out;
}

}  // namespace graft::ops
