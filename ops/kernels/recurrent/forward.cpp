#include "graft/ops/kernels/recurrent/forward.h"

#include <algorithm>

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

  States(const RecurrentShape& shape, float* scratch) {
    const int64_t floats = shape.rows * shape.padded();
    for (float** part : {&h, &next_h, &c, &update, &reset, &output}) {
      *part = scratch;
      scratch += floats;
    }
  }
};

template <class S, bool kUsual>
class ForwardWalk {
 public:
  GRAFT_INLINE ForwardWalk(const RecurrentShape& shape, const RecurrentForward& at, const Share& share)
      : shape_(shape), at_(at), share_(share), f_{shape.args}, states_(shape, at.scratch) {}

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
        return multiply<1>(states_.h, at_.packed,
                           [&](const Place& p, const float* sums)
                               __attribute__((always_inline)) { finish_simple(p, sums); });
      case Cell::lstm:
        return multiply<4>(states_.h, at_.packed,
                           [&](const Place& p, const float* sums)
                               __attribute__((always_inline)) { finish_lstm(p, sums); });
      case Cell::gru:
        return multiply<3>(states_.h, at_.packed,
                           [&](const Place& p, const float* sums)
                               __attribute__((always_inline)) { finish_gru(p, sums); });
      case Cell::gru_reset_before:
        multiply<2>(states_.h, at_.packed,
                    [&](const Place& p, const float* sums) __attribute__((always_inline)) { finish_resets(p, sums); });
        share_.meet();
        return multiply<1>(states_.reset, at_.packed + 2 * shape_.padded() * shape_.units,
                           [&](const Place& p, const float* sums)
                               __attribute__((always_inline)) { finish_candidate(p, sums); });
    }
  }

  /// The product of some rows with J gates. A single row needs several panels at once to keep the processor busy.
  template <int J, class Finish>
  GRAFT_INLINE void multiply(const float* rows, const float* packed, const Finish& finish) const {
    const Product product{rows, shape_.padded(), shape_.units, packed, shape_.units * J * S::lanes};
    const auto finish_at = [&](int64_t row, int64_t panel, const float* sums)
                               __attribute__((always_inline)) { finish(place(row, panel), sums); };
    if (share_.extent.end_row - share_.extent.row == 1)
      multiply_panels<S, (J == 1 ? 8 : J == 2 ? 4 : 2), J>(share_.extent, product, finish_at);
    else
      multiply_panels<S, 1, J>(share_.extent, product, finish_at);
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

  GRAFT_INLINE void keep(const Place& p, std::initializer_list<V> gates) const {
    if (!at_.gates) return;
    float* to = at_.gates + (p.row * shape_.steps + time_) * shape_.kept() * shape_.units + p.unit;
    for (const V& gate : gates) {
      store<S>(to, gate, p.count);
      to += shape_.units;
    }
  }

  GRAFT_INLINE void finish_simple(const Place& p, const float* sums) {
    const V h = f_.state(projected(p, 0) + load<S>(sums));
    keep(p, {h});
    put_out(p, h);
  }

  GRAFT_INLINE void finish_lstm(const Place& p, const float* sums) {
    const V i = f_.gate(projected(p, 0) + load<S>(sums)), f = f_.gate(projected(p, 1) + load<S>(sums + S::lanes)),
            g = f_.state(projected(p, 2) + load<S>(sums + 2 * S::lanes)),
            o = f_.gate(projected(p, 3) + load<S>(sums + 3 * S::lanes));
    const V before = load<S>(states_.c + p.state), c = f * before + i * g;
    keep(p, {i, f, g, o});
    if (at_.cells) store<S>(at_.cells + (p.row * shape_.steps + time_) * shape_.units + p.unit, before, p.count);
    if (p.counts) store<S>(states_.c + p.state, c);
    put_out(p, o * f_.state(c));
  }

  GRAFT_INLINE void finish_gru(const Place& p, const float* sums) {
    const V z = f_.gate(projected(p, 0) + recurrent(p, 0, sums)), r = f_.gate(projected(p, 1) + recurrent(p, 1, sums)),
            inner = recurrent(p, 2, sums), candidate = f_.state(projected(p, 2) + r * inner);
    keep(p, {z, r, candidate, inner});
    put_out(p, mixed(p, z, candidate));
  }

  GRAFT_INLINE void finish_resets(const Place& p, const float* sums) {
    const V z = f_.gate(projected(p, 0) + load<S>(sums)), r = f_.gate(projected(p, 1) + load<S>(sums + S::lanes));
    const V reset = r * load<S>(states_.h + p.state);
    store<S>(states_.update + p.state, z);
    store<S>(states_.reset + p.state, reset);
    keep(p, {z, r, V{}, reset});
  }

  GRAFT_INLINE void finish_candidate(const Place& p, const float* sums) {
    const V candidate = f_.state(projected(p, 2) + load<S>(sums));
    if (at_.gates)
      store<S>(at_.gates + ((p.row * shape_.steps + time_) * shape_.kept() + 2) * shape_.units + p.unit, candidate,
               p.count);
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

  const RecurrentShape& shape_;
  const RecurrentForward& at_;
  const Share& share_;
  const Functions<S, kUsual> f_;
  States states_;
  int64_t step_ = 0, time_ = 0;
};

template <class S>
GRAFT_INLINE void walk(const RecurrentShape& shape, const RecurrentForward& at, const Share& share) {
  if (are_usual(shape.args)) return ForwardWalk<S, true>(shape, at, share).run();
  ForwardWalk<S, false>(shape, at, share).run();
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
