#include "graft/graph/node.h"

namespace graft {

Node::Node(Layer layer, SymbolicTensors inputs, std::vector<Shape> output_shapes, std::vector<DType> output_dtypes,
           CallArguments arguments, std::string scope, source_location location)
    : layer_(std::move(layer)),
      inputs_(std::move(inputs)),
      output_shapes_(std::move(output_shapes)),
      output_dtypes_(std::move(output_dtypes)),
      arguments_(std::move(arguments)),
      scope_(std::move(scope)),
      location_(location) {}

// By default a chain would be destroyed by calls nested as deep as the chain is long. Instead, the inputs are first
// taken out of every node that is destroyed with this one.
Node::~Node() {
  std::vector<SymbolicTensor> dying(inputs_.begin(), inputs_.end());
  inputs_.clear();
  while (!dying.empty()) {
    const std::shared_ptr<const Node> node = dying.back().node();
    dying.pop_back();
    if (node.use_count() != 1) continue;
    dying.insert(dying.end(), node->inputs_.begin(), node->inputs_.end());
    node->inputs_.clear();
  }
}

}  // namespace graft
