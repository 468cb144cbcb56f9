// This file has the places at which values would keep a sorted row in order.

#include "graft/core/error.h"
#include "graft/ops/kernels/index/sort.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// Inputs: the sorted row, the values. It has no gradient.
class SearchSorted final : public Primitive {
 public:
  explicit SearchSorted(bool right) : right_(right) {}
  std::string_view name() const override { return "search_sorted"; }
  std::string attributes() const override { return right_ ? "right" : "left"; }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .row_inputs = {1}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override {
    return {Value{}, Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Operand sorted = lowering.row_major(self.inputs[0]), values = dense(lowering, self.inputs[1]);
    const int64_t count = elements(lowering.dims(self.inputs[0])), n = elements(lowering.dims(self.inputs[1]));
    lowering.kernel(self, "search_sorted", {sorted, values}, {lowering.define(self.outputs[0], values.md)},
                    [right = right_, count, n](const Run& run, std::span<void* const> p) {
                      search_sorted(run.threads, right, count, in(p[0]), n, in(p[1]), out(p[2]));
                    });
  }

 private:
  bool right_;
};

}  // namespace

Value Builder::search_sorted(Value sorted, Value values, bool right) {
  if (dims(sorted).size() != 1)
    throw ShapeError(cat("search_sorted: the sorted values must have rank 1; received ", to_string(dims(sorted))));
  return append(std::make_shared<SearchSorted>(right), {sorted, values}, {dims(values)})[0];
}

}  // namespace graft::ops
