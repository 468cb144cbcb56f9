#include "graft/graph/layers/operations/math/indices.h"

#include "graft/graph/layers/operations/math/record.h"

namespace graft {

SymbolicTensor gather(const Argument& x, const Argument& indices, int64_t axis) {
  return record("Take", {x, indices}, {{"axis", axis}});
}
SymbolicTensor take_along_axis(const Argument& x, const Argument& indices, int64_t axis) {
  return record("TakeAlongAxis", {x, indices}, {{"axis", axis}});
}
SymbolicTensor one_hot(const Operand& indices, int64_t classes, int64_t axis) {
  return record("OneHot", {indices}, {{"num_classes", classes}, {"axis", axis}});
}
SymbolicTensor multi_hot(const Operand& indices, int64_t classes) {
  return record("MultiHot", {indices}, {{"num_classes", classes}});
}

SymbolicTensor get_item(const Operand& x, const std::vector<Literal>& key) {
  return record("GetItem", {x}, {}, {{"key", key}});
}

SymbolicTensor slice(const Operand& x, const std::vector<int64_t>& begin, const Shape& sizes) {
  return record("Slice", {x}, {{"shape", Literal(sizes.dims())}}, {{"start_indices", Literal(begin)}});
}
SymbolicTensor slice_update(const Operand& x, const std::vector<int64_t>& begin, const Argument& updates) {
  return record("SliceUpdate", {x, updates}, {}, {{"start_indices", Literal(begin)}});
}

SymbolicTensor scatter(const Argument& indices, const Argument& values, const std::vector<int64_t>& shape) {
  return record("Scatter", {indices, values}, {{"shape", Literal(shape)}});
}
SymbolicTensor scatter_update(const Argument& x, const Argument& indices, const Argument& updates,
                              const std::string& reduction) {
  return record("ScatterUpdate", {x, indices, updates},
                {{"reduction", reduction == "set" ? Literal() : Literal(reduction)}});
}

SymbolicTensor segment_sum(const Argument& data, const Argument& segment_ids, int64_t num_segments) {
  return record("SegmentSum", {data, segment_ids}, {{"num_segments", num_segments}});
}
SymbolicTensor segment_max(const Argument& data, const Argument& segment_ids, int64_t num_segments) {
  return record("SegmentMax", {data, segment_ids}, {{"num_segments", num_segments}});
}

SymbolicTensor sort(const Operand& x, int64_t axis) { return record("Sort", {x}, {{"axis", axis}}); }
SymbolicTensor argsort(const Operand& x, int64_t axis) { return record("Argsort", {x}, {{"axis", axis}}); }
SymbolicTensors top_k(const Operand& x, int64_t k) { return record_all("TopK", {x}, {{"k", k}}); }
SymbolicTensor in_top_k(const Argument& targets, const Argument& predictions, int64_t k) {
  return record("InTopK", {targets, predictions}, {{"k", k}});
}

SymbolicTensor searchsorted(const Argument& sorted_sequence, const Argument& values, const std::string& side) {
  return record("SearchSorted", {sorted_sequence, values}, {{"side", side}});
}
SymbolicTensor digitize(const Operand& x, const Argument& bins) { return record("Digitize", {x, bins}); }
SymbolicTensor isin(const Operand& x, const Argument& others, bool invert) {
  return record("IsIn", {x, others}, {{"invert", invert}});
}

}  // namespace graft
