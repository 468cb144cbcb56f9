// The step of an optimizer: one loop over a variable, its gradient and its slots, which all lie alike.
//
// rule        slots                                       settings
// sgd         -                                           -
// momentum    momentum                                    momentum
// nesterov    momentum                                    momentum
// rmsprop     velocity, [momentum,] [average_gradient]    rho, momentum, epsilon
// adam        momentum, velocity, [velocity_hat]          beta_1, beta_2, epsilon
// adamax      momentum, norm                              beta_1, beta_2, epsilon
// adagrad     accumulator                                 epsilon
// adadelta    accumulated_gradient, accumulated_delta     rho, epsilon
// lion        momentum                                    beta_1, beta_2
//
// rmsprop has a momentum slot when its momentum is not 0, an average_gradient when it is centered; adam has a
// velocity_hat when it is amsgrad. The formulas are Keras 3's. `learning_rate` has dims (1), or (2): the step size, and
// by how much of itself the variable shrinks before the step (decoupled weight decay: learning rate x weight_decay).
// The step size is the learning rate corrected for the bias of the first steps t, where a rule has one:
// adam  lr sqrt(1 - beta_2^t) / (1 - beta_1^t),  adamax  lr / (1 - beta_1^t).

#include "graft/ops/primitives/effects/optimizer_update.h"

#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/map.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// A stretch of the memory of a variable.
struct Stretch {
  float* w;
  const float* g;
  std::array<float*, 3> slots;
  int64_t n;
  float rate, decay;
  const float* settings;
};

using Rule = void (*)(const Stretch&);

// f(w, g, i) moves w and the slots at i.
template <class F>
GRAFT_INLINE void each(const Stretch& s, F f) {
  float* w = s.w;
  const float *g = s.g, keep = 1.f - s.decay;
  if (s.decay != 0) {
#pragma omp simd
    for (int64_t i = 0; i < s.n; ++i) w[i] = f(w[i] * keep, g[i], i);
  } else {
#pragma omp simd
    for (int64_t i = 0; i < s.n; ++i) w[i] = f(w[i], g[i], i);
  }
}

GRAFT_KERNEL void sgd(const Stretch& s) {
  each(s, [rate = s.rate](float w, float g, int64_t) { return w - rate * g; });
}

GRAFT_KERNEL void momentum(const Stretch& s) {
  each(s, [rate = s.rate, mu = s.settings[0], m = s.slots[0]](float w, float g, int64_t i) {
    m[i] = mu * m[i] - rate * g;
    return w + m[i];
  });
}

GRAFT_KERNEL void nesterov(const Stretch& s) {
  each(s, [rate = s.rate, mu = s.settings[0], m = s.slots[0]](float w, float g, int64_t i) {
    m[i] = mu * m[i] - rate * g;
    return w + mu * m[i] - rate * g;
  });
}

GRAFT_KERNEL void rmsprop(const Stretch& s) {
  each(s, [rate = s.rate, rho = s.settings[0], epsilon = s.settings[2], v = s.slots[0]](float w, float g, int64_t i) {
    v[i] = rho * v[i] + (1 - rho) * g * g;
    return w - rate * g / std::sqrt(v[i] + epsilon);
  });
}

GRAFT_KERNEL void rmsprop_momentum(const Stretch& s) {
  each(s, [rate = s.rate, rho = s.settings[0], mu = s.settings[1], epsilon = s.settings[2], v = s.slots[0],
           m = s.slots[1]](float w, float g, int64_t i) {
    v[i] = rho * v[i] + (1 - rho) * g * g;
    m[i] = mu * m[i] + rate * g / std::sqrt(v[i] + epsilon);
    return w - m[i];
  });
}

GRAFT_KERNEL void rmsprop_centered(const Stretch& s) {
  each(s, [rate = s.rate, rho = s.settings[0], epsilon = s.settings[2], v = s.slots[0], mean = s.slots[1]](
              float w, float g, int64_t i) {
    v[i] = rho * v[i] + (1 - rho) * g * g;
    mean[i] = rho * mean[i] + (1 - rho) * g;
    return w - rate * g / std::sqrt(v[i] - mean[i] * mean[i] + epsilon);
  });
}

GRAFT_KERNEL void rmsprop_centered_momentum(const Stretch& s) {
  each(s, [rate = s.rate, rho = s.settings[0], mu = s.settings[1], epsilon = s.settings[2], v = s.slots[0],
           m = s.slots[1], mean = s.slots[2]](float w, float g, int64_t i) {
    v[i] = rho * v[i] + (1 - rho) * g * g;
    mean[i] = rho * mean[i] + (1 - rho) * g;
    m[i] = mu * m[i] + rate * g / std::sqrt(v[i] - mean[i] * mean[i] + epsilon);
    return w - m[i];
  });
}

GRAFT_KERNEL void adam(const Stretch& s) {
  each(s, [rate = s.rate, p = 1 - s.settings[0], q = 1 - s.settings[1], epsilon = s.settings[2], m = s.slots[0],
           v = s.slots[1]](float w, float g, int64_t i) {
    m[i] += (g - m[i]) * p;
    v[i] += (g * g - v[i]) * q;
    return w - rate * m[i] / (std::sqrt(v[i]) + epsilon);
  });
}

GRAFT_KERNEL void adam_amsgrad(const Stretch& s) {
  each(s, [rate = s.rate, p = 1 - s.settings[0], q = 1 - s.settings[1], epsilon = s.settings[2], m = s.slots[0],
           v = s.slots[1], most = s.slots[2]](float w, float g, int64_t i) {
    m[i] += (g - m[i]) * p;
    v[i] += (g * g - v[i]) * q;
    most[i] = v[i] > most[i] ? v[i] : most[i];
    return w - rate * m[i] / (std::sqrt(most[i]) + epsilon);
  });
}

GRAFT_KERNEL void adamax(const Stretch& s) {
  each(s, [rate = s.rate, p = 1 - s.settings[0], beta = s.settings[1], epsilon = s.settings[2], m = s.slots[0],
           u = s.slots[1]](float w, float g, int64_t i) {
    m[i] += (g - m[i]) * p;
    const float size = std::abs(g), old = beta * u[i];
    u[i] = size > old ? size : old;
    return w - rate * m[i] / (u[i] + epsilon);
  });
}

GRAFT_KERNEL void adagrad(const Stretch& s) {
  each(s, [rate = s.rate, epsilon = s.settings[0], sum = s.slots[0]](float w, float g, int64_t i) {
    sum[i] += g * g;
    return w - rate * g / std::sqrt(sum[i] + epsilon);
  });
}

GRAFT_KERNEL void adadelta(const Stretch& s) {
  each(s, [rate = s.rate, rho = s.settings[0], epsilon = s.settings[1], squares = s.slots[0], steps = s.slots[1]](
              float w, float g, int64_t i) {
    squares[i] = rho * squares[i] + (1 - rho) * g * g;
    const float delta = g * std::sqrt(steps[i] + epsilon) / std::sqrt(squares[i] + epsilon);
    steps[i] = rho * steps[i] + (1 - rho) * delta * delta;
    return w - rate * delta;
  });
}

GRAFT_KERNEL void lion(const Stretch& s) {
  each(s, [rate = s.rate, a = s.settings[0], b = s.settings[1], m = s.slots[0]](float w, float g, int64_t i) {
    const float direction = a * m[i] + (1 - a) * g;
    m[i] = b * m[i] + (1 - b) * g;
    const float up = direction > 0 ? rate : 0.f, down = direction < 0 ? rate : 0.f;
    return w - up + down;
  });
}

struct Row {
  const char* name;
  Rule rule;
  size_t slots, settings;
};

const Row* find_row(const std::string& name, size_t slots, const std::vector<float>& settings) {
  static constexpr Row rows[] = {
      {"sgd", sgd, 0, 0},         {"momentum", momentum, 1, 1}, {"nesterov", nesterov, 1, 1},
      {"rmsprop", rmsprop, 1, 3}, {"adam", adam, 2, 3},         {"adam", adam_amsgrad, 3, 3},
      {"adamax", adamax, 2, 3},   {"adagrad", adagrad, 1, 1},   {"adadelta", adadelta, 2, 2},
      {"lion", lion, 1, 2},
  };
  static constexpr Row with_momentum[] = {{"rmsprop", rmsprop_momentum, 2, 3},
                                          {"rmsprop", rmsprop_centered_momentum, 3, 3}};
  static constexpr Row centered[] = {{"rmsprop", rmsprop_centered, 2, 3}};
  const auto find = [&](std::span<const Row> among) -> const Row* {
    for (const Row& row : among)
      if (row.name == name && row.slots == slots && row.settings == settings.size()) return &row;
    return nullptr;
  };
  if (name == "rmsprop" && settings.size() == 3 && settings[1] != 0) return find(with_momentum);
  const Row* row = find(rows);
  return row ? row : find(centered);
}

/// Inputs: variable, gradient, learning rate, slots.
class OptimizerUpdate final : public Primitive {
 public:
  OptimizerUpdate(const Row& row, std::vector<float> settings) : row_(row), settings_(std::move(settings)) {}
  std::string_view name() const override { return "update"; }
  std::string attributes() const override {
    std::string text = row_.name;
    for (const float setting : settings_) text += cat(' ', setting);
    return text;
  }

  Traits traits(const Program&, const Instruction&) const override { return {.writes = writes()}; }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Operand w = lowering.operand(self.inputs[0]);
    const std::string why =
        cat(lowering.how_it_lies(w), "; its gradient comes as ", typed_layout(lowering.operand(self.inputs[1]).md));
    std::vector<Operand> operands{w, lowering.as(self.inputs[1], w.md, why), lowering.row_major(self.inputs[2])};
    for (size_t k = 0; k < row_.slots; ++k) {
      operands.push_back(lowering.as(self.inputs[3 + k], w.md));
      if (!onednn::same_layout(lowering.operand(self.inputs[3 + k]).md, w.md))
        throw GraphError("an optimizer's slot is already laid out in another way than its variable").who(self.label);
    }
    const bool decays = lowering.dims(self.inputs[2])[0] == 2;
    // Padding inside blocks stays zero: every rule moves a zero with a zero gradient nowhere.
    lowering.update(self, row_.name, operands, writes(),
                    [rule = row_.rule, slots = row_.slots, settings = settings_, n = padded_elements(w.md), decays](
                        const Run& run, std::span<void* const> p) {
                      const float *rates = in(p[2]), decay = decays ? rates[1] : 0.f;
                      parallel_for(run.threads, n, kGrain, [&](int64_t begin, int64_t end) {
                        Stretch s{out(p[0]) + begin, in(p[1]) + begin, {}, end - begin, rates[0], decay,
                                  settings.data()};
                        for (size_t k = 0; k < slots; ++k) s.slots[k] = out(p[3 + k]) + begin;
                        rule(s);
                      });
                    });
  }

 private:
  std::vector<size_t> writes() const {
    std::vector<size_t> out{0};
    for (size_t k = 0; k < row_.slots; ++k) out.push_back(3 + k);
    return out;
  }

  Row row_;
  std::vector<float> settings_;
};

}  // namespace

bool is_optimizer_update(const Instruction& instruction) {
  return primitive_as<OptimizerUpdate>(instruction) != nullptr;
}

void Builder::update(const std::string& rule, const Variable& variable, Value gradient, const Variables& slots,
                     Value learning_rate, const std::vector<float>& settings) {
  const Row* row = find_row(rule, slots.size(), settings);
  if (!row)
    throw ConfigError(cat("update: there is no rule \"", rule, "\" with ", slots.size(), " slots and ", settings.size(),
                          " settings"));
  const Value w = this->variable(variable);
  const Dims& expected = dims(w);
  if (dims(gradient) != expected)
    throw ShapeError(cat("update: variable \"", variable.name(), "\" has dims ", to_string(expected),
                         "; received a gradient of ", to_string(dims(gradient))));
  if (dims(learning_rate) != Dims{1} && dims(learning_rate) != Dims{2})
    throw ShapeError(cat("update: learning_rate must have dims (1), or (2) with a decay; received ",
                         to_string(dims(learning_rate))));
  Values inputs{w, gradient, learning_rate};
  for (const Variable& slot : slots) {
    inputs.push_back(this->variable(slot));
    if (dims(inputs.back()) != expected)
      throw ShapeError(cat("update: slot \"", slot.name(), "\" must have dims ", to_string(expected), "; received ",
                           to_string(dims(inputs.back()))));
  }
  append(std::make_shared<OptimizerUpdate>(*row, settings), inputs, {});
}

}  // namespace graft::ops
