#include "graft/ops/run/machine.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <numeric>

#include "graft/core/memory.h"
#include "graft/core/onednn.h"
#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/passes/set_precision.h"

namespace graft {

namespace {

using Clock = std::chrono::steady_clock;

double best_seconds(double budget, const std::function<void()>& run) {
  const auto begin = Clock::now();
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  run();
  double best = 1e9;
  do {  // at least once, however busy the machine is
    const auto start = Clock::now();
    run();
    best = std::min(best, since(start));
  } while (since(begin) < budget);
  return best;
}

double product_gflops(Precision precision) {
  constexpr int64_t n = 768;
  const auto type = precision == Precision("bf16") ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
  const auto md = onednn::any({n, n}, type);
  const auto dst = onednn::row_major({n, n}, type);
  const auto pd = onednn::make_pd<dnnl::inner_product_forward>(
      onednn::user_scratchpad(), dnnl::prop_kind::forward_inference, dst, md, dnnl::memory::desc(), dst);
  const auto buffer = [](const dnnl::memory::desc& at) {
    return zeroed_memory(std::max<size_t>(at.get_size(), 1), "the measurement of the peak");
  };
  const auto memory_of = [](const dnnl::memory::desc& at, const std::shared_ptr<std::byte>& bytes) {
    return dnnl::memory(at, onednn::engine(), bytes.get());
  };
  const auto src = buffer(dst), to = buffer(dst), weights = buffer(pd.weights_desc()),
             scratch = buffer(pd.scratchpad_desc());
  const dnnl::inner_product_forward product(pd);
  dnnl::stream stream(onednn::engine());
  const std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_SRC, memory_of(dst, src)},
      {DNNL_ARG_WEIGHTS, memory_of(pd.weights_desc(), weights)},
      {DNNL_ARG_DST, memory_of(dst, to)},
      {DNNL_ARG_SCRATCHPAD, memory_of(pd.scratchpad_desc(), scratch)}};
  const double seconds = best_seconds(0.1, [&] { product.execute(stream, arguments); });
  return 2e-9 * static_cast<double>(n * n * n) / seconds;
}

// Adds to several sums in turn: a single one would wait for its own additions, not for the memory.
GRAFT_INLINE float sum_in_lanes(const float* x, int64_t n) {
  constexpr int kSums = 8;
  ops::Lanes sums[kSums] = {};
  for (int64_t i = 0; i + kSums * ops::kLanes <= n; i += kSums * ops::kLanes)
    for (int k = 0; k < kSums; ++k) sums[k] += ops::load_lanes(x + i + k * ops::kLanes);
  float total = 0;
  for (const ops::Lanes& sum : sums)
    for (int64_t k = 0; k < ops::kLanes; ++k) total += sum[k];
  return total;
}

GRAFT_KERNEL float sum_of(const float* x, int64_t n) { return sum_in_lanes(x, n); }

double memory_gbytes(int threads) {
  constexpr int64_t n = 48 << 20;  // floats, more than the caches hold
  const auto bytes = zeroed_memory(n * sizeof(float), "the measurement of the peak");
  auto* x = reinterpret_cast<float*>(bytes.get());
  std::fill_n(x, n, 0.f);  // memory that was never written is the same page of zeros throughout
  std::vector<float> sums(static_cast<size_t>(threads));
  const double seconds = best_seconds(0.15, [&] {
    ops::parallel_for(threads, threads, 1, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) sums[static_cast<size_t>(t)] = sum_of(x + n / threads * t, n / threads);
    });
  });
  const float total = std::accumulate(sums.begin(), sums.end(), 0.f);
  // The total is 0; adding it keeps the sums from being optimised away.
  return (n * sizeof(float) + static_cast<double>(total)) * 1e-9 / seconds;
}

}  // namespace

double MachinePeak::share(const StepReport& step) const {
  if (step.ms <= 0) return 0;
  const double seconds = step.gflop > 0 ? step.gflop / gflops : static_cast<double>(step.bytes) * 1e-9 / gbytes;
  return seconds * 1e3 / step.ms;
}

MachinePeak measure_peak(int threads, Precision precision) {
  ops::check_supported(precision);
  const ops::ThreadScope scope(threads);
  return {product_gflops(precision), memory_gbytes(threads)};
}

}  // namespace graft
