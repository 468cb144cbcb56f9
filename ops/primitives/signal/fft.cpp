// This file has Fourier transforms. All are made of one primitive, which transforms rows of complex numbers; its
// gradient is the transform of the other direction.

#include <numeric>

#include "graft/core/error.h"
#include "graft/ops/kernels/signal/fourier.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// Inputs: real and imaginary parts, of which one may be missing. Along the last axis. Each output is
/// sum x e^(-2 pi i j k / n), or with +2 pi where it is inverse, times `scale`.
class Fourier final : public Primitive {
 public:
  Fourier(bool inverse, float scale) : inverse_(inverse), scale_(scale) {}
  std::string_view name() const override { return "fourier"; }
  std::string attributes() const override { return cat(inverse_ ? "inverse " : "", "scale=", scale_); }
  Traits traits(const Program& program, const Instruction& self) const override {
    Traits out{.same_for_any_threads = true};
    if (program.dims(self.outputs[0]).size() > 1) out.row_inputs = {0, 1};
    return out;
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return b.append(std::make_shared<Fourier>(!inverse_, scale_), {diff_dst[0], diff_dst[1]},
                    {b.dims(self.outputs[0]), b.dims(self.outputs[0])});
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.outputs[0]);
    const memory::desc md = onednn::row_major(dims);
    const FourierTransform transform(dims.back(), inverse_, scale_);
    std::vector<Operand> sources;
    for (const Value v : self.inputs)
      if (v) sources.push_back(lowering.row_major(v));
    const Operand work = lowering.scratch(onednn::row_major({transform.work() * lowering.threads()}));
    lowering.kernel(
        self, "fourier", sources, {lowering.define(self.outputs[0], md), lowering.define(self.outputs[1], md), work},
        [transform, rows = elements(dims) / dims.back(), slots = lowering.threads(), has_real = bool(self.inputs[0]),
         has_imag = bool(self.inputs[1])](const Run& run, std::span<void* const> p) {
          const FourierTransform::Source from{has_real ? in(p[0]) : nullptr,
                                              has_imag ? in(p[has_real ? 1 : 0]) : nullptr};
          const std::span<void* const> to = p.last(3);
          transform.run(run.threads, rows, from, {out(to[0]), out(to[1])}, out(to[2]), slots);
        });
  }

 private:
  bool inverse_;
  float scale_;
};

// The last axis cut or filled with zeros to the length.
Value fitted(Builder& b, Value x, int64_t length) {
  Dims dims = b.dims(x), none(dims.size(), 0);
  const int64_t missing = length - dims.back();
  dims.back() = length;
  if (missing < 0) return b.slice(x, none, dims);
  if (missing == 0) return x;
  Dims after = none;
  after.back() = missing;
  return b.pad(x, none, after);
}

Value swapped(Builder& b, Value x) {
  std::vector<int> axes(b.dims(x).size());
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return b.transpose(x, axes);
}

Builder::Complex swapped(Builder& b, const Builder::Complex& x) {
  return {x.real ? swapped(b, x.real) : Value{}, x.imag ? swapped(b, x.imag) : Value{}};
}

void check_parts(const Builder& b, const char* name, const Builder::Complex& x) {
  if (!x.real && !x.imag) throw ShapeError(cat(name, ": needs a real or an imaginary part"));
  if (x.real && x.imag && b.dims(x.real) != b.dims(x.imag))
    throw ShapeError(cat(name, ": the real and the imaginary part must have equal dims; received ",
                         to_string(b.dims(x.real)), " and ", to_string(b.dims(x.imag))));
}

void check_length(const char* name, int64_t length) {
  if (length < 1) throw ShapeError(cat(name, ": the length must be 1 or more; received ", length));
}

}  // namespace

Builder::Complex Builder::fft(Complex x, bool inverse) {
  check_parts(*this, "fft", x);
  const Dims& from = dims(x.real ? x.real : x.imag);
  const float scale = inverse ? 1 / static_cast<float>(from.back()) : 1;
  const Values parts = append(std::make_shared<Fourier>(inverse, scale), {x.real, x.imag}, {from, from});
  return {parts[0], parts[1]};
}

Builder::Complex Builder::fft2(Complex x, bool inverse) {
  check_parts(*this, "fft2", x);
  const Dims& from = dims(x.real ? x.real : x.imag);
  if (from.size() < 2) throw ShapeError(cat("fft2: needs two axes or more; received ", to_string(from)));
  return swapped(*this, fft(swapped(*this, fft(x, inverse)), inverse));
}

Builder::Complex Builder::rfft(Value x, int64_t length) {
  check_length("rfft", length);
  const Complex whole = fft({fitted(*this, x, length), {}});
  return {fitted(*this, whole.real, length / 2 + 1), fitted(*this, whole.imag, length / 2 + 1)};
}

// The bins that are left out are the conjugates of others: so the others count twice, and only real parts are left.
Value Builder::irfft(Complex x, int64_t length) {
  check_parts(*this, "irfft", x);
  check_length("irfft", length);
  const int64_t bins = length / 2 + 1;
  Dims single(dims(x.real ? x.real : x.imag).size(), 1);
  single.back() = bins;
  Tensor counts = Tensor::full(Shape(single), 2);
  counts.data<float>()[0] = 1;
  if (length % 2 == 0) counts.data<float>().back() = 1;
  const auto whole = [&](Value part) {
    return part ? fitted(*this, mul(fitted(*this, part, bins), constant(counts)), length) : Value{};
  };
  return fft({whole(x.real), whole(x.imag)}, true).real;
}

}  // namespace graft::ops
