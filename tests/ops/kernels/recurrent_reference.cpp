#include "tests/ops/kernels/recurrent_reference.h"

#include <algorithm>
#include <cmath>

namespace graft::test {

using ops::Cell;
using ops::Eltwise;

static double value(const ops::CellFunction& f, double x) {
  const double alpha = f.function.alpha, beta = f.function.beta;
  x = x * f.scale + f.offset;
  switch (f.function.algorithm) {
    case Eltwise::tanh:
      return std::tanh(x);
    case Eltwise::logistic:
      return 1 / (1 + std::exp(-x));
    case Eltwise::relu:
      return x > 0 ? x : alpha * x;
    case Eltwise::elu:
      return x > 0 ? x : alpha * std::expm1(x);
    case Eltwise::clip:
      return std::clamp(x, alpha, beta);
    case Eltwise::exp:
      return std::exp(x);
    case Eltwise::soft_relu:
      return std::log1p(std::exp(x));
    default:
      return alpha * x + beta;
  }
}

namespace {

using Row = std::vector<double>;

/// One step of one row; `x` points to x W + b of it.
struct Step {
  const RecurrentReference& of;
  const double* x;
  Row &h, &c;
  double* kept;  // gates

  size_t units() const { return static_cast<size_t>(of.shape.units); }
  double gate(double v) const { return value(of.shape.args.recurrent_activation, v); }
  double state(double v) const { return value(of.shape.args.activation, v); }

  /// Of `row` times the columns of one gate, with their bias.
  double product(const Row& row, size_t k, size_t unit) const {
    const size_t columns = static_cast<size_t>(of.shape.gates()) * units(), column = k * units() + unit;
    double sum = of.bias.empty() ? 0 : of.bias[column];
    for (size_t j = 0; j < units(); ++j) sum += row[j] * of.kernel[j * columns + column];
    return sum;
  }
  double sum(size_t k, size_t unit) const { return x[k * units() + unit] + product(h, k, unit); }
  void keep(size_t k, size_t unit, double v) const { kept[k * units() + unit] = v; }

  void simple() {
    Row next(units());
    for (size_t j = 0; j < units(); ++j) keep(0, j, next[j] = state(sum(0, j)));
    h = next;
  }

  void lstm() {
    Row next(units());
    for (size_t j = 0; j < units(); ++j) {
      const double i = gate(sum(0, j)), f = gate(sum(1, j)), g = state(sum(2, j)), o = gate(sum(3, j));
      c[j] = f * c[j] + i * g;
      next[j] = o * state(c[j]);
      keep(0, j, i);
      keep(1, j, f);
      keep(2, j, g);
      keep(3, j, o);
    }
    h = next;
  }

  void gru(bool reset_before) {
    Row next(units()), reset(units());
    for (size_t j = 0; j < units(); ++j) reset[j] = gate(sum(1, j)) * h[j];
    for (size_t j = 0; j < units(); ++j) {
      const double z = gate(sum(0, j)), r = gate(sum(1, j)), inner = product(reset_before ? reset : h, 2, j);
      const double candidate = state(x[2 * units() + j] + (reset_before ? 1 : r) * inner);
      next[j] = z * h[j] + (1 - z) * candidate;
      keep(0, j, z);
      keep(1, j, r);
      keep(2, j, candidate);
      keep(3, j, reset_before ? reset[j] : inner);
    }
    h = next;
  }

  void run() {
    switch (of.shape.args.cell) {
      case Cell::simple:
        return simple();
      case Cell::lstm:
        return lstm();
      default:
        gru(of.shape.args.cell == Cell::gru_reset_before);
    }
  }
};

}  // namespace

void RecurrentReference::run() {
  const auto rows = static_cast<size_t>(shape.rows), steps = static_cast<size_t>(shape.steps),
             units = static_cast<size_t>(shape.units), columns = static_cast<size_t>(shape.gates()) * units,
             kept = static_cast<size_t>(shape.kept()) * units;
  h.resize(rows * units);
  c.resize(rows * units);
  last.resize(rows * units);
  for (Row* all : {&outputs, &states, &cells}) all->resize(rows * steps * units);
  gates.resize(rows * steps * kept);
  for (size_t n = 0; n < rows; ++n) {
    const auto row_of = [&](Row& all) { return all.begin() + static_cast<std::ptrdiff_t>(n * units); };
    Row now(row_of(h), row_of(h) + shape.units), cell(row_of(c), row_of(c) + shape.units), output(units);
    for (size_t s = 0; s < steps; ++s) {
      const size_t at = n * steps + static_cast<size_t>(shape.time(static_cast<int64_t>(s)));
      Row next = now, next_cell = cell;
      std::ranges::copy(now, states.begin() + static_cast<std::ptrdiff_t>(at * units));
      std::ranges::copy(cell, cells.begin() + static_cast<std::ptrdiff_t>(at * units));
      Step{*this, projected.data() + at * columns, next, next_cell, gates.data() + at * kept}.run();
      const bool counts = mask.empty() || mask[at] != 0;
      if (counts) {
        output = now = next;
        cell = next_cell;
      } else if (shape.args.zero_output_for_mask) {
        output.assign(units, 0);
      }
      std::ranges::copy(output, outputs.begin() + static_cast<std::ptrdiff_t>((n * steps + s) * units));
    }
    std::ranges::copy(now, row_of(h));
    std::ranges::copy(cell, row_of(c));
    std::ranges::copy(output, row_of(last));
  }
}

namespace {

/// The gradient of one step of one row, at the sequence's step `at`.
struct StepGradient {
  RecurrentGradientReference& of;
  size_t row, at;

  size_t units() const { return static_cast<size_t>(of.shape.units); }
  size_t columns() const { return static_cast<size_t>(of.shape.gates()) * units(); }
  double gate(size_t k, size_t unit) const {
    return of.gates[(at * static_cast<size_t>(of.shape.kept()) + k) * units() + unit];
  }
  double& h(size_t unit) const { return of.diff_h[row * units() + unit]; }
  double before(size_t unit) const { return of.states[at * units() + unit]; }
  void put(size_t k, size_t unit, double v) const { of.diff_projected[at * columns() + k * units() + unit] = v; }
  void put_recurrent(size_t k, size_t unit, double v) const {
    of.diff_recurrent[at * columns() + k * units() + unit] = v;
  }

  static double logistic_slope(double y) { return y * (1 - y); }
  static double tanh_slope(double y) { return 1 - y * y; }

  /// Of the gradients of some gates times the transposed kernel.
  double product(const Row& diff, size_t unit, size_t first_gate, size_t gates) const {
    double sum = 0;
    for (size_t c = first_gate * units(); c < (first_gate + gates) * units(); ++c)
      sum += diff[at * columns() + c] * of.kernel[unit * columns() + c];
    return sum;
  }

  void simple(size_t j) const {
    put(0, j, h(j) * tanh_slope(gate(0, j)));
    h(j) = 0;
  }

  void lstm(size_t j) const {
    const double i = gate(0, j), f = gate(1, j), g = gate(2, j), o = gate(3, j), c = of.cells[at * units() + j];
    const double active = std::tanh(f * c + i * g);
    double& diff_c = of.diff_c[row * units() + j];
    const double d = diff_c + h(j) * o * tanh_slope(active);
    put(0, j, d * g * logistic_slope(i));
    put(1, j, d * c * logistic_slope(f));
    put(2, j, d * i * tanh_slope(g));
    put(3, j, h(j) * active * logistic_slope(o));
    diff_c = d * f;
    h(j) = 0;
  }

  void gru(size_t j) const {
    const double z = gate(0, j), r = gate(1, j), candidate = gate(2, j);
    const double d = h(j) * (1 - z) * tanh_slope(candidate), dz = h(j) * (before(j) - candidate) * logistic_slope(z),
                 dr = d * gate(3, j) * logistic_slope(r);
    put(0, j, dz);
    put(1, j, dr);
    put(2, j, d);
    put_recurrent(0, j, dz);
    put_recurrent(1, j, dr);
    put_recurrent(2, j, d * r);
    h(j) *= z;
  }

  void resets() const {
    for (size_t j = 0; j < units(); ++j) {
      const double d = product(of.diff_projected, j, 2, 1);
      put(1, j, d * before(j) * logistic_slope(gate(1, j)));
      h(j) += d * gate(1, j);
    }
  }

  void run() const {
    const Cell cell = of.shape.args.cell;
    for (size_t j = 0; j < units(); ++j)
      if (cell == Cell::simple)
        simple(j);
      else if (cell == Cell::lstm)
        lstm(j);
      else
        gru(j);
    if (cell == Cell::gru_reset_before) resets();
    const size_t gates = cell == Cell::gru_reset_before ? 2 : static_cast<size_t>(of.shape.gates());
    for (size_t j = 0; j < units(); ++j)
      h(j) += product(cell == Cell::gru ? of.diff_recurrent : of.diff_projected, j, 0, gates);
  }
};

}  // namespace

void RecurrentGradientReference::run() {
  const auto rows = static_cast<size_t>(shape.rows), steps = static_cast<size_t>(shape.steps),
             units = static_cast<size_t>(shape.units);
  diff_projected.assign(rows * steps * static_cast<size_t>(shape.gates()) * units, 0);
  diff_recurrent = diff_projected;
  for (size_t n = 0; n < rows; ++n) {
    const auto at = [&](size_t s) { return n * steps + static_cast<size_t>(shape.time(static_cast<int64_t>(s))); };
    const auto counts = [&](size_t s) { return mask.empty() || mask[at(s)] != 0; };
    size_t first = 0;
    while (first < steps && !counts(first)) ++first;
    for (size_t s = steps; s-- > 0;) {
      const bool puts_out_state = counts(s) || (!shape.args.zero_output_for_mask && s > first);
      for (size_t j = 0; j < units && puts_out_state; ++j)
        diff_h[n * units + j] +=
            diff_outputs[(n * steps + s) * units + j] + (s + 1 == steps ? diff_last[n * units + j] : 0);
      if (counts(s)) StepGradient{*this, n, at(s)}.run();
    }
  }
}

}  // namespace graft::test
