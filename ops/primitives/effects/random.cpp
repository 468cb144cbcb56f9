// This file has random numbers, and dropout. The run's seed and the instruction's salt identify the stream, so that the
// gradient of dropout draws the same mask again.

#include "graft/ops/kernels/random.h"
#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

class RandomUniform final : public Primitive {
 public:
  RandomUniform(uint64_t salt, float low, float high) : salt_(salt), low_(low), high_(high) {}
  std::string_view name() const override { return "random_uniform"; }
  std::string attributes() const override { return cat("low=", low_, " high=", high_, " salt=", salt_); }
  Traits traits(const Program&, const Instruction&) const override { return {.random = true, .cheap = true}; }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.outputs[0]);
    lowering.kernel(self, "random_uniform", {}, {lowering.define(self.outputs[0], onednn::channels_last(dims))},
                    [*this, n = elements(dims)](const Run& run, std::span<void* const> p) {
                      random_uniform(run.threads, RandomStream(run.seed, salt_), low_, high_, out(p[0]), n);
                    });
  }

 private:
  uint64_t salt_;
  float low_, high_;
};

class RandomNormal final : public Primitive {
 public:
  RandomNormal(uint64_t salt, float mean, float deviation) : salt_(salt), mean_(mean), deviation_(deviation) {}
  std::string_view name() const override { return "random_normal"; }
  std::string attributes() const override { return cat("mean=", mean_, " deviation=", deviation_, " salt=", salt_); }
  Traits traits(const Program&, const Instruction&) const override { return {.random = true, .cheap = true}; }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.outputs[0]);
    lowering.kernel(self, "random_normal", {}, {lowering.define(self.outputs[0], onednn::channels_last(dims))},
                    [*this, n = elements(dims)](const Run& run, std::span<void* const> p) {
                      random_normal(run.threads, RandomStream(run.seed, salt_), mean_, deviation_, out(p[0]), n);
                    });
  }

 private:
  uint64_t salt_;
  float mean_, deviation_;
};

class Dropout final : public Primitive {
 public:
  Dropout(uint64_t salt, float rate) : salt_(salt), rate_(rate) {}
  std::string_view name() const override { return "dropout"; }
  std::string attributes() const override { return cat("rate=", rate_, " salt=", salt_); }
  Traits traits(const Program&, const Instruction&) const override { return {.random = true, .cheap = true}; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return b.append(std::make_shared<Dropout>(*this), {diff_dst[0]}, {b.dims(self.inputs[0])});
  }

  // The mask counts elements channels last, so a value and its gradient must have that layout.
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[0]);
    const memory::desc md = onednn::channels_last(dims);
    Step& step =
        lowering.kernel(self, "dropout", {lowering.as(self.inputs[0], md)}, {lowering.define(self.outputs[0], md)},
                        [*this, n = elements(dims)](const Run& run, std::span<void* const> p) {
                          random_dropout(run.threads, RandomStream(run.seed, salt_), rate_, in(p[0]), out(p[1]), n);
                        });
    step.in_place = {{0, 1}};
  }

 private:
  uint64_t salt_;
  float rate_;
};

}  // namespace

Value Builder::random_uniform(const Dims& dims, float low, float high) {
  if (!(low < high)) throw ConfigError(cat("random_uniform: low must be below high; received ", low, " and ", high));
  return append(std::make_shared<RandomUniform>(next_salt(), low, high), {}, {dims})[0];
}

Value Builder::random_normal(const Dims& dims, float mean, float deviation) {
  if (!(deviation >= 0)) throw ConfigError(cat("random_normal: deviation must be 0 or more; received ", deviation));
  return append(std::make_shared<RandomNormal>(next_salt(), mean, deviation), {}, {dims})[0];
}

// Where the noise is broadcast, it is drawn once, with noise_dims, and multiplied with x.
Value Builder::dropout(Value x, float rate, const Dims& noise_dims) {
  if (!(rate >= 0 && rate <= 1)) throw ConfigError(cat("dropout: rate must be in [0, 1]; received ", rate));
  if (rate == 0) return x;
  if (!noise_dims.empty() && noise_dims != dims(x)) {
    const Value noise = dropout(constant(Tensor::full(Shape(noise_dims), 1)), rate);
    return mul(x, noise);
  }
  return append(std::make_shared<Dropout>(next_salt(), rate), {x}, {dims(x)})[0];
}

}  // namespace graft::ops
