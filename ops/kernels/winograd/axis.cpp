#include "graft/ops/kernels/winograd/axis.h"

#include <algorithm>

namespace graft::ops {

using winograd::up;

static std::optional<WinogradPhase> phase(int64_t kernel, int64_t stride, int64_t offset) {
  WinogradPhase out{.taps = up(kernel - offset, stride)};
  return out.taps == 2 || out.taps == 3 ? std::optional(out) : std::nullopt;
}

int64_t WinogradPart::depth(int64_t point) const {
  return std::count_if(phases.begin(), phases.end(), [&](const WinogradPhase& p) { return p.points() > point; });
}

// Tap stride u + a of output o reads pixel stride (o + u) + a - padding.
std::optional<WinogradAxis> WinogradAxis::forward(int64_t src, int64_t dst, int64_t kernel, int64_t stride,
                                                  int64_t padding) {
  WinogradPart part;
  for (int64_t a = 0; a < stride; ++a) {
    auto p = phase(kernel, stride, a);
    if (!p) return {};
    p->first_tap = a;
    p->tap_step = stride;
    p->first = a - padding;
    p->step = stride;
    part.phases.push_back(*p);
  }
  return WinogradAxis{src, dst, kernel, dst, {part}};
}

// Pixel x = stride j + e is read by the outputs q - u through the taps stride u + a, where x + padding = stride q + a.
std::optional<WinogradAxis> WinogradAxis::transposed(int64_t src, int64_t dst, int64_t kernel, int64_t stride,
                                                     int64_t padding) {
  WinogradAxis out{dst, src, kernel, up(src, stride), {}};
  for (int64_t e = 0; e < stride; ++e) {
    const int64_t a = (e + padding) % stride, q = (e + padding) / stride;
    auto p = phase(kernel, stride, a);
    if (!p) return {};
    p->first_tap = stride * (p->taps - 1) + a;
    p->tap_step = -stride;
    p->first = q - (p->taps - 1);
    out.parts.push_back({{*p}, e, stride});
  }
  return out;
}

}  // namespace graft::ops
