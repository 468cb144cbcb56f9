#pragma once

// Internal: how the threads of a recurrent kernel share its rows or its units.

#include <atomic>

#include "graft/ops/kernels/recurrent/product.h"
#include "graft/ops/kernels/recurrent/shape.h"

namespace graft::ops::recurrent {

/// Where the members of a team wait for each other. All its members must exist.
class Meeting {
 public:
  static constexpr int kMostMembers = 8;

  /// Returns when each of the members 0 to members - 1 has called it as often as this one.
  void wait(int64_t member, int64_t members);

 private:
  struct alignas(64) Count {  // alone in its line of the cache
    std::atomic<uint32_t> meetings = 0;
  };
  Count counts_[kMostMembers];
};

/// What one thread computes, and the others that it waits for.
struct Share {
  Extent extent;
  Meeting* meeting;  ///< null where no other thread works on these rows
  int64_t member, members;

  GRAFT_INLINE void meet() const {
    if (meeting) meeting->wait(member, members);
  }
};

/// A reference to a function of a Share; the function must outlive the call that takes it.
class ShareBody {
 public:
  template <class F>
  ShareBody(const F& f) : f_(&f), call_([](const void* self, const Share& s) { (*static_cast<const F*>(self))(s); }) {}
  void operator()(const Share& share) const { call_(f_, share); }

 private:
  const void* f_;
  void (*call_)(const void*, const Share&);
};

/// Many rows are split among the threads, which then need not wait for each other; of a row or two each thread takes
/// some of the units, and the threads meet in each step.
void for_each_share(int threads, const RecurrentShape& shape, ShareBody body);

}  // namespace graft::ops::recurrent
