#pragma once

// Internal: how many threads compute, and loops shared between them.

#include <cstdint>

namespace graft::ops {

/// Primitives are made for the number of threads that is set while they are made, and run best under it.
class ThreadScope {
 public:
  explicit ThreadScope(int threads);
  ~ThreadScope();
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

/// A function (begin, end) that outlives the call it is given to. Unlike std::function it never allocates: a run does
/// not.
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

/// Runs body(begin, end) over [0, n) on up to `threads` threads, in one piece below `grain` elements a thread.
void parallel_for(int threads, int64_t n, int64_t grain, RangeBody body);

}  // namespace graft::ops
