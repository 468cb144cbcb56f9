// This file has poolings to a size that is given. The mean over windows is a resampling by area; the largest value is
// found axis by axis, the last axis first, so that the first pixel of several that are equal gets the gradient.

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/kernels/image/window_max.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

// The axis of images that are channels last.
WindowMax windows_of(const Dims& src, const Dims& dst, size_t axis) {
  WindowMax out{src[0], src[axis], dst[axis], src[1]};
  for (size_t i = 2; i < axis; ++i) out.outer *= src[i];
  for (size_t i = axis + 1; i < src.size(); ++i) out.inner *= src[i];
  return out;
}

/// Inputs: src, dst, diff_dst.
class WindowMaxBackward final : public Primitive {
 public:
  explicit WindowMaxBackward(size_t axis) : axis_(axis) {}
  std::string_view name() const override { return "window_max_backward"; }
  std::string attributes() const override { return cat("axis=", axis_); }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &src = lowering.dims(self.inputs[0]), &dst = lowering.dims(self.inputs[1]);
    const auto channels_last = [&](size_t i) {
      return lowering.as(self.inputs[i], onednn::channels_last(lowering.dims(self.inputs[i])));
    };
    lowering.kernel(self, "window_max_backward", {channels_last(0), channels_last(1), channels_last(2)},
                    {lowering.define(self.outputs[0], onednn::channels_last(src))},
                    [w = windows_of(src, dst, axis_)](const Run& run, std::span<void* const> p) {
                      w.run_backward(run.threads, in(p[0]), in(p[1]), in(p[2]), out(p[3]));
                    });
  }

 private:
  size_t axis_;
};

class WindowMaxForward final : public Primitive {
 public:
  WindowMaxForward(size_t axis, int64_t windows) : axis_(axis), windows_(windows) {}
  std::string_view name() const override { return "window_max"; }
  std::string attributes() const override { return cat("axis=", axis_, " windows=", windows_); }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .cheap = true, .row_inputs = {0}};
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return b.append(std::make_shared<WindowMaxBackward>(axis_), {self.inputs[0], self.outputs[0], diff_dst[0]},
                    {b.dims(self.inputs[0])});
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &src = lowering.dims(self.inputs[0]), &dst = lowering.dims(self.outputs[0]);
    lowering.kernel(self, "window_max", {lowering.as(self.inputs[0], onednn::channels_last(src))},
                    {lowering.define(self.outputs[0], onednn::channels_last(dst))},
                    [w = windows_of(src, dst, axis_)](const Run& run, std::span<void* const> p) {
                      w.run(run.threads, in(p[0]), out(p[1]));
                    });
  }

 private:
  size_t axis_;
  int64_t windows_;
};

bool divides(const Dims& parts, const Dims& whole) {
  for (size_t i = 0; i < parts.size(); ++i)
    if (whole[i] % parts[i] != 0) return false;
  return true;
}

}  // namespace

Value Builder::adaptive_pool(Value src, Pooling algorithm, const Dims& spatial_dims) {
  const Dims from = dims(src);
  const bool positive = std::all_of(spatial_dims.begin(), spatial_dims.end(), [](int64_t d) { return d >= 1; });
  if (from.size() < 3 || spatial_dims.size() + 2 != from.size() || !positive)
    throw ShapeError(
        cat("adaptive_pool: needs a size of 1 or more for each spatial axis of src (N, C, spatial); received ",
            to_string(spatial_dims), " for ", to_string(from)));
  const Dims pixels(from.begin() + 2, from.end());
  if (pixels == spatial_dims) return src;
  if (divides(spatial_dims, pixels)) {
    PoolArgs args{algorithm, pixels, {}, Dims(pixels.size(), 0), Dims(pixels.size(), 0)};
    for (size_t i = 0; i < pixels.size(); ++i) args.kernel[i] /= spatial_dims[i];
    args.strides = args.kernel;
    return pool(src, args);
  }
  if (algorithm != Pooling::max) return resize(src, spatial_dims, Interpolation::area);
  for (size_t axis = from.size(); axis-- > 2;) {
    Dims to = dims(src);
    const int64_t windows = spatial_dims[axis - 2];
    if (to[axis] == windows) continue;
    to[axis] = windows;
    src = append(std::make_shared<WindowMaxForward>(axis, windows), {src}, {to})[0];
  }
  return src;
}

}  // namespace graft::ops
