#include "graft/ops/lower/elementwise.h"

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// The layouts of an elementwise instruction's operands, and the loop nest that walks them.
class Plan {
 public:
  Plan(Lowering& lowering, const Instruction& self, bool zero_stays_zero)
      : lowering_(lowering), self_(self), dims_(lowering.dims(self.outputs[0])) {
    md_ = choose_layout(zero_stays_zero);
    for (const Value v : self.inputs) sources.push_back(full(v) ? lowering.as(v, md_) : lowering.plain(v));
    dst = lowering.define(self.outputs[0], md_);
    nest = onednn::is_dense(md_) ? strided_nest() : flat_nest();
    nest.narrow[0] = is_narrow(md_);
    for (size_t k = 0; k < sources.size(); ++k) nest.narrow[k + 1] = is_narrow(sources[k].md);
  }

  std::vector<Operand> sources;
  Operand dst;
  LoopNest nest;

  std::vector<std::pair<size_t, size_t>> in_place() const {
    std::vector<std::pair<size_t, size_t>> pairs;
    for (size_t i = 0; i < sources.size(); ++i)
      if (full(self_.inputs[i])) pairs.push_back({i + 1, 0});
    return pairs;
  }

 private:
  bool full(Value v) const { return lowering_.dims(v) == dims_; }
  bool single(Value v) const { return elements(lowering_.dims(v)) == 1; }

  memory::desc choose_layout(bool zero_stays_zero) const {
    const auto first = std::find_if(self_.inputs.begin(), self_.inputs.end(), [&](Value v) { return full(v); });
    if (first == self_.inputs.end()) return dense_like(lowering_.plain(self_.inputs[0]).md, dims_);
    const memory::desc md = lowering_.operand(*first).md;
    if (onednn::is_dense(md) || (!onednn::is_plain(md) && walkable_with_padding(md, zero_stays_zero))) return md;
    return onednn::channels_last(dims_, onednn::type_of(md));
  }

  bool walkable_with_padding(const memory::desc& md, bool zero_stays_zero) const {
    const bool padded = padded_elements(md) != elements(dims_);
    return std::all_of(self_.inputs.begin(), self_.inputs.end(),
                       [&](Value v) { return full(v) ? !padded || zero_stays_zero : single(v) && !padded; });
  }

  LoopNest strided_nest() const {
    std::vector<Dims> strides{onednn::strides(md_)};
    for (const Operand& source : sources) strides.push_back(broadcast_strides(source.md, dims_));
    return loop_nest(dims_, strides);
  }

  LoopNest flat_nest() const {
    std::vector<Dims> strides{{1}};
    for (const Value v : self_.inputs) strides.push_back({full(v) ? 1 : 0});
    return loop_nest({padded_elements(md_)}, strides);
  }

  Lowering& lowering_;
  const Instruction& self_;
  const Dims dims_;
  memory::desc md_;
};

}  // namespace

Dims broadcast_dims(const Builder& builder, std::string_view operation, const Values& sources) {
  Dims out{1};
  for (const Value v : sources) {
    const Dims& dims = builder.dims(v);
    if (dims == Dims{1}) continue;
    if (out == Dims{1}) {
      out = dims;
      continue;
    }
    bool fits = dims.size() == out.size();
    for (size_t i = 0; fits && i < dims.size(); ++i) {
      fits = dims[i] == out[i] || dims[i] == 1 || out[i] == 1;
      if (out[i] == 1) out[i] = dims[i];
    }
    if (fits) continue;
    std::string all;
    for (const Value each : sources) all += (all.empty() ? "" : " and ") + to_string(builder.dims(each));
    throw ShapeError(cat(operation, ": operands must have equal ranks and dims that are equal or 1; received ", all));
  }
  return out;
}

Step& elementwise(Lowering& lowering, const Instruction& self, const std::string& name, bool zero_stays_zero,
                  BlockKernel kernel) {
  const Plan plan(lowering, self, zero_stays_zero);
  const auto run_blocks = [nest = plan.nest, kernel = std::move(kernel)](const Run& run, std::span<void* const> p) {
    for_each_block(nest, p, run.threads, kernel);
  };
  Step& step = lowering.kernel(self, name, plan.sources, {plan.dst}, run_blocks);
  std::rotate(step.arguments.begin(), step.arguments.end() - 1, step.arguments.end());  // dst is operand 0 of a nest
  step.in_place = plan.in_place();
  return step;
}

}  // namespace graft::ops
