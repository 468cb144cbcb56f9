#include "graft/graph/layers/operations/math/shapes.h"

#include "graft/graph/layers/merging/concatenate.h"
#include "graft/graph/layers/operations/math/record.h"
#include "graft/graph/layers/reshaping/reshape.h"

namespace graft {

SymbolicTensor reshape(const Operand& x, const Shape& target_shape) {
  return Reshape({.target_shape = target_shape}, x.location)(x.tensor, x.location);
}
SymbolicTensor ravel(const Operand& x) { return record("Ravel", {x}); }
SymbolicTensor expand_dims(const Operand& x, int64_t axis) { return record("ExpandDims", {x}, {{"axis", axis}}); }
SymbolicTensor squeeze(const Operand& x, std::optional<int64_t> axis) {
  return record("Squeeze", {x}, {{"axis", literal_of(axis)}});
}
SymbolicTensor broadcast_to(const Operand& x, const std::vector<int64_t>& shape) {
  return record("BroadcastTo", {x}, {{"shape", Literal(shape)}});
}

SymbolicTensor transpose(const Operand& x, const std::vector<int64_t>& axes) {
  return record("Transpose", {x}, {{"axes", axes_of(axes)}});
}
SymbolicTensor swapaxes(const Operand& x, int64_t axis1, int64_t axis2) {
  return record("Swapaxes", {x}, {{"axis1", axis1}, {"axis2", axis2}});
}
SymbolicTensor moveaxis(const Operand& x, int64_t source, int64_t destination) {
  return record("Moveaxis", {x}, {{"source", source}, {"destination", destination}});
}

SymbolicTensor flip(const Operand& x, const std::vector<int64_t>& axes) {
  return record("Flip", {x}, {{"axis", axes_of(axes)}});
}
SymbolicTensor roll(const Operand& x, int64_t shift, std::optional<int64_t> axis) {
  return record("Roll", {x}, {{"shift", shift}, {"axis", literal_of(axis)}});
}
SymbolicTensor rot90(const Operand& x, int64_t k, int64_t first_axis, int64_t second_axis) {
  return record("Rot90", {x}, {{"k", k}, {"axes", Literal(std::vector<int64_t>{first_axis, second_axis})}});
}

SymbolicTensor tile(const Operand& x, const std::vector<int64_t>& repeats) {
  return record("Tile", {x}, {{"repeats", Literal(repeats)}});
}
SymbolicTensor repeat(const Operand& x, int64_t repeats, int64_t axis) {
  return record("Repeat", {x}, {{"repeats", repeats}, {"axis", axis}});
}
SymbolicTensor pad(const Operand& x, const std::vector<std::pair<int64_t, int64_t>>& pad_width, const std::string& mode,
                   double constant_value) {
  return padded(x, pad_width, mode, constant_value);
}

SymbolicTensor concat(const SymbolicTensors& tensors, int64_t axis, source_location location) {
  return Concatenate({.axis = axis}, location)(tensors, location);
}
SymbolicTensor stack(const SymbolicTensors& tensors, int64_t axis, source_location location) {
  return record("Stack", arguments_of(tensors, location), {{"axis", axis}});
}
SymbolicTensors split(const Operand& x, int64_t sections, int64_t axis) {
  return record_all("Split", {x}, {{"indices_or_sections", sections}, {"axis", axis}});
}
SymbolicTensors split(const Operand& x, const std::vector<int64_t>& indices, int64_t axis) {
  return record_all("Split", {x}, {{"indices_or_sections", Literal(indices)}, {"axis", axis}});
}
SymbolicTensors unstack(const Operand& x, int64_t axis) { return record_all("Unstack", {x}, {{"axis", axis}}); }
SymbolicTensors meshgrid(const SymbolicTensors& tensors, const std::string& indexing, source_location location) {
  return record_all("Meshgrid", arguments_of(tensors, location), {{"indexing", indexing}});
}

SymbolicTensor diag(const Operand& x, int64_t k) { return record("Diag", {x}, {{"k", k}}); }
SymbolicTensor diagonal(const Operand& x, int64_t offset, int64_t axis1, int64_t axis2) {
  return record("Diagonal", {x}, {{"offset", offset}, {"axis1", axis1}, {"axis2", axis2}});
}
SymbolicTensor trace(const Operand& x, int64_t offset, int64_t axis1, int64_t axis2) {
  return record("Trace", {x}, {{"offset", offset}, {"axis1", axis1}, {"axis2", axis2}});
}
SymbolicTensor tril(const Operand& x, int64_t k) { return record("Tril", {x}, {{"k", k}}); }
SymbolicTensor triu(const Operand& x, int64_t k) { return record("Triu", {x}, {{"k", k}}); }

SymbolicTensor zeros_like(const Operand& x) { return record("ZerosLike", {x}); }
SymbolicTensor ones_like(const Operand& x) { return record("OnesLike", {x}); }
SymbolicTensor full_like(const Operand& x, double fill_value) { return record("FullLike", {x, fill_value}); }
SymbolicTensor random_normal(const Operand& like, double mean, double deviation) {
  return record("RandomNormal", {like}, {{"mean", mean}, {"stddev", deviation}});
}

}  // namespace graft
