#include "graft/ops/kernels/recurrent/pack.h"

#include <algorithm>

#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

constexpr int64_t kGrain = 1 << 15;  // elements

/// Columns that are packed together: those of neighbouring gates.
struct Gates {
  int64_t first, count;
};

void pack_gates(int threads, const RecurrentShape& shape, const float* kernel, const Gates& gates, float* packed) {
  const int64_t units = shape.units, columns = shape.gates() * units, lanes = shape.lanes;
  const int64_t panel_floats = units * gates.count * lanes;
  parallel_for(threads, shape.panels(), std::max<int64_t>(1, kGrain / panel_floats), [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      const int64_t count = std::min(lanes, units - panel * lanes);
      float* to = packed + panel * panel_floats;
      for (int64_t k = 0; k < units; ++k)
        for (int64_t gate = 0; gate < gates.count; ++gate, to += lanes) {
          std::copy_n(kernel + k * columns + (gates.first + gate) * units + panel * lanes, count, to);
          std::fill(to + count, to + lanes, 0.f);
        }
    }
  });
}

}  // namespace

void pack_recurrent(int threads, const RecurrentShape& shape, const float* kernel, float* packed) {
  if (shape.args.cell != Cell::gru_reset_before) return pack_gates(threads, shape, kernel, {0, shape.gates()}, packed);
  pack_gates(threads, shape, kernel, {0, 2}, packed);
  pack_gates(threads, shape, kernel, {2, 1}, packed + 2 * shape.padded() * shape.units);
}

void pack_recurrent_transposed(int threads, const RecurrentShape& shape, const float* kernel, float* packed) {
  const int64_t units = shape.units, columns = shape.gates() * units, lanes = shape.lanes;
  parallel_for(threads, shape.panels(), std::max<int64_t>(1, kGrain / (columns * lanes)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t panel = begin; panel < end; ++panel)
                   for (int64_t lane = 0; lane < lanes; ++lane) {
                     const int64_t unit = panel * lanes + lane;
                     float* to = packed + panel * columns * lanes + lane;
                     for (int64_t k = 0; k < columns; ++k)
                       to[k * lanes] = unit < units ? kernel[unit * columns + k] : 0.f;
                   }
               });
}

}  // namespace graft::ops
