#pragma once

// Internal: the number of threads that compute, and loops that they share.

#include <cstdint>

namespace graft::ops {

/// Sets the number of threads while it lives. A primitive is made for the number that is set, and runs best with it.
class ThreadScope {
 public:
  explicit ThreadScope(int threads);
  ~ThreadScope();
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

/// A reference to a function (begin, end). Unlike std::function it never allocates, because runs must not; the function
/// must outlive the call that takes it.
class RangeBody {
 public:
  template <class F>
  RangeBody(const F& f)
      : f_(&f),
        call_([](const void* self, int64_t begin, int64_t end) { (*static_cast<const F*>(self))(begin, end); }) {}
  void operator()(int64_t begin, int64_t end) const { call_(f_, begin, end); }

 private:
  const void* f_;
  void (*call_)(const void*, int64_t, int64_t);
};

/// Runs body(begin, end) over [0, n) on at most `threads` threads, each with at least `grain` elements.
void parallel_for(int threads, int64_t n, int64_t grain, RangeBody body);

/// Runs body(member, members) on each thread of a team. The members run at the same time and may wait for each other.
/// The team may have fewer members than `threads`: one, where the caller is itself a member of a team.
void parallel_team(int threads, RangeBody body);

}  // namespace graft::ops
