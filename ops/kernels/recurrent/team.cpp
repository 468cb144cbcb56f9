#include "graft/ops/kernels/recurrent/team.h"

#include <algorithm>
#include <thread>

#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops::recurrent {

namespace {

constexpr int64_t kFewRows = 2;           // whose units are split
constexpr int64_t kWeightsGrain = 24576;  // weights that a thread reads in less time than a meeting takes
constexpr int64_t kProductGrain = 150'000;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

// A member that has waited long gives its CPU to others, which may be those that it waits for.
void Meeting::wait(int64_t member, int64_t members) {
  constexpr int kPauses = 2000;
  const uint32_t now = counts_[member].meetings.load(std::memory_order_relaxed) + 1;
  counts_[member].meetings.store(now, std::memory_order_release);
  for (int64_t other = 0; other < members; ++other)
    for (int turns = 0; static_cast<int32_t>(counts_[other].meetings.load(std::memory_order_acquire) - now) < 0;
         ++turns)
      if (turns < kPauses)
        pause_briefly();
      else
        std::this_thread::yield();
}

void for_each_share(int threads, const RecurrentShape& shape, ShareBody body) {
  const int64_t rows = shape.rows, panels = shape.panels(), weights = shape.units * shape.units * shape.gates();
  if (rows <= kFewRows) {
    Meeting meeting;
    const int64_t most = std::min<int64_t>({threads, panels, Meeting::kMostMembers});
    const int64_t wanted = std::clamp<int64_t>(weights / kWeightsGrain, 1, most);
    parallel_team(static_cast<int>(wanted), [&](int64_t member, int64_t members) {
      body({{0, rows, panels * member / members, panels * (member + 1) / members},
            members > 1 ? &meeting : nullptr,
            member,
            members});
    });
    return;
  }
  const int64_t products = 2 * weights * rows * shape.steps;
  parallel_for(threads, rows, std::max<int64_t>(1, rows * kProductGrain / std::max<int64_t>(products, 1)),
               [&](int64_t begin, int64_t end) { body({{begin, end, 0, panels}, nullptr, 0, 1}); });
}

}  // namespace graft::ops::recurrent
