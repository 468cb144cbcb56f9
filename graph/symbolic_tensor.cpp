#include "graft/graph/symbolic_tensor.h"

#include "graft/core/error.h"
#include "graft/graph/node.h"

namespace graft {

static const Node& made(const std::shared_ptr<const Node>& node) {
  if (!node) throw GraphError("an empty SymbolicTensor has no shape; tensors come from Input and from layer calls");
  return *node;
}

const Shape& SymbolicTensor::shape() const& { return made(node_).output_shapes()[static_cast<size_t>(index_)]; }

DType SymbolicTensor::dtype() const { return made(node_).output_dtypes()[static_cast<size_t>(index_)]; }

std::string SymbolicTensor::origin() const {
  const Node& node = made(node_);
  const std::string who = node.layer().who();
  return node.output_shapes().size() == 1 ? who : cat(who, " output ", index_);
}

const SymbolicTensor& SymbolicTensors::single() const {
  if (size() != 1) throw GraphError(cat("expected one tensor; received a list of ", size()));
  return front();
}

std::vector<Shape> shapes_of(const SymbolicTensors& tensors) {
  std::vector<Shape> shapes;
  for (const SymbolicTensor& tensor : tensors) shapes.push_back(tensor.shape());
  return shapes;
}

}  // namespace graft
