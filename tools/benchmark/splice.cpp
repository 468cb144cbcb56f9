#include "graft/tools/benchmark/splice.h"

#include <iostream>

#include "graft/graft.h"
#include "graft/graph/walk.h"
#include "graft/models/zoo/resnet50.h"
#include "graft/tools/benchmark/timing.h"

namespace graft::bench {

static Model make_head(const Shape& features) {
  const SymbolicTensor x = Input({.shape = features.without_batch()});
  return Model(x, Dense({.units = 10, .name = "classes"})(GlobalAveragePooling2D()(x)), {.name = "head"});
}

// The layers of a branching model cannot be called in a row, since each call needs the tensors that its inputs became.
static SymbolicTensor call_again(const Model& model, const SymbolicTensor& input) {
  return walk(model.graph(), SymbolicTensors(input),
              [](const std::shared_ptr<const Node>& node, const SymbolicTensors& given) {
                return SymbolicTensors(node->layer()(given, node->arguments()));
              });
}

static Model join_by_hand(const Model& body, const Model& head) {
  const SymbolicTensor input = Input({.shape = body.input().shape().without_batch()});
  SymbolicTensor x = call_again(body, input);
  for (const Layer& layer : head.chain()) x = layer(x);
  return Model(input, x);
}

void time_splice(int runs) {
  const Model body = zoo::resnet50({.include_top = false});
  const Model head = make_head(body.output().shape());
  std::vector<double> spliced, by_hand;
  for (int i = 0; i < runs; ++i) {
    Model joined, other;
    spliced.push_back(milliseconds([&] { joined = splice(body, head); }));
    by_hand.push_back(milliseconds([&] { other = join_by_hand(body, head); }));
  }
  const double a = median(spliced), b = median(by_hand);
  const Model joined = splice(body, head);
  std::cout << "ResNet-50 onto a head, " << joined.graph().nodes().size() << " calls: splice " << a
            << " ms, its layers called again one by one " << b << " ms, ratio " << a / b << "; medians of " << runs
            << " runs\n";
}

}  // namespace graft::bench
