// Random numbers without state: number i of the stream (seed of the run, salt of the instruction) is a function of the
// three. So the gradient of dropout draws the same mask again, and no thread count changes a value.

#include <cmath>

#include "graft/core/error.h"
#include "graft/core/random.h"
#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/map.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/kernels/vector_math.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// Two keys of 32 bits: 32-bit products are what vector units have.
struct Stream {
  uint32_t first, second;
  Stream(uint64_t seed, uint64_t salt) {
    const uint64_t key = Random::hash(seed, salt);
    first = static_cast<uint32_t>(key);
    second = static_cast<uint32_t>(key >> 32);
  }
};

GRAFT_INLINE uint32_t mix(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x21f0aaad;
  x = (x ^ (x >> 15)) * 0x735a2d97;
  return x ^ (x >> 15);
}

// Mixed twice, each time with its own key, so that streams of neighbouring keys do not overlap.
GRAFT_INLINE uint32_t draw(Stream s, uint32_t i) { return mix(mix(i ^ s.first) + s.second); }

GRAFT_INLINE float unit(uint32_t bits) {
  return static_cast<float>(static_cast<int32_t>(bits >> 8)) * 0x1p-24f;
}  // [0, 1)

GRAFT_KERNEL void uniform_run(Stream s, uint32_t at, float low, float range, float below, float* dst, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float value = low + range * unit(draw(s, at + static_cast<uint32_t>(i)));
    dst[i] = value < below ? value : below;  // rounding may reach the end that does not belong to it
  }
}

GRAFT_KERNEL void normal_run(Stream s, uint32_t at, float mean, float deviation, float* dst, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t k = 2 * (at + static_cast<uint32_t>(i));
    const float u = unit(draw(s, k)) + 0x1p-25f;  // (0, 1): its logarithm is finite
    const float radius = std::sqrt(-2.f * vector_log(u));
    dst[i] = mean + deviation * radius * vector_cos_turns(unit(draw(s, k + 1)));
  }
}

GRAFT_KERNEL void dropout_run(Stream s, uint32_t at, float rate, float factor, const float* src, float* dst,
                              int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float kept = src[i] * factor;
    dst[i] = unit(draw(s, at + static_cast<uint32_t>(i))) < rate ? 0.f : kept;
  }
}

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
                      const Stream stream(run.seed, salt_);
                      const float below = std::nextafter(high_, low_);
                      parallel_for(run.threads, n, kGrain, [&](int64_t begin, int64_t end) {
                        uniform_run(stream, static_cast<uint32_t>(begin), low_, high_ - low_, below, out(p[0]) + begin,
                                    end - begin);
                      });
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
                      const Stream stream(run.seed, salt_);
                      parallel_for(run.threads, n, kGrain / 4, [&](int64_t begin, int64_t end) {
                        normal_run(stream, static_cast<uint32_t>(begin), mean_, deviation_, out(p[0]) + begin,
                                   end - begin);
                      });
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

  // The mask counts elements channels last, so a value and its gradient have to lie so.
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[0]);
    const memory::desc md = onednn::channels_last(dims);
    Step& step =
        lowering.kernel(self, "dropout", {lowering.as(self.inputs[0], md)}, {lowering.define(self.outputs[0], md)},
                        [*this, n = elements(dims)](const Run& run, std::span<void* const> p) {
                          const Stream stream(run.seed, salt_);
                          const float factor = rate_ < 1 ? 1 / (1 - rate_) : 0;
                          parallel_for(run.threads, n, kGrain, [&](int64_t begin, int64_t end) {
                            dropout_run(stream, static_cast<uint32_t>(begin), rate_, factor, in(p[0]) + begin,
                                        out(p[1]) + begin, end - begin);
                          });
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

// Where noise is repeated, it is drawn once, for its own dims, and multiplied.
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
