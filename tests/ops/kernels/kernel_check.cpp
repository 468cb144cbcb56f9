#include "tests/ops/kernels/kernel_check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "graft/core/random.h"

namespace graft::test {

using bench::KernelCase;
using bench::KernelSource;

using Floats = std::vector<std::vector<float>>;

static std::vector<float> values_of(const KernelSource& source, Random& random) {
  std::vector<float> out(static_cast<size_t>(source.floats));
  for (float& x : out) {
    if (source.values == KernelSource::noise) x = random.uniform(-1, 1);
    if (source.values == KernelSource::positive) x = random.uniform(0.1f, 1);
    if (source.values == KernelSource::small) x = random.uniform(-0.1f, 0.1f);
    if (source.values == KernelSource::whole)
      x = std::floor(random.uniform(-1, static_cast<float>(source.below) + 0.999f));
  }
  return out;
}

static Floats run(const KernelCase& c, int threads, const Floats& sources, Floats destinations) {
  std::vector<const float*> in;
  std::vector<float*> out;
  for (const auto& source : sources) in.push_back(source.data());
  for (auto& destination : destinations) out.push_back(destination.data());
  c.run(threads, in, out);
  return destinations;
}

static Numbers numbers(const Floats& arrays) {
  Numbers out;
  for (const auto& array : arrays) out.emplace_back(array.begin(), array.end());
  return out;
}

static double farthest(const std::vector<float>& values, const std::vector<double>& expected) {
  double largest = 1, difference = 0;
  for (const double x : expected) largest = std::max(largest, std::abs(x));
  for (size_t i = 0; i < expected.size(); ++i) {
    const double distance = std::abs(values[i] - expected[i]);
    if (!(distance <= difference)) difference = distance;  // also of what is no number
  }
  return difference / largest;
}

static bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

static void check_case(const KernelCase& c, double tolerance, const PlainKernel& plain) {
  Random random(1);
  Floats sources, before;
  for (const KernelSource& source : c.sources) sources.push_back(values_of(source, random));
  for (const int64_t floats : c.destinations) {
    before.emplace_back(static_cast<size_t>(floats));
    for (float& x : before.back()) x = random.uniform(0.2f, 0.3f);
  }
  Numbers expected = numbers(before);
  plain(c.size, numbers(sources), expected);
  const Floats one = run(c, 1, sources, before);
  for (size_t k = 0; k < expected.size(); ++k) {
    CAPTURE(k);
    REQUIRE(one[k].size() == expected[k].size());
    CHECK(farthest(one[k], expected[k]) <= tolerance);
  }
  for (const int threads : {2, 3}) {
    const Floats some = run(c, threads, sources, before);
    for (size_t k = 0; k < expected.size(); ++k) CHECK(same_bits(some[k], one[k]));
  }
}

void check_kernel(std::string_view kernel, double tolerance, const PlainKernel& plain) {
  int count = 0;
  for (const KernelCase& c : bench::kernel_cases()) {
    if (c.kernel != kernel) continue;
    ++count;
    const std::string size = ops::to_string(c.size);
    CAPTURE(kernel);
    CAPTURE(size);
    check_case(c, tolerance, plain);
  }
  CHECK(count > 0);
}

}  // namespace graft::test
