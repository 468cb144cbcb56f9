#include <algorithm>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/matrix/inner_product.h"
#include "graft/ops/primitives/movement/along.h"
#include "graft/ops/primitives/movement/view.h"

namespace graft::ops {

namespace {

constexpr int64_t kMostBytes = 64 << 20;  // of a table of products

class EmbeddingFolder {
 public:
  explicit EmbeddingFolder(const Program& program)
      : program_(program), rewriter_(program), index_(rewriter_.index()), b_(rewriter_.to()) {}

  Program run() {
    return remove_dead_code(rewriter_.each([&](const Instruction& i) { return fold(i); }));
  }

 private:
  // The instruction that takes rows of a table, if the value has these rows in their order.
  const Instruction* take_of(Value rows) const {
    const Instruction* p = index_.producer(rows);
    while (primitive_as<Reshape>(p)) p = index_.producer(p->inputs[0]);
    return p && takes_rows(program_, *p) && program_.dims(p->outputs[0]) == program_.dims(rows) ? p : nullptr;
  }

  bool known(const Values& values) const {
    return std::ranges::all_of(values, [&](Value v) { return !v || index_.ahead_of_runs(v); });
  }

  bool fold(const Instruction& i) {
    const Instruction* take = primitive_as<InnerProduct>(i) ? take_of(i.inputs[0]) : nullptr;
    if (!take || !known({take->inputs[0], i.inputs[1], i.inputs[2]})) return false;
    const Dims table{program_.dims(take->inputs[0])[0], program_.dims(i.outputs[0])[1]};
    if (elements(table) * static_cast<int64_t>(sizeof(float)) > kMostBytes) return false;
    Values inputs = rewriter_(i.inputs);
    inputs[0] = rewriter_(take->inputs[0]);
    const Value products = b_.append(i.primitive, inputs, {table})[0];
    rewriter_.map(i.outputs[0], b_.take(products, rewriter_(take->inputs[1]), 0));
    return true;
  }

  const Program& program_;
  Rewriter rewriter_;
  const ProgramIndex& index_;
  Builder& b_;
};

}  // namespace

Program fold_embedding(const Program& program) { return EmbeddingFolder(program).run(); }

}  // namespace graft::ops
