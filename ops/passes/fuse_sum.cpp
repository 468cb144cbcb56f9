#include "graft/ops/lower/conv_speed.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/elementwise/binary.h"

namespace graft::ops {

namespace {

class SumFuser {
 public:
  explicit SumFuser(const Program& program) : program_(program), rewriter_(program) {}

  Program run() {
    for (size_t k = 0; k < program_.instructions.size(); ++k) {
      const Instruction& i = program_.instructions[k];
      const auto* op = primitive_as<BinaryForward>(i);
      if (!op || op->algorithm != Binary::add || !fuse(i, k)) rewriter_.copy(i);
    }
    return remove_dead_code(rewriter_.finish());
  }

 private:
  // Where both summands are convolutions, the later one adds the other, because its place in the order changes least.
  bool fuse(const Instruction& add, size_t at) {
    const Value a = add.inputs[0], b = add.inputs[1];
    if (program_.dims(a) != program_.dims(b)) return false;
    const bool b_later = program_[b].producer > program_[a].producer;
    const Value later = b_later ? b : a, earlier = b_later ? a : b;
    return fuse(add, at, later, earlier) || fuse(add, at, earlier, later);
  }

  bool fuse(const Instruction& add, size_t at, Value product, Value summand) {
    const Instruction* p = rewriter_.index().producer(product);
    const auto* conv = primitive_as<Conv>(p);
    if (!conv || conv->activation || conv->sums || !rewriter_.index().sole_reader(product)) return false;
    if (p->inputs[0] == summand || !last_reader(program_, rewriter_.index(), summand, at)) return false;
    const ConvDims dims{program_.dims(p->inputs[0]), program_.dims(p->inputs[1]), program_.dims(product)};
    if (conv_speed(ConvKind::forward_sum, dims, conv->args) != Speed::direct) return false;
    Builder& b = rewriter_.to();
    b.set_origin(*p);
    const Values inputs{rewriter_(p->inputs[0]), rewriter_(p->inputs[1]), rewriter_(p->inputs[2]), rewriter_(summand)};
    rewriter_.map(add.outputs[0], b.append(std::make_shared<Conv>(conv->args, std::nullopt, true), inputs,
                                           {program_.dims(product)})[0]);
    return true;
  }

  const Program& program_;
  Rewriter rewriter_;
};

}  // namespace

Program fuse_sum(const Program& program) { return SumFuser(program).run(); }

}  // namespace graft::ops
