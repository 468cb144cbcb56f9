#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/elementwise/eltwise.h"
#include "graft/ops/primitives/normalization/batch_norm.h"

namespace graft::ops {

namespace {

// A training normalisation, the function behind it, and the gradients of both where the Program has them.
struct NormChain {
  const Instruction *norm = nullptr, *function = nullptr, *function_backward = nullptr, *norm_backward = nullptr;
};

class NormFuser {
 public:
  explicit NormFuser(const Program& program) : program_(program), rewriter_(program), readers_(program.values.size()) {
    for (const Instruction& i : program.instructions)
      for (const Value v : i.inputs)
        if (v) readers_[static_cast<size_t>(v.id)].push_back(&i);
  }

  Program run() {
    for (const Instruction& i : program_.instructions)
      if (const NormChain chain = find(i); chain.function) {
        for (const Instruction* part : {chain.norm, chain.function, chain.norm_backward}) parts_[part] = chain;
      }
    for (const Instruction& i : program_.instructions) rewrite(i);
    return remove_dead_code(rewriter_.finish());
  }

 private:
  const std::vector<const Instruction*>& readers(Value v) const { return readers_[static_cast<size_t>(v.id)]; }
  bool alone(Value v, size_t count) const {
    return readers(v).size() == count && rewriter_.uses(v) == static_cast<int>(count);
  }

  // Everything that reads what lies between must be a part of the chain.
  NormChain find(const Instruction& norm) const {
    const auto* forward = dynamic_cast<const BatchNormTraining*>(norm.primitive.get());
    if (!forward || forward->activation) return {};
    NormChain chain{.norm = &norm};
    const Value between = norm.outputs[0];
    for (const Instruction* reader : readers(between))
      if (reader->primitive->name() == "eltwise") chain.function = reader;
    const auto* function =
        chain.function ? dynamic_cast<const EltwiseForward*>(chain.function->primitive.get()) : nullptr;
    if (!function || !norm_can_fuse(function->args)) return {};
    for (const Value v : {between, chain.function->outputs[0]})
      for (const Instruction* reader : readers(v))
        if (reader->primitive->name() == "eltwise_backward" && reader->inputs[1] == v) chain.function_backward = reader;
    if (!chain.function_backward) return alone(between, 1) ? chain : NormChain{};
    const Value gradient = chain.function_backward->outputs[0];
    const bool from_between = chain.function_backward->inputs[1] == between;
    if (!alone(between, from_between ? 2 : 1) || !alone(gradient, 1)) return {};
    chain.norm_backward = readers(gradient)[0];
    const bool own = chain.norm_backward->primitive->name() == "batch_norm_backward" &&
                     chain.norm_backward->inputs[0] == gradient && chain.norm_backward->inputs[4] == norm.outputs[1];
    return own ? chain : NormChain{};
  }

  void rewrite(const Instruction& i) {
    const auto part = parts_.find(&i);
    if (part == parts_.end()) return rewriter_.copy(i);
    const NormChain& chain = part->second;
    const float epsilon = dynamic_cast<const BatchNormTraining&>(*chain.norm->primitive).epsilon;
    const EltwiseArgs& args = dynamic_cast<const EltwiseForward&>(*chain.function->primitive).args;
    if (&i == chain.norm) {
      rewriter_.copy(i, std::make_shared<BatchNormTraining>(epsilon, args));
    } else if (&i == chain.function) {
      rewriter_.map(i.outputs[0], rewriter_(i.inputs[0]));
    } else {
      rewriter_.map(i.inputs[0], rewriter_(chain.function_backward->inputs[0]));
      rewriter_.copy(i, std::make_shared<BatchNormBackward>(epsilon, args));
    }
  }

  const Program& program_;
  Rewriter rewriter_;
  std::vector<std::vector<const Instruction*>> readers_;
  std::map<const Instruction*, NormChain> parts_;  // by the instructions that are replaced
};

}  // namespace

Program fuse_norm(const Program& program) { return NormFuser(program).run(); }

}  // namespace graft::ops
