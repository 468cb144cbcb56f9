// This file has up-sampling by whole factors: nearest, or linear between the centres of pixels.

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/kernels/resample.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

class Resample final : public Primitive, public HasWays {
 public:
  Resample(Dims factors, Interpolation interpolation, bool backward)
      : factors_(std::move(factors)), interpolation_(interpolation), backward_(backward) {}
  std::string_view name() const override { return backward_ ? "resample_backward" : "resample"; }
  std::string attributes() const override {
    return cat("factors=", to_string(factors_), interpolation_ == Interpolation::nearest ? " nearest" : " linear");
  }
  Traits traits(const Program&, const Instruction&) const override { return {.cheap = !backward_, .row_inputs = {0}}; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return b.append(std::make_shared<Resample>(factors_, interpolation_, !backward_), {diff_dst[0]},
                    {b.dims(self.inputs[0])});
  }

  std::vector<std::string_view> ways(const Program& program, const Instruction& self) const override {
    return program.dims(self.inputs[0]).size() == 4 ? std::vector{way::resampling} : std::vector<std::string_view>{};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    if (lowering.way(self) == way::resampling) return realise_by_onednn(lowering, self);
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Dims& small = backward_ ? to : from;
    const bool image = small.size() == 4;
    const Resampling kernel{image ? axis(small[2], factors_[0]) : ResampleAxis::identity(),
                            axis(small.back(), factors_.back()),
                            from[0],
                            image ? from[2] : 1,
                            from.back(),
                            from[1]};
    lowering.kernel(
        self, std::string(name()), {lowering.as(self.inputs[0], onednn::channels_last(from))},
        {lowering.define(self.outputs[0], onednn::channels_last(to))},
        [kernel](const Run& run, std::span<void* const> p) { kernel.run(run.threads, in(p[0]), out(p[1])); });
  }

 private:
  void realise_by_onednn(Lowering& lowering, const Instruction& self) const {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const ThreadScope scope(lowering.threads_for(std::max(elements(from), elements(to)), Lowering::kElementGrain));
    const memory::desc src = onednn::channels_last(from), dst = onednn::channels_last(to);
    const auto algorithm = interpolation_ == Interpolation::nearest ? dnnl::algorithm::resampling_nearest
                                                                    : dnnl::algorithm::resampling_linear;
    const auto attr = onednn::user_scratchpad();
    const auto forward = [&](dnnl::prop_kind kind, const memory::desc& small, const memory::desc& large) {
      return onednn::make_pd<dnnl::resampling_forward>(attr, kind, algorithm, small, large);
    };
    const Operand x = lowering.as(self.inputs[0], src), y = lowering.define(self.outputs[0], dst);
    if (!backward_) {
      const auto pd = forward(dnnl::prop_kind::forward_inference, src, dst);
      lowering.primitive(self, pd, dnnl::resampling_forward(pd), {{DNNL_ARG_SRC, x, false}, {DNNL_ARG_DST, y, true}});
      return;
    }
    const auto hint = forward(dnnl::prop_kind::forward_training, dst, src);
    const auto pd = onednn::make_pd_hint<dnnl::resampling_backward>(hint, attr, algorithm, dst, src);
    lowering.primitive(self, pd, dnnl::resampling_backward(pd),
                       {{DNNL_ARG_DIFF_DST, x, false}, {DNNL_ARG_DIFF_SRC, y, true}});
  }

  ResampleAxis axis(int64_t n, int64_t factor) const {
    ResampleAxis up = ResampleAxis::up_sampling(n, factor, interpolation_);
    return backward_ ? ResampleAxis::transposed(up, n) : up;
  }

  Dims factors_;
  Interpolation interpolation_;
  bool backward_;
};

}  // namespace

Value Builder::resample(Value src, const Dims& spatial_factors, Interpolation interpolation) {
  const Dims& from = dims(src);
  const bool fits = (from.size() == 3 || from.size() == 4) && spatial_factors.size() + 2 == from.size() &&
                    std::all_of(spatial_factors.begin(), spatial_factors.end(), [](int64_t f) { return f >= 1; });
  if (!fits)
    throw ShapeError(cat("resample: needs a factor of 1 or more for each spatial axis of src (N, C, [H,] W); received ",
                         to_string(spatial_factors), " for ", to_string(from)));
  Dims to = from;
  for (size_t i = 0; i < spatial_factors.size(); ++i) to[i + 2] *= spatial_factors[i];
  return to == from ? src : append(std::make_shared<Resample>(spatial_factors, interpolation, false), {src}, {to})[0];
}

}  // namespace graft::ops
