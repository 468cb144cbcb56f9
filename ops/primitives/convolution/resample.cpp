// This file has images of another size: each spatial axis is multiplied with a sparse matrix of weights. The adaptive
// average pooling is one of them, whose weights are the shares of pixels in windows.

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/kernels/image/resample.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

const char* name_of(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::nearest:
      return "nearest";
    case Interpolation::linear:
      return "linear";
    case Interpolation::cubic:
      return "cubic";
    case Interpolation::lanczos3:
      return "lanczos3";
    case Interpolation::lanczos5:
      return "lanczos5";
    default:
      return "area";
  }
}

int64_t product(const Dims& dims, size_t begin, size_t end) {
  int64_t out = 1;
  for (size_t i = begin; i < end; ++i) out *= dims[i];
  return out;
}

/// The gradient of the resampling is the same with transposed matrices; `to` has the spatial dims of its result.
class Resample final : public Primitive, public HasWays {
 public:
  Resample(Dims to, Interpolation interpolation, bool antialias, bool backward)
      : to_(std::move(to)), interpolation_(interpolation), antialias_(antialias), backward_(backward) {}
  std::string_view name() const override { return backward_ ? "resample_backward" : "resample"; }
  std::string attributes() const override {
    return cat("to=", to_string(to_), ' ', name_of(interpolation_), antialias_ ? " antialias" : "");
  }
  Traits traits(const Program&, const Instruction&) const override { return {.cheap = !backward_, .row_inputs = {0}}; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Dims& src = b.dims(self.inputs[0]);
    return b.append(
        std::make_shared<Resample>(Dims(src.begin() + 2, src.end()), interpolation_, antialias_, !backward_),
        {diff_dst[0]}, {src});
  }

  std::vector<std::string_view> ways(const Program& program, const Instruction& self) const override {
    const Dims &from = program.dims(self.inputs[0]), &to = program.dims(self.outputs[0]);
    const bool known = interpolation_ == Interpolation::nearest || interpolation_ == Interpolation::linear;
    if (from.size() != 4 || !known || !grows_by_factors(backward_ ? to : from, backward_ ? from : to)) return {};
    return {way::resampling};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    if (lowering.way(self) == way::resampling) return realise_by_onednn(lowering, self);
    const size_t rank = lowering.dims(self.inputs[0]).size();
    const bool few_taps =
        interpolation_ == Interpolation::nearest || (interpolation_ == Interpolation::linear && !antialias_);
    if (rank <= 4 && few_taps) return realise_at_once(lowering, self);
    realise_by_axes(lowering, self);
  }

 private:
  static bool grows_by_factors(const Dims& small, const Dims& large) {
    return large[2] % small[2] == 0 && large[3] % small[3] == 0;
  }

  void realise_at_once(Lowering& lowering, const Instruction& self) const {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const bool image = from.size() == 4;
    const Resampling kernel{image ? axis(from[2], to[2]) : ResampleAxis::identity(),
                            axis(from.back(), to.back()),
                            from[0],
                            image ? from[2] : 1,
                            from.back(),
                            from[1]};
    lowering.kernel(
        self, std::string(name()), {lowering.as(self.inputs[0], onednn::channels_last(from))},
        {lowering.define(self.outputs[0], onednn::channels_last(to))},
        [kernel](const Run& run, std::span<void* const> p) { kernel.run(run.threads, in(p[0]), out(p[1])); });
  }

  // One step for each axis that changes, the one that shrinks most first.
  void realise_by_axes(Lowering& lowering, const Instruction& self) const {
    Dims at = lowering.dims(self.inputs[0]);
    const Dims& to = lowering.dims(self.outputs[0]);
    std::vector<size_t> axes;
    for (size_t i = 2; i < at.size(); ++i)
      if (at[i] != to[i]) axes.push_back(i);
    std::stable_sort(axes.begin(), axes.end(), [&](size_t a, size_t b) { return to[a] * at[b] < to[b] * at[a]; });
    Operand src = lowering.as(self.inputs[0], onednn::channels_last(at));
    for (const size_t i : axes) {
      const AxisResampling kernel{axis(at[i], to[i]), at[0] * product(at, 2, i), at[i],
                                  product(at, i + 1, at.size()) * at[1]};
      at[i] = to[i];
      const memory::desc md = onednn::channels_last(at);
      const Operand dst = i == axes.back() ? lowering.define(self.outputs[0], md) : lowering.scratch(md);
      lowering.kernel(self, std::string(name()), {src}, {dst}, [kernel](const Run& run, std::span<void* const> p) {
        kernel.run(run.threads, in(p[0]), out(p[1]));
      });
      src = dst;
    }
  }

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

  // The axis of the step, from `from` pixels to `to`.
  ResampleAxis axis(int64_t from, int64_t to) const {
    if (!backward_) return ResampleAxis::between(from, to, interpolation_, antialias_);
    return ResampleAxis::transposed(ResampleAxis::between(to, from, interpolation_, antialias_), to);
  }

  Dims to_;
  Interpolation interpolation_;
  bool antialias_, backward_;
};

bool all_positive(const Dims& dims) {
  return std::all_of(dims.begin(), dims.end(), [](int64_t d) { return d >= 1; });
}

}  // namespace

Value Builder::resample(Value src, const Dims& spatial_factors, Interpolation interpolation) {
  const Dims& from = dims(src);
  const bool fits = from.size() >= 3 && spatial_factors.size() + 2 == from.size() && all_positive(spatial_factors);
  if (!fits)
    throw ShapeError(
        cat("resample: needs a factor of 1 or more for each spatial axis of src (N, C, spatial); received ",
            to_string(spatial_factors), " for ", to_string(from)));
  Dims to(from.begin() + 2, from.end());
  for (size_t i = 0; i < to.size(); ++i) to[i] *= spatial_factors[i];
  return resize(src, to, interpolation);
}

Value Builder::resize(Value src, const Dims& spatial_dims, Interpolation interpolation, bool antialias) {
  const Dims& from = dims(src);
  if (from.size() < 3 || spatial_dims.size() + 2 != from.size() || !all_positive(spatial_dims))
    throw ShapeError(cat("resize: needs a size of 1 or more for each spatial axis of src (N, C, spatial); received ",
                         to_string(spatial_dims), " for ", to_string(from)));
  Dims to{from[0], from[1]};
  to.insert(to.end(), spatial_dims.begin(), spatial_dims.end());
  if (to == from) return src;
  return append(std::make_shared<Resample>(spatial_dims, interpolation, antialias, false), {src}, {to})[0];
}

}  // namespace graft::ops
