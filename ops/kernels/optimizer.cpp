#include "graft/ops/kernels/optimizer.h"

#include <cmath>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

// f(w, g, i) returns the new w and changes the slots at i.
template <class F>
GRAFT_INLINE void each(const OptimizerStep& s, F f) {
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

GRAFT_KERNEL void sgd(const OptimizerStep& s) {
  each(s, [rate = s.rate](float w, float g, int64_t) { return w - rate * g; });
}

GRAFT_KERNEL void momentum(const OptimizerStep& s) {
  each(s, [rate = s.rate, mu = s.settings[0], m = s.slots[0]](float w, float g, int64_t i) {
    m[i] = mu * m[i] - rate * g;
    return w + m[i];
  });
}

GRAFT_KERNEL void nesterov(const OptimizerStep& s) {
  each(s, [rate = s.rate, mu = s.settings[0], m = s.slots[0]](float w, float g, int64_t i) {
    m[i] = mu * m[i] - rate * g;
    return w + mu * m[i] - rate * g;
  });
}

GRAFT_KERNEL void rmsprop(const OptimizerStep& s) {
  each(s, [rate = s.rate, rho = s.settings[0], epsilon = s.settings[2], v = s.slots[0]](float w, float g, int64_t i) {
    v[i] = rho * v[i] + (1 - rho) * g * g;
    return w - rate * g / std::sqrt(v[i] + epsilon);
  });
}

GRAFT_KERNEL void rmsprop_momentum(const OptimizerStep& s) {
  each(s, [rate = s.rate, rho = s.settings[0], mu = s.settings[1], epsilon = s.settings[2], v = s.slots[0],
           m = s.slots[1]](float w, float g, int64_t i) {
    v[i] = rho * v[i] + (1 - rho) * g * g;
    m[i] = mu * m[i] + rate * g / std::sqrt(v[i] + epsilon);
    return w - m[i];
  });
}

GRAFT_KERNEL void rmsprop_centered(const OptimizerStep& s) {
  each(s, [rate = s.rate, rho = s.settings[0], epsilon = s.settings[2], v = s.slots[0], mean = s.slots[1]](
              float w, float g, int64_t i) {
    v[i] = rho * v[i] + (1 - rho) * g * g;
    mean[i] = rho * mean[i] + (1 - rho) * g;
    return w - rate * g / std::sqrt(v[i] - mean[i] * mean[i] + epsilon);
  });
}

GRAFT_KERNEL void rmsprop_centered_momentum(const OptimizerStep& s) {
  each(s, [rate = s.rate, rho = s.settings[0], mu = s.settings[1], epsilon = s.settings[2], v = s.slots[0],
           m = s.slots[1], mean = s.slots[2]](float w, float g, int64_t i) {
    v[i] = rho * v[i] + (1 - rho) * g * g;
    mean[i] = rho * mean[i] + (1 - rho) * g;
    m[i] = mu * m[i] + rate * g / std::sqrt(v[i] - mean[i] * mean[i] + epsilon);
    return w - m[i];
  });
}

GRAFT_KERNEL void adam(const OptimizerStep& s) {
  each(s, [rate = s.rate, p = 1 - s.settings[0], q = 1 - s.settings[1], epsilon = s.settings[2], m = s.slots[0],
           v = s.slots[1]](float w, float g, int64_t i) {
    m[i] += (g - m[i]) * p;
    v[i] += (g * g - v[i]) * q;
    return w - rate * m[i] / (std::sqrt(v[i]) + epsilon);
  });
}

GRAFT_KERNEL void adam_amsgrad(const OptimizerStep& s) {
  each(s, [rate = s.rate, p = 1 - s.settings[0], q = 1 - s.settings[1], epsilon = s.settings[2], m = s.slots[0],
           v = s.slots[1], most = s.slots[2]](float w, float g, int64_t i) {
    m[i] += (g - m[i]) * p;
    v[i] += (g * g - v[i]) * q;
    most[i] = v[i] > most[i] ? v[i] : most[i];
    return w - rate * m[i] / (std::sqrt(most[i]) + epsilon);
  });
}

GRAFT_KERNEL void adamax(const OptimizerStep& s) {
  each(s, [rate = s.rate, p = 1 - s.settings[0], beta = s.settings[1], epsilon = s.settings[2], m = s.slots[0],
           u = s.slots[1]](float w, float g, int64_t i) {
    m[i] += (g - m[i]) * p;
    const float size = std::abs(g), old = beta * u[i];
    u[i] = size > old ? size : old;
    return w - rate * m[i] / (u[i] + epsilon);
  });
}

GRAFT_KERNEL void adagrad(const OptimizerStep& s) {
  each(s, [rate = s.rate, epsilon = s.settings[0], sum = s.slots[0]](float w, float g, int64_t i) {
    sum[i] += g * g;
    return w - rate * g / std::sqrt(sum[i] + epsilon);
  });
}

GRAFT_KERNEL void adadelta(const OptimizerStep& s) {
  each(s, [rate = s.rate, rho = s.settings[0], epsilon = s.settings[1], squares = s.slots[0], steps = s.slots[1]](
              float w, float g, int64_t i) {
    squares[i] = rho * squares[i] + (1 - rho) * g * g;
    const float delta = g * std::sqrt(steps[i] + epsilon) / std::sqrt(squares[i] + epsilon);
    steps[i] = rho * steps[i] + (1 - rho) * delta * delta;
    return w - rate * delta;
  });
}

GRAFT_KERNEL void lion(const OptimizerStep& s) {
  each(s, [rate = s.rate, a = s.settings[0], b = s.settings[1], m = s.slots[0]](float w, float g, int64_t i) {
    const float direction = a * m[i] + (1 - a) * g;
    m[i] = b * m[i] + (1 - b) * g;
    const float up = direction > 0 ? rate : 0.f, down = direction < 0 ? rate : 0.f;
    return w - up + down;
  });
}

GRAFT_KERNEL void average(float* moving, const float* batch, int64_t n, float momentum) {
  for (int64_t i = 0; i < n; ++i) moving[i] = moving[i] * momentum + batch[i] * (1 - momentum);
}

}  // namespace

const OptimizerRule* find_optimizer_rule(std::string_view name, size_t slots, std::span<const float> settings) {
  static constexpr OptimizerRule rows[] = {
      {"sgd", sgd, 0, 0},         {"momentum", momentum, 1, 1}, {"nesterov", nesterov, 1, 1},
      {"rmsprop", rmsprop, 1, 3}, {"adam", adam, 2, 3},         {"adam", adam_amsgrad, 3, 3},
      {"adamax", adamax, 2, 3},   {"adagrad", adagrad, 1, 1},   {"adadelta", adadelta, 2, 2},
      {"lion", lion, 1, 2},
  };
  static constexpr OptimizerRule with_momentum[] = {{"rmsprop", rmsprop_momentum, 2, 3},
                                                    {"rmsprop", rmsprop_centered_momentum, 3, 3}};
  static constexpr OptimizerRule centered[] = {{"rmsprop", rmsprop_centered, 2, 3}};
  const auto find = [&](std::span<const OptimizerRule> among) -> const OptimizerRule* {
    for (const OptimizerRule& row : among)
      if (row.name == name && row.slots == slots && row.settings == settings.size()) return &row;
    return nullptr;
  };
  if (name == "rmsprop" && settings.size() == 3 && settings[1] != 0) return find(with_momentum);
  const OptimizerRule* row = find(rows);
  return row ? row : find(centered);
}

void optimizer_step(int threads, const OptimizerRule& rule, const OptimizerStep& step) {
  parallel_for(threads, step.n, kGrain, [&](int64_t begin, int64_t end) {
    OptimizerStep part = step;
    part.w += begin;
    part.g += begin;
    for (size_t k = 0; k < rule.slots; ++k) part.slots[k] += begin;
    part.n = end - begin;
    rule.step(part);
  });
}

void moving_average(float* moving, const float* batch, int64_t n, float momentum) {
  average(moving, batch, n, momentum);
}

}  // namespace graft::ops
