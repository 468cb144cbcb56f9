#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "graft/tools/benchmark/cases/recurrent.h"
#include "tests/ops/kernels/kernel_check.h"
#include "tests/ops/kernels/recurrent_reference.h"

using namespace graft;
using namespace graft::test;
using ops::Cell;
using ops::Dims;
using ops::RecurrentShape;

namespace {

/// Where the weight of state k for column `column` is in a packed kernel.
size_t packed_at(const RecurrentShape& shape, bool transposed, int64_t k, int64_t column) {
  const int64_t gates = shape.gates(), lanes = shape.lanes, units = shape.units;
  if (transposed) return static_cast<size_t>((k / lanes * gates * units + column) * lanes + k % lanes);
  int64_t before = 0, together = gates, gate = column / units;
  if (shape.args.cell == Cell::gru_reset_before) {
    together = gate < 2 ? 2 : 1;
    before = gate < 2 ? 0 : 2 * shape.padded() * units;
    gate %= 2;
  }
  const int64_t unit = column % units;
  return static_cast<size_t>(before + ((unit / lanes * units + k) * together + gate) * lanes + unit % lanes);
}

std::vector<double> unpacked(const RecurrentShape& shape, bool transposed, const std::vector<double>& packed) {
  const int64_t columns = shape.gates() * shape.units;
  std::vector<double> out;
  for (int64_t k = 0; k < shape.units; ++k)
    for (int64_t column = 0; column < columns; ++column) out.push_back(packed[packed_at(shape, transposed, k, column)]);
  return out;
}

std::vector<std::vector<float>> results(const bench::KernelCase& c, int threads) {
  std::vector<std::vector<float>> sources, out;
  std::vector<const float*> from;
  std::vector<float*> to;
  for (const bench::KernelSource& source : c.sources) {
    std::vector<float>& x = sources.emplace_back(static_cast<size_t>(source.floats));
    for (size_t i = 0; i < x.size(); ++i) x[i] = 0.1f * std::sin(static_cast<float>(i));
    from.push_back(x.data());
  }
  for (const int64_t floats : c.destinations) to.push_back(out.emplace_back(static_cast<size_t>(floats)).data());
  c.run(threads, from, to);
  out.pop_back();  // scratch
  return out;
}

}  // namespace

TEST_CASE("kernels: recurrent kernels are packed in the order of the walks") {
  check_kernel("pack_recurrent", 0, [](const Dims& size, const Numbers& in, Numbers& out) {
    const RecurrentShape shape = bench::recurrent_shape(size);
    const int64_t columns = shape.gates() * shape.units;
    std::ranges::fill(out[0], 0);
    for (int64_t k = 0; k < shape.units; ++k)
      for (int64_t column = 0; column < columns; ++column)
        out[0][packed_at(shape, size[6] != 0, k, column)] = in[0][static_cast<size_t>(k * columns + column)];
  });
}

TEST_CASE("kernels: recurrent walks are the plain loops") {
  check_kernel("recurrent", 1e-5, [](const Dims& size, const Numbers& in, Numbers& out) {
    const RecurrentShape shape = bench::recurrent_shape(size);
    RecurrentReference of{shape, in[0], unpacked(shape, false, in[1]), in[2], in[3], in[4], in[5]};
    of.run();
    const bool lstm = shape.args.cell == Cell::lstm;
    const Numbers timed = {out[4], out[5], out[6]};
    out = {of.outputs,
           of.last,
           of.h,
           lstm ? of.c : std::vector<double>{},
           of.gates,
           of.states,
           lstm ? of.cells : std::vector<double>{}};
    if (size[3] == 128) std::ranges::copy(timed, out.begin() + 4);  // there nothing is kept for the gradient
  });
}

TEST_CASE("kernels: the gradients of recurrent walks, from given states") {
  check_kernel("recurrent_gradient", 1e-5, [](const Dims& size, const Numbers& in, Numbers& out) {
    const RecurrentShape shape = bench::recurrent_shape(size);
    RecurrentGradientReference of{shape, unpacked(shape, true, in[7]), in[0], in[1], in[2], in[3], in[4], in[5], in[6],
                                  in[8]};
    of.run();
    const bool gru = shape.args.cell == Cell::gru, lstm = shape.args.cell == Cell::lstm;
    out = {of.diff_projected, gru ? of.diff_recurrent : std::vector<double>{}, of.diff_h,
           lstm ? of.diff_c : std::vector<double>{}};
  });
}

TEST_CASE("kernels: recurrent walks wait for no thread that does not come") {
  for (const bench::KernelCase& c : bench::kernel_cases()) {
    const bool walks = c.kernel == "recurrent" || c.kernel == "recurrent_gradient";
    if (!walks || c.size[1] > 2) continue;  // many rows are never waited for
    const std::vector<std::vector<float>> alone = results(c, 1);
    std::vector<std::vector<float>> inside;
#pragma omp parallel num_threads(2)
#pragma omp single
    inside = results(c, 4);  // in a team already, it gets no other threads
    CHECK(inside == alone);
    CHECK(results(c, 4) == alone);
  }
}
