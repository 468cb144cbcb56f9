#include <set>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/elementwise/bias.h"
#include "graft/ops/primitives/matrix/inner_product.h"

namespace graft::ops {

namespace {

class Dropper {
 public:
  explicit Dropper(const Program& program)
      : program_(program), rewriter_(program), b_(rewriter_.to()), readers_(program.values.size()) {
    for (const Instruction& i : program.instructions)
      for (const Value v : i.inputs)
        if (v) readers_[index(v)].push_back(&i);
    for (const Value v : program.outputs) readers_[index(v)].push_back(nullptr);
  }

  Program run() {
    for (const Instruction& i : program_.instructions)
      if (i.primitive->name() == "batch_norm_training") find(i);
    for (const Instruction& i : program_.instructions) {
      b_.set_origin(i);
      if (adders_.contains(&i))
        without_bias(i);
      else if (gradients_.contains(&i))
        rewriter_.map(i.outputs[0], b_.append(i.primitive, rewriter_(i.inputs), {program_.dims(i.outputs[0])})[0]);
      else if (i.primitive->name() == "batch_norm_training" && dead_.contains(&i))
        norm(i);
      else if (i.primitive->name() == "batch_norm_backward" && means_.contains(i.inputs[4].id))
        norm_backward(i);
      else if (!updates_.contains(&i))
        rewriter_.copy(i);
    }
    return remove_dead_code(rewriter_.finish());
  }

 private:
  static size_t index(Value v) { return static_cast<size_t>(v.id); }

  static Value bias_of(const Instruction& i) {
    if (const auto* conv = dynamic_cast<const Conv*>(i.primitive.get()))
      return conv->activation || conv->sums ? Value{} : i.inputs[2];
    if (const auto* dense = dynamic_cast<const InnerProduct*>(i.primitive.get()))
      return dense->activation ? Value{} : i.inputs[2];
    const auto* bias = dynamic_cast<const Bias*>(i.primitive.get());
    return bias && !bias->activation ? i.inputs[1] : Value{};
  }

  void find(const Instruction& norm) {
    const Value src = norm.inputs[0];
    const Instruction* linear = rewriter_.producer(src);
    const Value bias = linear ? bias_of(*linear) : Value{};
    if (!bias) return;
    const Instruction* backward = nullptr;
    for (const Instruction* reader : readers_[index(src)]) {
      if (reader == &norm) continue;
      const bool gradient = reader && reader->primitive->name() == "batch_norm_backward" && !backward &&
                            reader->inputs[1] == src && reader->inputs[4] == norm.outputs[1];
      if (!gradient) return;
      backward = reader;
    }
    adders_.insert(linear);
    dead_.insert({&norm, bias});
    if (backward) find_update(bias, *linear, backward->outputs[0]);
  }

  // The update of the bias by this gradient alone, which is 0 but for rounding. A penalty, a decay or a clipped
  // gradient makes another one of it.
  void find_update(Value bias, const Instruction& linear, Value diff) {
    for (const Instruction* update : readers_[index(bias)]) {
      if (!update || update->primitive->name() != "update" || update->inputs[0] != bias) continue;
      const Value gradient = update->inputs[1];
      if (program_.dims(update->inputs[2]) != Dims{1} || rewriter_.uses(gradient) != 1) continue;
      if (linear.primitive->name() == "bias") {
        if (sum_of(gradient) == diff) updates_.insert(update);
        continue;
      }
      const Instruction* p = rewriter_.producer(gradient);
      if (!p || p->outputs.size() != 2 || p->outputs[1] != gradient || p->inputs[0] != linear.inputs[0] ||
          p->inputs[1] != diff)
        continue;
      updates_.insert(update);
      gradients_.insert(p);
    }
  }

  // What the value sums up.
  Value sum_of(Value v) const {
    const Instruction* p = rewriter_.producer(v);
    while (p && (p->primitive->name() == "reshape" ||
                 (p->primitive->name() == "reduce" && p->primitive->attributes().find("sum") != std::string::npos))) {
      v = p->inputs[0];
      p = rewriter_.producer(v);
    }
    return v;
  }

  void without_bias(const Instruction& i) {
    if (i.primitive->name() == "bias") return rewriter_.map(i.outputs[0], rewriter_(i.inputs[0]));
    const Values inputs{rewriter_(i.inputs[0]), rewriter_(i.inputs[1]), {}};
    rewriter_.map(i.outputs[0], b_.append(i.primitive, inputs, {program_.dims(i.outputs[0])})[0]);
  }

  // The mean that others see, the moving mean first of all, is that of src with its bias.
  void norm(const Instruction& i) {
    rewriter_.copy(i);
    const Value mean = rewriter_(i.outputs[1]);
    means_[i.outputs[1].id] = mean;
    rewriter_.map(i.outputs[1], b_.add(mean, rewriter_(dead_.at(&i))));
  }

  void norm_backward(const Instruction& i) {
    const Value mean = i.inputs[4], moved = rewriter_(mean);
    rewriter_.map(mean, means_.at(mean.id));
    rewriter_.copy(i);
    rewriter_.map(mean, moved);
  }

  const Program& program_;
  Rewriter rewriter_;
  Builder& b_;
  std::vector<std::vector<const Instruction*>> readers_;
  std::set<const Instruction*> adders_, gradients_, updates_;
  std::map<const Instruction*, Value> dead_;  // by normalisation: the bias before it
  std::map<int32_t, Value> means_;            // by the old mean: the new one, without the bias
};

}  // namespace

Program drop_dead_bias(const Program& program) { return Dropper(program).run(); }

}  // namespace graft::ops
