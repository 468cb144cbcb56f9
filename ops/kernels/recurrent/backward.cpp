#include "graft/ops/kernels/recurrent/backward.h"

#include <algorithm>

#include "graft/ops/kernels/recurrent/cell_functions.h"
#include "graft/ops/kernels/recurrent/team.h"

namespace graft::ops {

using namespace recurrent;

namespace {

template <class S, bool kUsual>
struct BackwardWalk {
  const RecurrentShape& shape_;
  const RecurrentGradient& at_;
  const Share& share_;
  const Functions<S, kUsual> f_{shape_.args};
  float* diff_h_ = at_.scratch;
  float* diff_c_ = diff_h_ + shape_.rows * shape_.padded();
  float* diff_reset_ = diff_c_ + shape_.rows * shape_.padded();
  int64_t step_ = 0, time_ = 0;

  GRAFT_INLINE void run() {
    begin();
    for (step_ = shape_.steps - 1; step_ >= 0; --step_) {
      time_ = shape_.time(step_);
      step();
    }
    end();
  }

 private:
  using V = typename S::V;

  /// One vector of units of one row.
  struct Place {
    int64_t unit, count;
    int64_t state;    // where it is in diff_h, diff_c and diff_reset
    int64_t single;   // in arrays of a number for each unit of a row
    int64_t step;     // in arrays of a number for each unit and step
    int64_t kept;     // in `gates`
    int64_t columns;  // in diff_projected
  };

  GRAFT_INLINE Place place(int64_t row, int64_t panel) const {
    const int64_t unit = panel * S::lanes, units = shape_.units, at = row * shape_.steps + time_;
    return {unit,
            std::min<int64_t>(S::lanes, units - unit),
            row * shape_.padded() + unit,
            row * units + unit,
            at * units + unit,
            at * shape_.kept() * units + unit,
            at * shape_.gates() * units + unit};
  }

  template <class Body>
  GRAFT_INLINE void for_each_panel(int64_t row, const Body& body) const {
    for (int64_t panel = share_.extent.panel; panel < share_.extent.end_panel; ++panel) body(place(row, panel));
  }

  GRAFT_INLINE V part(const float* from, int64_t at, int64_t count) const {
    return from ? load<S>(from + at, count) : V{};
  }
  GRAFT_INLINE V gate(const Place& p, int64_t k) const {
    return load<S>(at_.gates + p.kept + k * shape_.units, p.count);
  }
  GRAFT_INLINE void put(float* to, const Place& p, int64_t k, V diff) const {
    store<S>(to + p.columns + k * shape_.units, diff, p.count);
  }

  GRAFT_INLINE void begin() {
    for (int64_t row = share_.extent.row; row < share_.extent.end_row; ++row)
      for_each_panel(row, [&](const Place& p) __attribute__((always_inline)) {
        store<S>(diff_h_ + p.state, part(at_.diff_h, p.single, p.count));
        store<S>(diff_c_ + p.state, part(at_.diff_c, p.single, p.count));
      });
  }

  GRAFT_INLINE void end() {
    for (int64_t row = share_.extent.row; row < share_.extent.end_row; ++row)
      for_each_panel(row, [&](const Place& p) __attribute__((always_inline)) {
        if (at_.diff_first_h) store<S>(at_.diff_first_h + p.single, load<S>(diff_h_ + p.state), p.count);
        if (at_.diff_first_c) store<S>(at_.diff_first_c + p.single, load<S>(diff_c_ + p.state), p.count);
      });
  }

  /// From the gradients of the states behind the step to those of the gates, and of the states before it.
  GRAFT_INLINE void step() {
    for (int64_t row = share_.extent.row; row < share_.extent.end_row; ++row) {
      add_outputs(row);
      if (counts(row, step_))
        for_each_panel(row, [&](const Place& p) __attribute__((always_inline)) { differentiate(p); });
      else
        for_each_panel(row, [&](const Place& p) __attribute__((always_inline)) { clear(p); });
    }
    const int64_t units = shape_.units;
    share_.meet();
    if (shape_.args.cell != Cell::gru_reset_before) return add_product(diff_recurrent(), 0, shape_.gates() * units);
    multiply(at_.diff_projected, 2 * units, units,
             [&](int64_t row, int64_t panel, const float* sums) __attribute__((always_inline)) {
               const Place p = place(row, panel);
               store<S>(diff_reset_ + p.state, load<S>(sums));
               if (counts(row, step_)) differentiate_reset(p);
             });
    share_.meet();
    add_product(at_.diff_projected, 0, 2 * units);
  }

  GRAFT_INLINE float* diff_recurrent() const { return at_.diff_recurrent ? at_.diff_recurrent : at_.diff_projected; }

  GRAFT_INLINE bool counts(int64_t row, int64_t step) const {
    return !at_.mask || at_.mask[row * shape_.steps + shape_.time(step)] != 0;
  }

  /// A masked step puts out the state, unless no step before it counted: then it puts out zeros.
  GRAFT_INLINE bool puts_out_state(int64_t row) const {
    if (counts(row, step_)) return true;
    if (shape_.args.zero_output_for_mask) return false;
    if (!at_.has_initial_state) return true;
    for (int64_t before = step_ - 1; before >= 0; --before)
      if (counts(row, before)) return true;
    return false;
  }

  GRAFT_INLINE void add_outputs(int64_t row) {
    const bool is_last = at_.diff_last && step_ == shape_.steps - 1;
    if ((!at_.diff_outputs && !is_last) || !puts_out_state(row)) return;
    for_each_panel(row, [&](const Place& p) __attribute__((always_inline)) {
      V diff = load<S>(diff_h_ + p.state);
      if (at_.diff_outputs)
        diff += load<S>(at_.diff_outputs + (p.single - p.unit) * shape_.steps + step_ * shape_.units + p.unit, p.count);
      if (is_last) diff += load<S>(at_.diff_last + p.single, p.count);
      store<S>(diff_h_ + p.state, diff);
    });
  }

  GRAFT_INLINE void clear(const Place& p) const {
    for (int64_t k = 0; k < shape_.gates(); ++k) {
      put(at_.diff_projected, p, k, V{});
      if (at_.diff_recurrent) put(at_.diff_recurrent, p, k, V{});
    }
  }

  /// Leaves in diff_h what reaches the state before the step other than through the recurrent kernel.
  GRAFT_INLINE void differentiate(const Place& p) const {
    switch (shape_.args.cell) {
      case Cell::simple:
        put(at_.diff_projected, p, 0, load<S>(diff_h_ + p.state) * f_.state_slope(gate(p, 0)));
        return store<S>(diff_h_ + p.state, V{});
      case Cell::lstm:
        return differentiate_lstm(p);
      case Cell::gru:
        return differentiate_gru(p);
      case Cell::gru_reset_before:
        differentiate_mix(p);
    }
  }

  GRAFT_INLINE void differentiate_lstm(const Place& p) const {
    const V i = gate(p, 0), f = gate(p, 1), g = gate(p, 2), o = gate(p, 3);
    const V before = load<S>(at_.cells + p.step, p.count), active = f_.state(f * before + i * g);
    const V dh = load<S>(diff_h_ + p.state), dc = load<S>(diff_c_ + p.state) + dh * o * f_.state_slope(active);
    put(at_.diff_projected, p, 0, dc * g * f_.gate_slope(i));
    put(at_.diff_projected, p, 1, dc * before * f_.gate_slope(f));
    put(at_.diff_projected, p, 2, dc * i * f_.state_slope(g));
    put(at_.diff_projected, p, 3, dh * active * f_.gate_slope(o));
    store<S>(diff_c_ + p.state, dc * f);
    store<S>(diff_h_ + p.state, V{});
  }

  GRAFT_INLINE void differentiate_gru(const Place& p) const {
    const V d = differentiate_mix(p), r = gate(p, 1), inner = gate(p, 3);
    const V dr = d * inner * f_.gate_slope(r);
    put(at_.diff_projected, p, 1, dr);
    put(at_.diff_recurrent, p, 0, load<S>(at_.diff_projected + p.columns, p.count));
    put(at_.diff_recurrent, p, 1, dr);
    put(at_.diff_recurrent, p, 2, d * r);
  }

  /// Of h = z before + (1 - z) candidate; returns the gradient of what the candidate's function is applied to.
  GRAFT_INLINE V differentiate_mix(const Place& p) const {
    const V z = gate(p, 0), candidate = gate(p, 2), before = load<S>(at_.states + p.step, p.count);
    const V dh = load<S>(diff_h_ + p.state), d = dh * (1.f - z) * f_.state_slope(candidate);
    put(at_.diff_projected, p, 0, dh * (before - candidate) * f_.gate_slope(z));
    put(at_.diff_projected, p, 2, d);
    store<S>(diff_h_ + p.state, dh * z);
    return d;
  }

  /// Of r before, whose gradient is in diff_reset.
  GRAFT_INLINE void differentiate_reset(const Place& p) const {
    const V r = gate(p, 1), before = load<S>(at_.states + p.step, p.count), d = load<S>(diff_reset_ + p.state);
    put(at_.diff_projected, p, 1, d * before * f_.gate_slope(r));
    store<S>(diff_h_ + p.state, load<S>(diff_h_ + p.state) + d * r);
  }

  /// Adds the product with the transposed kernel to diff_h.
  GRAFT_INLINE void add_product(const float* diff, int64_t first, int64_t columns) const {
    multiply(diff, first, columns, [&](int64_t row, int64_t panel, const float* sums) __attribute__((always_inline)) {
      float* to = diff_h_ + row * shape_.padded() + panel * S::lanes;
      store<S>(to, load<S>(to) + load<S>(sums));
    });
  }

  /// The product of some columns of a gradient of gates with the same columns of the kernel, transposed.
  template <class Finish>
  GRAFT_INLINE void multiply(const float* diff, int64_t first, int64_t columns, const Finish& finish) const {
    const int64_t all = shape_.gates() * shape_.units;
    const Product product{diff + time_ * all + first, shape_.steps * all, columns, at_.packed + first * S::lanes,
                          all * S::lanes};
    const Finishing<Finish> task{finish};
    if (share_.extent.end_row - share_.extent.row == 1)
      multiply_panels<S, 8, 1>(share_.extent, product, task);
    else
      multiply_panels<S, 4, 1>(share_.extent, product, task);
  }
};

template <class S>
GRAFT_INLINE void walk(const RecurrentShape& shape, const RecurrentGradient& at, const Share& share) {
  if (are_usual(shape.args)) return BackwardWalk<S, true>{shape, at, share}.run();
  BackwardWalk<S, false>{shape, at, share}.run();
}

GRAFT_AVX512 void walk_wide(const RecurrentShape& shape, const RecurrentGradient& at, const Share& share) {
  walk<Wide>(shape, at, share);
}
GRAFT_KERNEL void walk_narrow(const RecurrentShape& shape, const RecurrentGradient& at, const Share& share) {
  walk<Narrow>(shape, at, share);
}

}  // namespace

void recurrent_backward(int threads, const RecurrentShape& shape, const RecurrentGradient& at) {
  const auto body = shape.lanes == Wide::lanes ? walk_wide : walk_narrow;
  for_each_share(threads, shape, [&](const Share& share) { body(shape, at, share); });
}

}  // namespace graft::ops
