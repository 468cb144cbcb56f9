// This file has the rounding of floats to the numbers of a smaller type.

#include "graft/ops/kernels/round_float.h"
#include "graft/core/error.h"
#include "graft/ops/lower/elementwise.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

class RoundFloat final : public Primitive {
 public:
  explicit RoundFloat(const FloatFormat& format) : format_(format) {}
  std::string_view name() const override { return "round_float"; }
  std::string attributes() const override {
    return cat("mantissa=", format_.mantissa, " smallest=2^", format_.smallest_exponent, " max=", format_.max);
  }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .cheap = true, .row_inputs = {0}};
  }

  // As of a cast: the step is passed over.
  Values gradient(Builder&, const Instruction&, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {diff_dst[0]};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    elementwise(lowering, self, "round_float", true,
                [format = format_](const Block& block) { round_block(block, format); });
  }

 private:
  FloatFormat format_;
};

}  // namespace

Value Builder::round_float(Value x, const FloatFormat& format) {
  return append(std::make_shared<RoundFloat>(format), {x}, {dims(x)})[0];
}

}  // namespace graft::ops
