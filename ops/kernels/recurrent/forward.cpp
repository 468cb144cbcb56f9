#include "graft/ops/kernels/recurrent/forward.h"

#include <algorithm>

#include "graft/ops/kernels/base/unrolled.h"
#include "graft/ops/kernels/recurrent/cell_functions.h"
#include "graft/ops/kernels/recurrent/team.h"

namespace graft::ops {

using namespace recurrent;

namespace {

/// States of all rows, padded to whole panels.
struct States {
  float *h, *next_h;  // what is computed in a step is not yet read in it
  float* c;
  float *update, *reset;  // of a gru_reset_before: z, and r h
  float* output;          // of the step before
};

States states_in(const RecurrentShape& shape, float* scratch) {
  const int64_t floats = shape.rows * shape.padded();
  const auto part = [&](int64_t k) { return scratch + k * floats; };
  return {part(0), part(1), part(2), part(3), part(4), part(5)};
}

template <class S, bool kUsual>
struct ForwardWalk {
  const RecurrentShape& shape_;
  const RecurrentForward& at_;
  const Share& share_;
  const Functions<S, kUsual> f_{shape_.args};
  States states_ = states_in(shape_, at_.scratch);
  int64_t step_ = 0, time_ = 0;

  GRAFT_INLINE void run() {
    begin();
    for (step_ = 0; step_ < shape_.steps; ++step_) {
      time_ = shape_.time(step_);
      step();
      share_.meet();
      std::swap(states_.h, states_.next_h);
    }
    end();
  }

 private:
  using V = typename S::V;

  /// One vector of units of one row.
  struct Place {
    int64_t row, unit, count;  // count: units that there are
    int64_t state;             // where it is in the states
    bool counts;               // false for a masked step
  };

  GRAFT_INLINE Place place(int64_t row, int64_t panel) const {
    const int64_t unit = panel * S::lanes;
    return {row, unit, std::min<int64_t>(S::lanes, shape_.units - unit), row * shape_.padded() + unit,
            !at_.mask || at_.mask[row * shape_.steps + time_] != 0};
  }

  /// Calls body on each vector of the share.
  template <class Body>
  GRAFT_INLINE void for_each_place(const Body& body) const {
    for (int64_t row = share_.extent.row; row < share_.extent.end_row; ++row)
      for (int64_t panel = share_.extent.panel; panel < share_.extent.end_panel; ++panel) body(place(row, panel));
  }

  GRAFT_INLINE void begin() {
    time_ = 0;
    for_each_place([&](const Place& p) __attribute__((always_inline)) {
      const int64_t from = p.row * shape_.units + p.unit;
      store<S>(states_.h + p.state, at_.h ? load<S>(at_.h + from, p.count) : V{});
      store<S>(states_.c + p.state, at_.c ? load<S>(at_.c + from, p.count) : V{});
      store<S>(states_.output + p.state, V{});
    });
    share_.meet();
  }

  GRAFT_INLINE void end() {
    for_each_place([&](const Place& p) __attribute__((always_inline)) {
      const int64_t to = p.row * shape_.units + p.unit;
      if (at_.last_h) store<S>(at_.last_h + to, load<S>(states_.h + p.state), p.count);
      if (at_.last_c) store<S>(at_.last_c + to, load<S>(states_.c + p.state), p.count);
    });
  }

  GRAFT_INLINE void step() {
    switch (shape_.args.cell) {
      case Cell::simple:
        return multiply<Cell::simple, 1>(states_.h, at_.packed);
      case Cell::lstm:
        return multiply<Cell::lstm, 4>(states_.h, at_.packed);
      case Cell::gru:
        return multiply<Cell::gru, 3>(states_.h, at_.packed);
      case Cell::gru_reset_before:
        multiply<Cell::gru_reset_before, 2>(states_.h, at_.packed);
        share_.meet();
        return multiply<Cell::gru_reset_before, 1>(states_.reset, at_.packed + 2 * shape_.padded() * shape_.units);
    }
  }

  /// What is done for each row and panel whose J gates are multiplied. What was projected is fetched meanwhile: it is
  /// far apart, row for row, and read but once.
  template <Cell kCell, int J>
  struct Task {
    ForwardWalk& walk;
    GRAFT_INLINE void start(int64_t row, int64_t panel) const {
      constexpr int kFirst = kCell == Cell::gru_reset_before && J == 1 ? 2 : 0;
      walk.template fetch_projected<kFirst, J>(row, panel);
    }
    GRAFT_INLINE void finish(int64_t row, int64_t panel, float* sums) const {
      const Place p = walk.place(row, panel);
      if constexpr (kCell == Cell::simple) walk.finish_simple(p, sums);
      if constexpr (kCell == Cell::lstm) walk.finish_lstm(p, sums);
      if constexpr (kCell == Cell::gru) walk.finish_gru(p, sums);
      if constexpr (kCell == Cell::gru_reset_before && J == 2) walk.finish_resets(p, sums);
      if constexpr (kCell == Cell::gru_reset_before && J == 1) walk.finish_candidate(p, sums);
    }
    GRAFT_INLINE void complete(int64_t row, int64_t panel, float* sums) const {
      if constexpr (kCell == Cell::lstm) walk.complete_lstm(walk.place(row, panel), sums);
      if constexpr (kCell == Cell::gru) walk.complete_gru(walk.place(row, panel), sums);
    }
  };

  /// The product of some rows with J gates. A single row needs several panels at once to keep the processor busy,
  /// unless its functions take longer.
  template <Cell kCell, int J>
  GRAFT_INLINE void multiply(const float* rows, const float* packed) {
    const Product product{rows, shape_.padded(), shape_.units, packed, shape_.units * J * S::lanes};
    const Task<kCell, J> task{*this};
    constexpr int kSingle = !kUsual ? 1 : J == 1 ? 8 : J == 2 ? 4 : 2, kMany = J == 1 ? 2 : 1;
    if (kSingle > kMany && share_.extent.end_row - share_.extent.row == 1)
      return multiply_panels<S, kSingle, J>(share_.extent, product, task);
    multiply_panels<S, kMany, J>(share_.extent, product, task);
  }

  template <int kFirst, int kGates>
  GRAFT_INLINE void fetch_projected(int64_t row, int64_t panel) const {
    const float* from = at_.projected + row * at_.row_step + time_ * at_.time_step + panel * S::lanes;
    unrolled<kGates>([&](auto gate)
                         __attribute__((always_inline)) { __builtin_prefetch(from + (kFirst + gate) * shape_.units); });
  }
  GRAFT_INLINE V projected(const Place& p, int64_t gate) const {
    return load<S>(at_.projected + p.row * at_.row_step + time_ * at_.time_step + gate * shape_.units + p.unit,
                   p.count);
  }
  GRAFT_INLINE V recurrent_bias(const Place& p, int64_t gate) const {
    return at_.recurrent_bias ? load<S>(at_.recurrent_bias + gate * shape_.units + p.unit, p.count) : V{};
  }
  GRAFT_INLINE V recurrent(const Place& p, int64_t gate, const float* sums) const {
    return load<S>(sums + gate * S::lanes) + recurrent_bias(p, gate);
  }

  /// Keeps a gate for the gradient.
  GRAFT_INLINE void keep(const Place& p, int64_t k, V gate) const {
    const int64_t step = p.row * shape_.steps + time_;
    if (at_.gates) store<S>(at_.gates + (step * shape_.kept() + k) * shape_.units + p.unit, gate, p.count);
  }
  template <class... Gates>
  GRAFT_INLINE void keep_all(const Place& p, Gates... gates) const {
    int64_t k = 0;
    (keep(p, k++, gates), ...);
  }

  GRAFT_INLINE void finish_simple(const Place& p, const float* sums) {
    const V h = f_.state(projected(p, 0) + load<S>(sums));
    keep(p, 0, h);
    put_out(p, h);
  }

  /// Leaves c and o for complete_lstm.
  GRAFT_INLINE void finish_lstm(const Place& p, float* sums) {
    const V i = f_.gate(projected(p, 0) + load<S>(sums)), f = f_.gate(projected(p, 1) + load<S>(sums + S::lanes)),
            g = f_.state(projected(p, 2) + load<S>(sums + 2 * S::lanes)),
            o = f_.gate(projected(p, 3) + load<S>(sums + 3 * S::lanes));
    const V before = load<S>(states_.c + p.state), c = f * before + i * g;
    keep_all(p, i, f, g, o);
    if (at_.cells) store<S>(at_.cells + (p.row * shape_.steps + time_) * shape_.units + p.unit, before, p.count);
    if (p.counts) store<S>(states_.c + p.state, c);
    store<S>(sums, c);
    store<S>(sums + S::lanes, o);
  }
  GRAFT_INLINE void complete_lstm(const Place& p, const float* sums) {
    put_out(p, load<S>(sums + S::lanes) * f_.state(load<S>(sums)));
  }

  /// Leaves z, and what the candidate's function is applied to, for complete_gru.
  GRAFT_INLINE void finish_gru(const Place& p, float* sums) {
    const V z = f_.gate(projected(p, 0) + recurrent(p, 0, sums)), r = f_.gate(projected(p, 1) + recurrent(p, 1, sums)),
            inner = recurrent(p, 2, sums);
    keep(p, 0, z);
    keep(p, 1, r);
    keep(p, 3, inner);
    store<S>(sums, z);
    store<S>(sums + S::lanes, projected(p, 2) + r * inner);
  }
  GRAFT_INLINE void complete_gru(const Place& p, const float* sums) {
    const V candidate = f_.state(load<S>(sums + S::lanes));
    keep(p, 2, candidate);
    put_out(p, mixed(p, load<S>(sums), candidate));
  }

  GRAFT_INLINE void finish_resets(const Place& p, const float* sums) {
    const V z = f_.gate(projected(p, 0) + load<S>(sums)), r = f_.gate(projected(p, 1) + load<S>(sums + S::lanes));
    const V reset = r * load<S>(states_.h + p.state);
    store<S>(states_.update + p.state, z);
    store<S>(states_.reset + p.state, reset);
    keep_all(p, z, r, V{}, reset);
  }

  GRAFT_INLINE void finish_candidate(const Place& p, const float* sums) {
    const V candidate = f_.state(projected(p, 2) + load<S>(sums));
    keep(p, 2, candidate);
    put_out(p, mixed(p, load<S>(states_.update + p.state), candidate));
  }

  GRAFT_INLINE V mixed(const Place& p, V z, V candidate) const {
    return z * load<S>(states_.h + p.state) + (1.f - z) * candidate;
  }

  /// A masked step keeps the state, and puts out what the step before did, or zeros.
  GRAFT_INLINE void put_out(const Place& p, V h) {
    const V before = load<S>(states_.h + p.state);
    if (at_.states) store<S>(at_.states + (p.row * shape_.steps + time_) * shape_.units + p.unit, before, p.count);
    V output = h;
    if (!p.counts) {
      output = shape_.args.zero_output_for_mask ? V{} : load<S>(states_.output + p.state);
      h = before;
    }
    store<S>(states_.next_h + p.state, h);
    if (at_.mask) store<S>(states_.output + p.state, output);
    if (at_.outputs) store<S>(at_.outputs + (p.row * shape_.steps + step_) * shape_.units + p.unit, output, p.count);
    if (at_.last && step_ == shape_.steps - 1) store<S>(at_.last + p.row * shape_.units + p.unit, output, p.count);
  }
};

template <class S>
GRAFT_INLINE void walk(const RecurrentShape& shape, const RecurrentForward& at, const Share& share) {
  if (are_usual(shape.args)) return ForwardWalk<S, true>{shape, at, share}.run();
  ForwardWalk<S, false>{shape, at, share}.run();
}

GRAFT_AVX512 void walk_wide(const RecurrentShape& shape, const RecurrentForward& at, const Share& share) {
  walk<Wide>(shape, at, share);
}
GRAFT_KERNEL void walk_narrow(const RecurrentShape& shape, const RecurrentForward& at, const Share& share) {
  walk<Narrow>(shape, at, share);
}

}  // namespace

void recurrent_forward(int threads, const RecurrentShape& shape, const RecurrentForward& at) {
  const auto body = shape.lanes == Wide::lanes ? walk_wide : walk_narrow;
  for_each_share(threads, shape, [&](const Share& share) { body(shape, at, share); });
}

}  // namespace graft::ops
