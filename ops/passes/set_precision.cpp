#include <algorithm>
#include <map>

#include "graft/core/onednn.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/passes/set_precision.h"
#include "graft/ops/primitives/elementwise/cast.h"

namespace graft::ops {

void check_supported(Precision precision) {
  if (precision == Precision("bf16") && !onednn::has_bf16())
    throw ConfigError("precision \"bf16\" needs a CPU with avx512_bf16, which this machine lacks")
        .hint("\"float32\" runs on every CPU.");
}

namespace {

bool names(const std::vector<size_t>& operands, size_t k) {
  return std::find(operands.begin(), operands.end(), k) != operands.end();
}

class Narrower {
 public:
  explicit Narrower(const Program& program) : program_(program), rewriter_(program), wanted_(program) {
    for (size_t at = 0; at < program.instructions.size(); ++at) {
      const Instruction& i = program.instructions[at];
      const LowPrecision& low = rewriter_.index().traits(at).low_precision;
      for (size_t k = 0; k < i.inputs.size(); ++k)
        if (i.inputs[k] && low.when != LowPrecision::never && names(low.inputs, k)) wanted_[i.inputs[k]] = true;
    }
  }

  Program run() {
    for (size_t k = 0; k < program_.instructions.size(); ++k)
      rewrite(program_.instructions[k], rewriter_.index().traits(k).low_precision);
    for (const Value v : program_.outputs) rewriter_.map(v, as(rewriter_(v), DType::f32));
    return rewriter_.finish();
  }

 private:
  void rewrite(const Instruction& i, const LowPrecision& low) {
    Values inputs = rewriter_(i.inputs);
    const bool narrow = low.when == LowPrecision::always || follows(low, inputs);
    b().set_origin(i);
    for (size_t k = 0; k < inputs.size(); ++k)
      if (inputs[k]) inputs[k] = as(inputs[k], narrow && names(low.inputs, k) ? DType::bf16 : DType::f32);
    std::vector<Dims> dims;
    for (const Value v : i.outputs) dims.push_back(program_.dims(v));
    const Values outputs = b().append(i.primitive, inputs, dims);
    for (size_t k = 0; k < outputs.size(); ++k) {
      if (narrow && names(low.outputs, k) && worth(low, i.outputs[k])) b().program()[outputs[k]].dtype = DType::bf16;
      rewriter_.map(i.outputs[k], outputs[k]);
    }
  }

  bool follows(const LowPrecision& low, const Values& inputs) {
    return low.when == LowPrecision::following && !low.inputs.empty() &&
           std::all_of(low.inputs.begin(), low.inputs.end(), [&](size_t k) { return is_narrow(inputs[k]); });
  }

  // A product that only float32 instructions read is written as float32, which saves a cast.
  bool worth(const LowPrecision& low, Value output) const {
    return low.when == LowPrecision::following || wanted_[output];
  }

  bool is_narrow(Value now) { return b().program()[now].dtype == DType::bf16; }

  Value as(Value now, DType type) {
    if (is_narrow(now) == (type == DType::bf16)) return now;
    Value& cast = casts_[now.id];
    if (!cast) {
      cast = b().append(std::make_shared<Cast>(type), {now}, {b().dims(now)})[0];
      b().program()[cast].dtype = type;
    }
    return cast;
  }

  Builder& b() { return rewriter_.to(); }

  const Program& program_;
  Rewriter rewriter_;
  PerValue<bool> wanted_;           // by old value: true if some instruction could read it as bfloat16
  std::map<int32_t, Value> casts_;  // by new value: the same value in the other type
};

}  // namespace

Program set_precision(const Program& program, Precision precision) {
  return precision == Precision("float32") ? program : Narrower(program).run();
}

}  // namespace graft::ops
