#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/elementwise/eltwise.h"
#include "graft/ops/primitives/normalization/batch_norm.h"

namespace graft::ops {

namespace {

// A training normalisation, the function behind it, and, where the Program has them, the gradients of both.
struct NormChain {
  const Instruction *norm = nullptr, *function = nullptr, *function_backward = nullptr, *norm_backward = nullptr;
};

class NormFuser {
 public:
  explicit NormFuser(const Program& program) : program_(program), rewriter_(program), index_(rewriter_.index()) {}

  Program run() {
    for (const Instruction& i : program_.instructions)
      if (const NormChain chain = find(i); chain.function) {
        for (const Instruction* part : {chain.norm, chain.function, chain.norm_backward}) parts_[part] = chain;
      }
    for (const Instruction& i : program_.instructions) rewrite(i);
    return remove_dead_code(rewriter_.finish());
  }

 private:
  // Whether v is no output, and is read exactly `count` times.
  bool alone(Value v, size_t count) const { return index_.readers(v).size() == count && !index_.is_output(v); }

  // Finds the chain of a normalisation; every reader of a value inside it must belong to it.
  NormChain find(const Instruction& norm) const {
    const auto* forward = primitive_as<BatchNormTraining>(norm);
    if (!forward || forward->activation) return {};
    NormChain chain{.norm = &norm};
    const Value between = norm.outputs[0];
    for (const size_t k : index_.readers(between))
      if (primitive_as<EltwiseForward>(program_.instructions[k])) chain.function = &program_.instructions[k];
    const auto* function = primitive_as<EltwiseForward>(chain.function);
    if (!function || !norm_can_fuse(function->args)) return {};
    for (const Value v : {between, chain.function->outputs[0]})
      for (const size_t k : index_.readers(v))
        if (const Instruction& reader = program_.instructions[k]; is_eltwise_backward(reader) && reader.inputs[1] == v)
          chain.function_backward = &reader;
    if (!chain.function_backward) return alone(between, 1) ? chain : NormChain{};
    const Value gradient = chain.function_backward->outputs[0];
    const bool from_between = chain.function_backward->inputs[1] == between;
    if (!alone(between, from_between ? 2 : 1) || !alone(gradient, 1)) return {};
    chain.norm_backward = index_.sole_reader(gradient);
    const bool own = primitive_as<BatchNormBackward>(chain.norm_backward) &&
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
  const ProgramIndex& index_;
  std::map<const Instruction*, NormChain> parts_;  // by each instruction that is replaced
};

}  // namespace

Program fuse_norm(const Program& program) { return NormFuser(program).run(); }

}  // namespace graft::ops
