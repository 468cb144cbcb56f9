#include <set>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/effects/optimizer_update.h"
#include "graft/ops/primitives/elementwise/bias.h"
#include "graft/ops/primitives/matrix/inner_product.h"
#include "graft/ops/primitives/movement/view.h"
#include "graft/ops/primitives/normalization/batch_norm.h"
#include "graft/ops/primitives/reduction/reduce.h"

namespace graft::ops {

namespace {

class Dropper {
 public:
  explicit Dropper(const Program& program)
      : program_(program), rewriter_(program), index_(rewriter_.index()), b_(rewriter_.to()) {}

  Program run() {
    for (const Instruction& i : program_.instructions)
      if (primitive_as<BatchNormTraining>(i)) find(i);
    for (const Instruction& i : program_.instructions) {
      b_.set_origin(i);
      if (adders_.contains(&i))
        without_bias(i);
      else if (gradients_.contains(&i))
        rewriter_.map(i.outputs[0], b_.append(i.primitive, rewriter_(i.inputs), {program_.dims(i.outputs[0])})[0]);
      else if (dead_.contains(&i))
        norm(i);
      else if (primitive_as<BatchNormBackward>(i) && means_.contains(i.inputs[4].id))
        norm_backward(i);
      else if (!updates_.contains(&i))
        rewriter_.copy(i);
    }
    return remove_dead_code(rewriter_.finish());
  }

 private:
  static Value bias_of(const Instruction& i) {
    if (const auto* conv = primitive_as<Conv>(i)) return conv->activation || conv->sums ? Value{} : i.inputs[2];
    if (const auto* dense = primitive_as<InnerProduct>(i)) return dense->activation ? Value{} : i.inputs[2];
    const auto* bias = primitive_as<Bias>(i);
    return bias && !bias->activation ? i.inputs[1] : Value{};
  }

  void find(const Instruction& norm) {
    const Value src = norm.inputs[0];
    const Instruction* linear = index_.producer(src);
    const Value bias = linear ? bias_of(*linear) : Value{};
    if (!bias || index_.is_output(src)) return;
    const Instruction* backward = nullptr;
    for (const size_t k : index_.readers(src)) {
      const Instruction& reader = program_.instructions[k];
      if (&reader == &norm) continue;
      const bool gradient = primitive_as<BatchNormBackward>(reader) && !backward && reader.inputs[1] == src &&
                            reader.inputs[4] == norm.outputs[1];
      if (!gradient) return;
      backward = &reader;
    }
    adders_.insert(linear);
    dead_.insert({&norm, bias});
    if (backward) find_update(bias, *linear, backward->outputs[0]);
  }

  // Finds the update of the bias by this gradient alone, which is 0 except for rounding. An update with a penalty, a
  // decay or a clipped gradient does more, so it is kept.
  void find_update(Value bias, const Instruction& linear, Value diff) {
    for (const size_t k : index_.readers(bias)) {
      const Instruction& update = program_.instructions[k];
      if (!is_optimizer_update(update) || update.inputs[0] != bias) continue;
      const Value gradient = update.inputs[1];
      if (program_.dims(update.inputs[2]) != Dims{1} || !index_.sole_reader(gradient)) continue;
      if (primitive_as<Bias>(linear)) {
        if (sum_of(gradient) == diff) updates_.insert(&update);
        continue;
      }
      const Instruction* p = index_.producer(gradient);
      if (!p || p->outputs.size() != 2 || p->outputs[1] != gradient || p->inputs[0] != linear.inputs[0] ||
          p->inputs[1] != diff)
        continue;
      updates_.insert(&update);
      gradients_.insert(p);
    }
  }

  // The value that v is a sum of: looks through reshapes and sums.
  Value sum_of(Value v) const {
    const Instruction* p = index_.producer(v);
    while (p && (primitive_as<Reshape>(p) || reduction_of(*p) == Reduction::sum)) {
      v = p->inputs[0];
      p = index_.producer(v);
    }
    return v;
  }

  void without_bias(const Instruction& i) {
    if (primitive_as<Bias>(i)) return rewriter_.map(i.outputs[0], rewriter_(i.inputs[0]));
    const Values inputs{rewriter_(i.inputs[0]), rewriter_(i.inputs[1]), {}};
    rewriter_.map(i.outputs[0], b_.append(i.primitive, inputs, {program_.dims(i.outputs[0])})[0]);
  }

  // Other readers of the mean, above all the moving mean, still get the mean of src with its bias.
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
  const ProgramIndex& index_;
  Builder& b_;
  std::set<const Instruction*> adders_, gradients_, updates_;
  std::map<const Instruction*, Value> dead_;  // the bias before each normalisation
  std::map<int32_t, Value> means_;            // by the id of the old mean: the new mean, without the bias
};

}  // namespace

Program drop_dead_bias(const Program& program) { return Dropper(program).run(); }

}  // namespace graft::ops
