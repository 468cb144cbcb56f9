#include <numeric>
#include <optional>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/elementwise/binary.h"
#include "graft/ops/primitives/elementwise/eltwise.h"
#include "graft/ops/primitives/elementwise/stop_gradient.h"
#include "graft/ops/primitives/movement/view.h"

namespace graft::ops {

namespace {

class Simplifier {
 public:
  explicit Simplifier(const Program& program) : program_(program), rewriter_(program), b_(rewriter_.to()) {}

  Program run() {
    for (const Instruction& i : program_.instructions) {
      b_.set_origin(i);
      const Value shorter = simpler(i);
      if (shorter)
        rewriter_.map(i.outputs[0], shorter);
      else
        rewriter_.copy(i);
    }
    return remove_dead_code(rewriter_.finish());
  }

 private:
  Value simpler(const Instruction& i) {
    if (const auto* view = primitive_as<Transpose>(i)) return transpose(rewriter_(i.inputs[0]), *view);
    if (const auto* view = primitive_as<Reshape>(i)) return reshape(rewriter_(i.inputs[0]), *view);
    if (const auto* f = primitive_as<EltwiseForward>(i)) return function(i, f->args);
    if (primitive_as<StopGradient>(i)) return rewriter_(i.inputs[0]);  // gradients exist by now
    if (const auto* op = primitive_as<BinaryForward>(i)) return arithmetic(i, op->algorithm);
    return {};
  }

  // A function behind a view becomes a view of the function. Then views meet and cancel, and the primitive before the
  // view can take the function in.
  Value function(const Instruction& i, const EltwiseArgs& args) {
    const Value x = rewriter_(i.inputs[0]);
    if (rewriter_.index().sole_reader(i.inputs[0])) {
      if (const auto* view = made_by<Transpose>(x))
        return b_.transpose(function(operand_of(x), args), view->permutation);
      if (const auto* view = made_by<Reshape>(x)) return b_.reshape(function(operand_of(x), args), view->dims);
    }
    return args.algorithm == Eltwise::linear ? linear(x, args) : Value{};
  }
  Value function(Value x, const EltwiseArgs& args) {
    return args.algorithm == Eltwise::linear ? linear(x, args) : b_.eltwise(x, args);
  }

  // Arithmetic with a constant number becomes an elementwise function, which reads no second operand and can be fused.
  Value arithmetic(const Instruction& i, Binary algorithm) {
    const Value a = i.inputs[0], b = i.inputs[1];
    const Dims& dims = program_.dims(i.outputs[0]);
    if (const auto number = constant(b); number && program_.dims(a) == dims) {
      switch (algorithm) {
        case Binary::add:
          return linear(rewriter_(a), {Eltwise::linear, 1, *number});
        case Binary::sub:
          return linear(rewriter_(a), {Eltwise::linear, 1, -*number});
        case Binary::mul:
          return linear(rewriter_(a), {Eltwise::linear, *number, 0});
        case Binary::div:
          return linear(rewriter_(a), {Eltwise::linear, 1 / *number, 0});
        default:
          return {};
      }
    }
    if (const auto number = constant(a); number && program_.dims(b) == dims) {
      switch (algorithm) {
        case Binary::add:
          return linear(rewriter_(b), {Eltwise::linear, 1, *number});
        case Binary::sub:
          return linear(rewriter_(b), {Eltwise::linear, -1, *number});
        case Binary::mul:
          return linear(rewriter_(b), {Eltwise::linear, *number, 0});
        default:
          return {};
      }
    }
    return {};
  }

  std::optional<float> constant(Value v) const {
    const ValueInfo& info = program_[v];
    if (info.source != Source::constant || elements(info.dims) != 1) return std::nullopt;
    return info.constant.data<float>()[0];
  }

  template <class P>
  const P* made_by(Value v) {
    return primitive_as<P>(rewriter_.new_producer(v));
  }
  Value operand_of(Value v) { return rewriter_.new_producer(v)->inputs[0]; }

  Value transpose(Value x, const Transpose& view) {
    std::vector<int> axes = view.permutation;
    if (const auto* inner = made_by<Transpose>(x)) {
      for (int& axis : axes) axis = inner->permutation[static_cast<size_t>(axis)];
      x = operand_of(x);
    }
    std::vector<int> identity(axes.size());
    std::iota(identity.begin(), identity.end(), 0);
    return axes == identity ? x : b_.transpose(x, axes);
  }

  Value reshape(Value x, const Reshape& view) {
    if (made_by<Reshape>(x)) x = operand_of(x);
    return b_.dims(x) == view.dims ? x : b_.reshape(x, view.dims);
  }

  // Merges a (c x + d) + b into one function.
  Value linear(Value x, EltwiseArgs args) {
    if (const auto* inner = made_by<EltwiseForward>(x); inner && inner->args.algorithm == Eltwise::linear) {
      args.beta += args.alpha * inner->args.beta;
      args.alpha *= inner->args.alpha;
      x = operand_of(x);
    }
    return args.alpha == 1 && args.beta == 0 ? x : b_.eltwise(x, args);
  }

  const Program& program_;
  Rewriter rewriter_;
  Builder& b_;
};

}  // namespace

Program simplify(const Program& program) { return Simplifier(program).run(); }

}  // namespace graft::ops
