#include "graft/tools/benchmark/cases/recurrent.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/recurrent/backward.h"
#include "graft/ops/kernels/recurrent/forward.h"
#include "graft/ops/kernels/recurrent/pack.h"

namespace graft::bench {

namespace {

using ops::Cell;
using ops::Dims;
using ops::RecurrentShape;
using Sources = std::span<const float* const>;
using Destinations = std::span<float* const>;

int64_t widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    return 16;
#endif
  return 8;
}

/// RecurrentFloats of the arrays of a walk.
struct RecurrentFloats {
  int64_t sequence, single, gates, columns, c, cells, bias, mask;

  explicit RecurrentFloats(const Dims& size) {
    const RecurrentShape shape = recurrent_shape(size);
    const bool lstm = shape.args.cell == Cell::lstm;
    single = shape.rows * shape.units;
    sequence = single * shape.steps;
    gates = sequence * shape.kept();
    columns = sequence * shape.gates();
    c = lstm ? single : 0;
    cells = lstm ? sequence : 0;
    bias = shape.args.cell == Cell::gru ? shape.gates() * shape.units : 0;
    mask = is_masked(size) ? shape.rows * shape.steps : 0;
  }
};

/// (units, transposed, cell, lanes). Source: kernel; destination: packed.
KernelCase pack(int64_t units, bool transposed, Cell cell, int64_t lanes) {
  const Dims size{static_cast<int64_t>(cell), 1, 1, units, 0, lanes, transposed};
  const RecurrentShape shape = recurrent_shape(size);
  const auto run = [shape, transposed](int threads, Sources in, Destinations out) {
    (transposed ? ops::pack_recurrent_transposed : ops::pack_recurrent)(threads, shape, in[0], out[0]);
  };
  return {"pack_recurrent", size, {{units * units * shape.gates()}}, {shape.packed_floats()}, run};
}

/// See recurrent_shape. Sources: projected, packed kernel, recurrent bias, h, c, mask; destinations: outputs, last, h,
/// c, gates, states, cells, scratch. Where it is timed, only the outputs are stored, as in inference.
KernelCase forward(const Dims& size, const std::string& title = {}) {
  const RecurrentShape shape = recurrent_shape(size);
  const RecurrentFloats of(size);
  const auto run = [shape, of, timed = !title.empty()](int threads, Sources in, Destinations out) {
    const int64_t columns = shape.gates() * shape.units;
    const auto kept = [&](size_t k, bool there = true) { return there && !timed ? out[k] : nullptr; };
    ops::recurrent_forward(threads, shape,
                           {in[0], shape.steps * columns, columns, in[1], of.bias > 0 ? in[2] : nullptr, in[3],
                            of.c > 0 ? in[4] : nullptr, of.mask > 0 ? in[5] : nullptr, out[0], out[1], out[2],
                            of.c > 0 ? out[3] : nullptr, kept(4), kept(5), kept(6, of.c > 0), out[7]});
  };
  return {"recurrent",
          size,
          {{of.columns},
           {shape.packed_floats(), KernelSource::small},
           {of.bias},
           {of.single},
           {of.c},
           {of.mask, KernelSource::whole}},
          {of.sequence, of.single, of.single, of.c, of.gates, of.sequence, of.cells, shape.forward_scratch()},
          run,
          title};
}

/// See recurrent_shape. Sources: diff_outputs, diff_last, diff_h, diff_c, gates, states, cells, packed kernel, mask;
/// destinations: diff_projected, diff_recurrent, diff of the first h, of the first c, scratch.
KernelCase backward(const Dims& size, const std::string& title = {}) {
  const RecurrentShape shape = recurrent_shape(size);
  const RecurrentFloats of(size);
  const auto run = [shape, of](int threads, Sources in, Destinations out) {
    ops::recurrent_backward(threads, shape,
                            {in[0], in[1], in[2], of.c > 0 ? in[3] : nullptr, in[4], in[5], of.c > 0 ? in[6] : nullptr,
                             in[7], of.mask > 0 ? in[8] : nullptr, true, out[0], of.bias > 0 ? out[1] : nullptr, out[2],
                             of.c > 0 ? out[3] : nullptr, out[4]});
  };
  return {"recurrent_gradient",
          size,
          {{of.sequence},
           {of.single},
           {of.single},
           {of.c},
           {of.gates},
           {of.sequence},
           {of.cells},
           {shape.packed_floats(), KernelSource::small},
           {of.mask, KernelSource::whole}},
          {of.columns, of.bias > 0 ? of.columns : 0, of.single, of.c, shape.backward_scratch()},
          run,
          title};
}

}  // namespace

ops::RecurrentShape recurrent_shape(const Dims& size) {
  return {{.cell = static_cast<Cell>(size[0]),
           .go_backwards = (size[4] & 2) != 0,
           .zero_output_for_mask = (size[4] & 4) != 0},
          size[1],
          size[2],
          size[3],
          size[5]};
}

bool is_masked(const Dims& size) { return (size[4] & 1) != 0; }

void add_recurrent(KernelCases& all) {
  const int64_t wide = widest();
  for (int64_t lanes = 8; lanes <= wide; lanes += 8)
    for (const Cell cell : {Cell::simple, Cell::lstm, Cell::gru, Cell::gru_reset_before}) {
      const auto kind = static_cast<int64_t>(cell);
      for (const int64_t units : {3, 17, 130})
        for (const bool transposed : {false, true}) all.push_back(pack(units, transposed, cell, lanes));
      for (int64_t walk = 0; walk < 8; ++walk)
        for (const auto& [rows, steps, units] : {std::tuple<int64_t, int64_t, int64_t>{1, 4, 17},
                                                 {4, 5, 3},
                                                 {13, 3, 9},
                                                 {2, 2, 230},
                                                 {33, 1, 40},
                                                 {3, 2, 24},
                                                 {8, 2, 16}}) {
          all.push_back(forward({kind, rows, steps, units, walk, lanes}));
          all.push_back(backward({kind, rows, steps, units, walk, lanes}));
        }
    }
  for (const int64_t rows : {1, 32})
    for (const auto& [cell, name] : {std::pair(Cell::lstm, "LSTM"), {Cell::gru, "GRU"}}) {
      const int64_t steps = rows == 1 ? 100 : 25;
      const Dims size{static_cast<int64_t>(cell), rows, steps, 128, 0, wide};
      all.push_back(forward(size, cat(name, "(128), ", steps, " steps of ", rows, rows == 1 ? " row" : " rows")));
      all.push_back(backward(size, "gradient of it; oneDNN's also for the weights"));
    }
}

}  // namespace graft::bench
