#include "graft/graph/layers/augmentation/augmentation_layer.h"

#include <numeric>

#include "graft/graph/layers/operations/operation.h"

namespace graft {

using ops::Builder;
using ops::Value;

Value draw(Builder& b, Value images, Limits limits) {
  const ops::Dims dims{b.dims(images)[0], 1, 1, 1};
  if (limits[0] < limits[1]) return b.random_uniform(dims, limits[0], limits[1]);
  return b.broadcast_to(single(b, limits[0]), dims);
}

Value choose(Builder& b, Value images, Limits probability) {
  return b.binary(ops::Binary::lt, draw(b, images, {0, 1}), draw(b, images, probability));
}

// By Marsaglia and Tsang: a try for shape + 1 is accepted with a probability above 0.95, so that one of eight is.
Value draw_log_gamma(Builder& b, int64_t count, Value shape) {
  using ops::Eltwise;
  const auto log = [&](Value x) { return b.eltwise(x, Eltwise::log); };
  const ops::Dims dims{count, 1, 1, 1};
  const Value d = b.scale(shape, 1, 2.F / 3), c = b.eltwise(b.scale(d, 9), Eltwise::rsqrt);
  Value found;
  for (int i = 0; i < 8; ++i) {
    const Value normal = b.random_normal(dims, 0, 1), root = b.scale(b.mul(normal, c), 1, 1);
    const Value v = b.eltwise(b.eltwise(root, Eltwise::clip, 1e-6F, 1e6F), Eltwise::pow, 3);
    const Value slope = b.mul(d, b.add(b.scale(v, -1, 1), log(v)));
    const Value bound = b.add(b.scale(b.eltwise(normal, Eltwise::square), 0.5F), slope);
    const Value below = b.binary(ops::Binary::lt, log(b.random_uniform(dims, 1e-7F, 1)), bound);
    const Value accepted = b.mul(below, b.binary(ops::Binary::gt, root, b.scalar(0)));
    found = i == 0 ? v : b.where(accepted, v, found);
  }
  return b.add(log(b.mul(found, d)), b.div(log(b.random_uniform(dims, 1e-7F, 1)), shape));
}

Value draw_beta(Builder& b, int64_t count, Value alpha) {
  return b.eltwise(b.sub(draw_log_gamma(b, count, alpha), draw_log_gamma(b, count, alpha)), ops::Eltwise::logistic);
}

Value single(Builder& b, double number) {
  return b.constant(Tensor(Shape{1, 1, 1, 1}, std::vector<float>{static_cast<float>(number)}));
}

Value shuffled(Builder& b, Value images) {
  return b.take(images, b.argsort(b.random_uniform({b.dims(images)[0]}, 0, 1), 0), 0);
}

Value clipped(Builder& b, Value x, Limits limits) { return b.eltwise(x, ops::Eltwise::clip, limits[0], limits[1]); }

Value mixed(Builder& b, Value first, Value second, Value share) {
  return b.add(first, b.mul(b.sub(second, first), share));
}

Value between(Builder& b, Value x, Limits from, Limits to) {
  if (from == to) return x;
  const Value share = b.div(b.scale(x, 1, -from[0]), b.scalar(from[1] - from[0]));
  return b.scale(share, to[1] - to[0], to[0]);
}

Value gaussian(Builder& b, int64_t size, Value deviation, Value reach) {
  std::vector<float> distances;
  for (int64_t i = 0; i < size; ++i) distances.push_back(static_cast<float>(i - size / 2));
  const Value distance = b.constant(Tensor(Shape{size}, std::move(distances)));
  const Value square = b.eltwise(b.div(distance, deviation), ops::Eltwise::square);
  const Value within = b.binary(ops::Binary::le, b.eltwise(distance, ops::Eltwise::abs), reach);
  const Value weights = b.mul(b.eltwise(b.scale(square, -0.5F), ops::Eltwise::exp), within);
  return b.div(weights, b.reduce(ops::Reduction::sum, weights, {0}));
}

Value filtered(Builder& b, Value images, Value kernel) {
  const ops::Dims size = b.dims(kernel);
  const int64_t channels = b.dims(images)[1];
  const Value weights = b.broadcast_to(b.reshape(kernel, {1, 1, size[0], size[1]}), {channels, 1, size[0], size[1]});
  const ops::Dims border{size[0] / 2, size[1] / 2};
  return b.conv(images, weights, {},
                {.strides = {1, 1}, .dilates = {0, 0}, .padding_l = border, .padding_r = border, .groups = channels});
}

Value counting(Builder& b, int64_t count, int axis) {
  std::vector<float> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0.F);
  ops::Dims dims(4, 1);
  dims[static_cast<size_t>(axis)] = count;
  return b.constant(Tensor(Shape(dims), std::move(numbers)));
}

Value operation(Builder& b, const char* name, const ops::Values& inputs, Literals settings) {
  const Layer layer = operation_layer(name, {.settings = std::move(settings)});
  return layer.impl().emit(b, inputs, {})[0];
}

}  // namespace graft
