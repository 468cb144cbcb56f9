#include "graft/ops/program/gradients.h"

#include "graft/core/error.h"
#include "graft/ops/program/program_index.h"

namespace graft::ops {

namespace {

/// Reverse mode over the instructions that are in the Program so far.
class Backward {
 public:
  Backward(Builder& builder, Value loss, std::span<const Value> wrt)
      : builder_(builder),
        count_(builder.program().instructions.size()),
        diff_(builder.program()),
        needed_(builder.program()) {
    mark_needed(wrt);
    diff_[loss] = builder.constant(Tensor::full(Shape(builder.dims(loss)), 1));
  }

  void run() {
    const std::string outer = builder_.label();
    for (size_t k = count_; k-- > 0;) visit(k);
    builder_.set_label(outer);
  }

  Value diff(Value v) const { return diff_[v]; }

 private:
  bool needed(Value v) const { return v && needed_[v]; }

  // A value is needed when a path leads from one of `wrt` to it.
  void mark_needed(std::span<const Value> wrt) {
    const Program& program = builder_.program();
    for (const Value v : wrt) needed_[v] = true;
    for (const Instruction& i : program.instructions) {
      bool reached = false;
      for (const Value v : i.inputs) reached = reached || needed(v);
      if (reached)
        for (const Value v : i.outputs) needed_[v] = true;
    }
  }

  void visit(size_t k) {
    const Instruction& self = builder_.program().instructions[k];
    Values diff_dst;
    bool any = false;
    for (const Value v : self.outputs) {
      diff_dst.push_back(diff_[v]);
      any = any || diff_dst.back();
    }
    std::vector<bool> wanted;
    bool wants = false;
    for (const Value v : self.inputs) {
      wanted.push_back(needed(v));
      wants = wants || wanted.back();
    }
    if (!any || !wants) return;
    builder_.set_label(self.label.empty() ? "" : self.label + " (grad)");
    const Values diff_src = self.primitive->gradient(builder_, self, diff_dst, wanted);
    for (size_t i = 0; i < self.inputs.size(); ++i)
      if (wanted[i] && i < diff_src.size() && diff_src[i]) accumulate(self.inputs[i], diff_src[i]);
  }

  void accumulate(Value v, Value diff) {
    if (builder_.dims(diff) != builder_.dims(v))
      throw GraphError(cat("the gradient of a value of dims ", to_string(builder_.dims(v)), " came out as ",
                           to_string(builder_.dims(diff))))
          .who(builder_.label());
    Value& sum = diff_[v];
    sum = sum ? builder_.add(sum, diff) : diff;
  }

  Builder& builder_;
  size_t count_;
  PerValue<Value> diff_;  // of the values that were there before the gradients
  PerValue<bool> needed_;
};

}  // namespace

Values gradients(Builder& builder, Value loss, std::span<const Value> wrt) {
  if (elements(builder.dims(loss)) != 1)
    throw ShapeError(cat("a loss has one element; received dims ", to_string(builder.dims(loss))))
        .hint("take its mean or sum");
  Backward backward(builder, loss, wrt);
  backward.run();
  Values out;
  for (const Value v : wrt) out.push_back(backward.diff(v));
  return out;
}

}  // namespace graft::ops
