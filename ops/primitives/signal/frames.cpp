// This file has signals cut into overlapping frames, and frames added up to a signal. Each is the gradient of the
// other.

#include "graft/ops/kernels/signal/frames.h"
#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

// `frames` are the dims of the frames.
Frames frames_of(const Dims& frames, int64_t samples, int64_t stride) {
  const int64_t count = frames[frames.size() - 2], length = frames.back();
  return {elements(frames) / (count * length), samples, count, length, stride};
}

std::vector<size_t> row_inputs(const Dims& signals) {
  return signals.size() > 1 ? std::vector<size_t>{0} : std::vector<size_t>{};
}

class ExtractSequences final : public Primitive {
 public:
  ExtractSequences(int64_t length, int64_t stride) : length_(length), stride_(stride) {}
  std::string_view name() const override { return "extract_sequences"; }
  std::string attributes() const override { return cat("length=", length_, " stride=", stride_); }
  Traits traits(const Program& program, const Instruction& self) const override {
    return {.same_for_any_threads = true, .cheap = true, .row_inputs = row_inputs(program.dims(self.inputs[0]))};
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {b.overlap_sequences(diff_dst[0], stride_, b.dims(self.inputs[0]).back())};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    lowering.kernel(self, "extract_sequences", {lowering.row_major(self.inputs[0])},
                    {lowering.define(self.outputs[0], onednn::row_major(to))},
                    [f = frames_of(to, from.back(), stride_)](const Run& run, std::span<void* const> p) {
                      cut_frames(run.threads, f, in(p[0]), out(p[1]));
                    });
  }

 private:
  int64_t length_, stride_;
};

class OverlapSequences final : public Primitive {
 public:
  OverlapSequences(int64_t stride, int64_t samples) : stride_(stride), samples_(samples) {}
  std::string_view name() const override { return "overlap_sequences"; }
  std::string attributes() const override { return cat("stride=", stride_, " samples=", samples_); }
  Traits traits(const Program& program, const Instruction& self) const override {
    return {.same_for_any_threads = true, .row_inputs = row_inputs(program.dims(self.outputs[0]))};
  }

  // What is read behind the samples of the result are zeros.
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Dims& frames = b.dims(self.inputs[0]);
    const int64_t count = frames[frames.size() - 2], length = frames.back();
    Dims none(frames.size() - 1, 0), sizes = b.dims(diff_dst[0]);
    const int64_t read = (count - 1) * stride_ + length;
    Value diff = diff_dst[0];
    if (read > samples_) {
      Dims after = none;
      after.back() = read - samples_;
      diff = b.pad(diff, none, after);
    } else if (read < samples_) {
      sizes.back() = read;
      diff = b.slice(diff, none, sizes);
    }
    return {b.extract_sequences(diff, length, stride_)};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    lowering.kernel(self, "overlap_sequences", {lowering.row_major(self.inputs[0])},
                    {lowering.define(self.outputs[0], onednn::row_major(to))},
                    [f = frames_of(from, to.back(), stride_)](const Run& run, std::span<void* const> p) {
                      sum_frames(run.threads, f, in(p[0]), out(p[1]));
                    });
  }

 private:
  int64_t stride_, samples_;
};

}  // namespace

Value Builder::extract_sequences(Value x, int64_t length, int64_t stride) {
  Dims to = dims(x);
  if (length < 1 || stride < 1 || length > to.back())
    throw ShapeError(cat("extract_sequences: needs a length from 1 to ", to.back(),
                         " and a stride of 1 or more; received ", length, " and ", stride, " for ", to_string(to)));
  to.back() = (to.back() - length) / stride + 1;
  to.push_back(length);
  return append(std::make_shared<ExtractSequences>(length, stride), {x}, {to})[0];
}

Value Builder::overlap_sequences(Value x, int64_t stride, int64_t samples) {
  Dims to = dims(x);
  if (to.size() < 2 || stride < 1 || samples < 0)
    throw ShapeError(cat("overlap_sequences: needs frames (..., frames, length) and a stride of 1 or more; received ",
                         to_string(to), " and ", stride));
  const int64_t length = to.back();
  to.pop_back();
  to.back() = samples ? samples : (to.back() - 1) * stride + length;
  return append(std::make_shared<OverlapSequences>(stride, to.back()), {x}, {to})[0];
}

}  // namespace graft::ops
