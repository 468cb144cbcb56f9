#include "graft/core/random.h"

#include <cmath>
#include <mutex>
#include <numbers>
#include <optional>
#include <utility>

#include "graft/core/env.h"
#include "graft/core/error.h"

namespace graft {

static constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio

// A bijection of 64 bits: changing any bit of the input changes each bit of the output in half of all cases.
static constexpr uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// The mixed key is added between two mixes of i, which keeps the streams of neighbouring keys apart.
uint64_t Random::hash(uint64_t key, uint64_t i) { return mix(mix(i * kGolden + kGolden) + mix(key + kGolden)); }

Random::Random(uint64_t seed) : key_(seed) {}

Random Random::split(uint64_t key) const { return Random(hash(~key_, key)); }

uint64_t Random::next() { return hash(key_, counter_++); }

float Random::uniform() { return static_cast<float>(next() >> 40) * 0x1p-24f; }

float Random::uniform(float low, float high) {
  const float value = low + (high - low) * uniform();
  return value < high ? value : low;  // rounding may give `high`, which is not in the interval
}

float Random::normal() {
  const double radius = static_cast<double>((next() >> 11) + 1) * 0x1p-53;  // in (0, 1], where the logarithm is finite
  const double angle = static_cast<double>(next() >> 11) * 0x1p-53;
  return static_cast<float>(std::sqrt(-2 * std::log(radius)) * std::cos(2 * std::numbers::pi * angle));
}

float Random::truncated_normal() {
  float value = normal();
  while (std::abs(value) > 2) value = normal();
  return value;
}

uint64_t Random::below(uint64_t n) {
  if (n == 0) throw ConfigError("below(0): no whole number is below 0");
  const uint64_t unfair = -n % n;  // 2^64 mod n: values below are drawn again, so that all results are equally likely
  uint64_t value = next();
  while (value < unfair) value = next();
  return value % n;
}

void Random::shuffle(std::span<int64_t> values) {
  for (size_t left = values.size(); left > 1; --left) std::swap(values[left - 1], values[below(left)]);
}

namespace {

struct GlobalStreams {
  std::mutex mutex;
  std::optional<uint64_t> seed;
  uint64_t given = 0;
};

GlobalStreams& global_streams() {
  static GlobalStreams streams;
  return streams;
}

}  // namespace

void set_random_seed(uint64_t seed) {
  GlobalStreams& streams = global_streams();
  const std::lock_guard lock(streams.mutex);
  streams.seed = seed;
  streams.given = 0;
}

Random next_random_stream() {
  GlobalStreams& streams = global_streams();
  const std::lock_guard lock(streams.mutex);
  if (!streams.seed) streams.seed = env::seed();
  return Random(*streams.seed).split(streams.given++);
}

}  // namespace graft
