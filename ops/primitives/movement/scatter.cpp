// This file has scatter, which combines rows that are named by number with updates.

#include "graft/core/error.h"
#include "graft/ops/kernels/index/places.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/movement/along.h"

namespace graft::ops {

namespace {

/// Inputs: base (rows, inner), indices (picked), updates (picked, inner).
class ScatterRows final : public Primitive {
 public:
  explicit ScatterRows(Scatter how) : how_(how) {}
  std::string_view name() const override { return "scatter"; }
  std::string attributes() const override { return word(how_); }
  Traits traits(const Program&, const Instruction&) const override { return {.same_for_any_threads = true}; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Gradient gradient(b, self, diff_dst[0]);
    if (how_ == Scatter::set) return gradient.of_set();
    return how_ == Scatter::mul ? gradient.of_product() : gradient.of_extreme();
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[2]), &to = lowering.dims(self.outputs[0]);
    const Operand base = lowering.row_major(self.inputs[0]), indices = lowering.row_major(self.inputs[1]),
                  updates = lowering.row_major(self.inputs[2]);
    lowering.kernel(self, "scatter", {base, indices, updates},
                    {lowering.define(self.outputs[0], onednn::row_major(to))},
                    [how = how_, shape = RowUpdates{to[0], from[0], to[1]}](const Run& run, std::span<void* const> p) {
                      combine_rows(run.threads, shape, how, in(p[0]), in(p[2]), in(p[1]), out(p[3]));
                    });
  }

 private:
  static const char* word(Scatter how) {
    static constexpr const char* words[] = {"set", "add", "max", "min", "mul"};
    return words[static_cast<size_t>(how)];
  }

  class Gradient {
   public:
    Gradient(Builder& b, const Instruction& self, Value diff)
        : b_(b),
          base_(self.inputs[0]),
          indices_(self.inputs[1]),
          updates_(self.inputs[2]),
          dst_(self.outputs[0]),
          diff_(diff) {}

    // A row that was replaced has no gradient.
    Values of_set() const {
      const Value zeros = b_.broadcast_to(b_.scalar(0), b_.dims(updates_));
      return {b_.append(std::make_shared<ScatterRows>(Scatter::set), {diff_, indices_, zeros}, {b_.dims(base_)})[0],
              Value{}, picked(diff_)};
    }

    // Those that are equal to the extreme share its gradient, as in TensorFlow.
    Values of_extreme() const {
      const Value kept = b_.binary(Binary::eq, base_, dst_), taken = b_.binary(Binary::eq, updates_, picked(dst_));
      const Value share = b_.div(diff_, b_.add(kept, summed(taken)));
      return {b_.mul(kept, share), Value{}, b_.mul(taken, picked(share))};
    }

    // Of each factor the product of the others. A single zero is left out of its own; two make all of them zero.
    Values of_product() const {
      const Value one = b_.scalar(1);
      const Value zero_base = b_.eltwise(base_, Eltwise::logical_not);
      const Value zero_update = b_.eltwise(updates_, Eltwise::logical_not);
      const Value base = b_.where(zero_base, one, base_), updates = b_.where(zero_update, one, updates_);
      const Value product =
          b_.append(std::make_shared<ScatterRows>(Scatter::mul), {base, indices_, updates}, {b_.dims(base_)})[0];
      const Value zeros = b_.add(zero_base, summed(zero_update)), part = b_.mul(diff_, product);
      return {unless(b_.sub(zeros, zero_base), b_.div(part, base)), Value{},
              unless(b_.sub(picked(zeros), zero_update), b_.div(picked(part), updates))};
    }

   private:
    Value picked(Value rows) const { return b_.take(rows, indices_, 0); }
    Value summed(Value updates) const { return add_along_axis(b_, updates, indices_, 0, b_.dims(base_)[0]); }
    Value unless(Value zeros, Value value) const { return b_.where(zeros, b_.scalar(0), value); }

    Builder& b_;
    Value base_, indices_, updates_, dst_, diff_;
  };

  Scatter how_;
};

}  // namespace

Value Builder::scatter(Scatter how, Value x, Value indices, Value updates) {
  const Dims to = dims(x), picked = dims(indices);
  Dims expected = to;
  if (picked.size() == 1) expected[0] = picked[0];
  if (picked.size() != 1 || dims(updates) != expected)
    throw ShapeError(cat("scatter: needs row numbers of rank 1 and a row of updates for each; received ",
                         to_string(picked), " and ", to_string(dims(updates)), " for rows of ", to_string(to)));
  if (how == Scatter::add) return add(x, add_along_axis(*this, updates, indices, 0, to[0]));
  const int64_t inner = elements(to) / to[0];
  const Value base = reshape(x, {to[0], inner}), rows = reshape(updates, {picked[0], inner});
  return reshape(append(std::make_shared<ScatterRows>(how), {base, indices, rows}, {dims(base)})[0], to);
}

}  // namespace graft::ops
