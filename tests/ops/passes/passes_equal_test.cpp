#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/env.h"
#include "graft/core/onednn.h"
#include "graft/ops/passes/pipeline.h"
#include "graft/ops/primitives/reduction/cross_entropy.h"
#include "graft/ops/program/gradients.h"
#include "graft/ops/run/executable.h"
#include "tests/support/error_text.h"
#include "tests/support/program_check.h"

// Whole networks with every pass, without each, and with none: the same outputs and the same updated variables.

using namespace graft;
using namespace graft::ops;
using graft::test::error_text;

namespace {

/// Makes the same variables for each compilation, and remembers them.
class Weights {
 public:
  Weights(Builder& builder, bool training) : b(builder), training_(training) {}

  Value operator()(const Shape& shape, float scale = 0.3f, float centre = 0) {
    Tensor start = test::noise(shape, 100 + all.size());
    for (float& v : start.data<float>()) v = centre == 0 ? scale * v : centre + scale * std::abs(v);
    all.emplace_back(cat("w", all.size()), start);
    return b.variable(all.back());
  }
  Value kernel(int64_t size, int64_t in, int64_t out) {
    const auto fan = static_cast<float>(size * size * in);
    return b.transpose((*this)({size, size, in, out}, 1 / std::sqrt(fan)), {3, 2, 0, 1});
  }
  Value conv(Value x, int64_t size, int64_t out, int64_t stride = 1, int64_t groups = 1, bool bias = true) {
    const Value w = kernel(size, b.dims(x)[1] / groups, out);
    const int64_t pad = size / 2;
    return b.conv(x, w, bias ? (*this)({out}) : Value{}, {{stride, stride}, {0, 0}, {pad, pad}, {pad, pad}, groups});
  }
  Value transposed(Value x, int64_t size, int64_t out, bool bias = true) {
    const Dims from = b.dims(x);
    const auto fan = static_cast<float>(size * size * from[1] / 4);
    const Value w = b.transpose((*this)({size, size, out, from[1]}, 1 / std::sqrt(fan)), {3, 2, 0, 1});
    const Value y =
        b.conv_backward_data(x, w, {from[0], out, 2 * from[2], 2 * from[3]}, {{2, 2}, {0, 0}, {1, 1}, {2, 2}});
    return bias ? b.bias(y, (*this)({out})) : y;
  }
  Value norm(Value x) {
    const Shape c{b.dims(x)[1]};
    const Value gamma = (*this)(c, 0.2f, 1), beta = (*this)(c, 0.2f);
    const Variable mean(cat("mean", all.size()), test::noise(c, 7)),
        variance(cat("variance", all.size()), Tensor::full(c, 1.5f));
    all.push_back(mean);
    all.push_back(variance);
    if (!training_) return b.batch_norm_inference(x, gamma, beta, b.variable(mean), b.variable(variance), 1e-3f);
    const Builder::BatchNorm batch = b.batch_norm_training(x, gamma, beta, 1e-3f);
    b.moving_average(mean, batch.mean, 0.9f);
    b.moving_average(variance, batch.variance, 0.9f);
    statistics.insert(statistics.end(), {mean, variance});
    return batch.dst;
  }
  Value dense(Value x, int64_t units) {
    const int64_t in = b.dims(x)[1];
    const Value kernel = (*this)({in, units}, 1 / std::sqrt(static_cast<float>(in)));
    return b.inner_product(x, kernel, (*this)({units}));
  }
  /// Stochastic gradient descent on everything but the statistics.
  void train(Value loss) {
    Variables learn;
    Values wrt;
    for (const Variable& v : all) {
      bool moves = false;
      for (const Variable& s : statistics) moves |= &s.state() == &v.state();
      if (moves) continue;
      learn.push_back(v);
      wrt.push_back(b.variable(v));
    }
    const Values diff = gradients(b, loss, wrt);
    for (size_t i = 0; i < learn.size(); ++i) b.update("sgd", learn[i], diff[i], {}, b.scalar(0.05f), {});
  }

  Builder& b;
  Variables all, statistics;

 private:
  bool training_;
};

Value mean_of(Builder& b, Value x) {
  std::vector<int> axes;
  for (size_t i = 0; i < b.dims(x).size(); ++i) axes.push_back(static_cast<int>(i));
  return b.reshape(b.reduce(Reduction::mean, x, axes), {1});
}

Value image(Builder& b) { return b.transpose(b.input({4, 16, 16, 8}, "image"), {0, 3, 1, 2}); }
Value relu(Builder& b, Value x) { return b.eltwise(x, Eltwise::relu); }
Value pooled(Builder& b, Value x) {
  const Dims from = b.dims(x), window{from[2], from[3]};
  return b.reshape(b.pool(x, {Pooling::avg_include_padding, window, window, {0, 0}, {0, 0}}), {from[0], from[1]});
}

Values normalised(Builder& b, Weights& w) {
  Value x = relu(b, w.norm(w.conv(image(b), 3, 32, 2)));
  x = b.eltwise(w.norm(w.conv(x, 3, 32, 1, 32)), Eltwise::clip, 0, 6);
  x = w.norm(w.conv(x, 1, 16, 1, 1, false));
  x = b.eltwise(w.norm(w.conv(x, 3, 32, 1, 4)), Eltwise::swish, 1);
  x = relu(b, w.norm(w.transposed(x, 5, 16)));
  x = w.norm(w.transposed(x, 5, 8, false));
  x = b.concat(
      {x, b.eltwise(w.transposed(b.pool(x, {Pooling::max, {2, 2}, {2, 2}, {0, 0}, {0, 0}}), 5, 3), Eltwise::tanh)}, 1);
  x = w.conv(w.norm(relu(b, x)), 1, 32, 2);
  return {x, w.dense(w.norm(relu(b, w.norm(w.dense(pooled(b, x), 12)))), 5)};
}

Value residual(Builder& b, Weights& w, Value x, int64_t channels, int64_t stride) {
  Value y = relu(b, w.norm(w.conv(x, 1, channels / 4)));
  y = relu(b, w.norm(w.conv(y, 3, channels / 4, stride)));
  y = w.norm(w.conv(y, 1, channels));
  const bool same = stride == 1 && b.dims(x)[1] == channels;
  return relu(b, b.add(same ? x : w.norm(w.conv(x, 1, channels, stride)), y));
}

Values residuals(Builder& b, Weights& w) {
  Value x = residual(b, w, image(b), 32, 2);
  x = residual(b, w, residual(b, w, x, 32, 1), 32, 1);
  const Value y = b.eltwise(w.norm(w.conv(w.conv(x, 1, 64), 3, 64, 1, 64)), Eltwise::clip, 0, 6);  // as in MobileNetV2
  x = b.add(x, w.norm(w.conv(y, 1, 32)));
  x = b.add(w.norm(w.conv(x, 3, 32)), b.eltwise(x, Eltwise::tanh));  // read again behind the convolution
  x = b.add(w.conv(x, 3, 32), x);                                    // read by the convolution itself
  return {w.dense(pooled(b, x), 5), x};
}

Values moved(Builder& b, Weights& w) {
  Value x = b.pad(image(b), {0, 0, 1, 1}, {0, 0, 2, 2});
  x = relu(b, b.conv(x, w.kernel(3, 8, 16), w({16}), {{2, 2}, {0, 0}, {0, 0}, {0, 0}}));
  x = b.pool(b.pad(x, {0, 0, 1, 1}, {0, 0, 1, 1}), {Pooling::max, {3, 3}, {2, 2}, {0, 0}, {0, 0}});
  x = b.pool(b.pad(x, {0, 0, 0, 0}, {0, 0, 1, 1}), {Pooling::avg_include_padding, {2, 2}, {1, 1}, {0, 0}, {0, 0}});
  Value flat = b.reshape(b.transpose(x, {0, 2, 3, 1}), {4, b.dims(x)[2] * b.dims(x)[3], 16});
  flat = b.scale(b.eltwise(b.scale(flat, 2, 1), Eltwise::tanh), 0.5f);
  const Value back = b.transpose(b.reshape(flat, {4, b.dims(x)[2], b.dims(x)[3], 16}), {0, 3, 1, 2});
  return {b.add(w.conv(back, 3, 16), b.mul(back, b.scalar(0.25f))), flat};
}

Values autoencoder_step(Builder& b, Weights& w) {
  const Value x = image(b);
  Value y = b.eltwise(w.norm(w.conv(x, 5, 16, 2)), Eltwise::relu, 0.2f);
  y = relu(b, w.norm(w.conv(b.pad(y, {0, 0, 1, 1}, {0, 0, 1, 1}), 3, 16, 2)));
  y = w.dense(b.reshape(y, {4, 16 * 5 * 5}), 4 * 4 * 16);
  y = relu(b, w.norm(w.transposed(b.reshape(relu(b, y), {4, 16, 4, 4}), 5, 16)));
  y = b.eltwise(w.transposed(y, 5, 4), Eltwise::tanh);
  const Value wanted = b.slice(x, {0, 0, 0, 0}, b.dims(y));
  const Value loss = mean_of(b, b.eltwise(b.sub(y, wanted), Eltwise::square));
  w.train(loss);
  return {loss, y};
}

Values residual_step(Builder& b, Weights& w) {
  const Value y = w.dense(pooled(b, residual(b, w, residual(b, w, image(b), 32, 2), 32, 1)), 5);
  const Value loss = mean_of(b, b.eltwise(y, Eltwise::square));
  w.train(loss);
  return {loss, y};
}

Values classifier_step(Builder& b, Weights& w) {
  const Value x = b.input({16, 20}, "x"), classes = b.input({16}, "classes");
  const Value p = b.softmax(w.dense(relu(b, w.dense(x, 32)), 10), 1);
  const Value loss = mean_of(b, cross_entropy(b, b.reshape(classes, {16, 1}), p, {.axis = 1, .sparse = true}));
  w.train(loss);
  return {loss, p};
}

// Images and channels that are worth Winograd's tiles: a sum, functions, strides, a transposed convolution.
Value tiled(Builder& b, Weights& w) {
  const auto normalised_conv = [&](Value x, int64_t size, int64_t channels, int64_t stride) {
    return w.norm(w.conv(x, size, channels, stride, 1, false));
  };
  Value x = b.transpose(b.input({4, 33, 33, 32}, "image"), {0, 3, 1, 2});
  x = relu(b, normalised_conv(x, 3, 32, 1));
  x = b.add(x, normalised_conv(relu(b, normalised_conv(x, 3, 32, 1)), 3, 32, 1));
  x = b.eltwise(normalised_conv(x, 5, 64, 2), Eltwise::relu, 0.2f);
  x = b.eltwise(w.conv(x, 3, 64), Eltwise::clip, 0, 6);
  return w.norm(w.transposed(x, 5, 32, false));
}

Values tiles(Builder& b, Weights& w) { return {tiled(b, w)}; }

Values tiles_step(Builder& b, Weights& w) {
  const Value loss = mean_of(b, b.eltwise(tiled(b, w), Eltwise::square));
  w.train(loss);
  return {loss};
}

Values words(Builder& b, Weights& w) {
  const Value rows = b.take(w({10, 24}), b.input({16}, "words"), 0);
  return {w.dense(relu(b, w.dense(rows, 12)), 5), b.eltwise(w.dense(b.reshape(rows, {16, 24}), 7), Eltwise::tanh)};
}

// Windows side by side along one axis, and others.
Values pools(Builder& b, Weights& w) {
  const auto pool = [&](Value x, Pooling kind, const Dims& kernel, const Dims& strides) {
    return b.pool(x, {kind, kernel, strides, Dims(kernel.size(), 0), Dims(kernel.size(), 0)});
  };
  const Value x = b.transpose(b.input({2, 12, 8}, "sequence"), {0, 2, 1}), y = image(b);
  return {pool(x, Pooling::max, {2}, {2}),
          pool(x, Pooling::avg_include_padding, {3}, {3}),
          pool(x, Pooling::max, {5}, {5}),
          pool(x, Pooling::max, {3}, {2}),
          w.conv(pool(y, Pooling::max, {1, 4}, {1, 4}), 3, 16),
          pool(y, Pooling::avg_exclude_padding, {2, 1}, {2, 1}),
          pool(y, Pooling::max, {2, 2}, {2, 2})};
}

// Convolutions along sequences, whose height is 1.
Values sequence_step(Builder& b, Weights& w) {
  const auto conv = [&](Value x, int64_t taps, int64_t channels, int64_t stride) {
    const Value kernel = b.transpose(w({1, taps, b.dims(x)[1], channels}), {3, 2, 0, 1});
    return relu(b, b.conv(x, kernel, w({channels}), {{1, stride}, {0, 0}, {0, taps / 2}, {0, taps / 2}}));
  };
  const Value x = b.transpose(b.input({4, 1, 40, 8}, "sequence"), {0, 3, 1, 2});
  const Value y = pooled(b, conv(conv(x, 5, 16, 1), 3, 24, 2));
  const Value loss = mean_of(b, b.eltwise(y, Eltwise::square));
  w.train(loss);
  return {loss, y};
}

struct Net {
  const char* name;
  Values (*emit)(Builder&, Weights&);
  bool training;
};
constexpr Net kNets[] = {{"normalised", normalised, false},
                         {"residuals", residuals, false},
                         {"moved", moved, false},
                         {"autoencoder step", autoencoder_step, true},
                         {"residual step", residual_step, true},
                         {"classifier step", classifier_step, true},
                         {"words", words, false},
                         {"pools", pools, false},
                         {"sequence step", sequence_step, true},
                         {"tiles", tiles, false},
                         {"tiles step", tiles_step, true}};

// The outputs of the second run, then the variables.
std::vector<Tensor> results(const Net& net, const std::string& disabled) {
  const env::Scoped flag("GRAFT_DISABLE_PASSES", disabled);
  Builder b(net.training);
  Weights w(b, net.training);
  const Values outputs = net.emit(b, w);
  const Executable executable(b.finish(outputs));
  CHECK_MESSAGE(executable.ref_steps() == 0, executable.report());
  Context context = executable.context();
  for (size_t i = 0; i < context.inputs(); ++i) {
    Tensor x = test::noise(context.input(i).shape(), 50 + i);
    if (x.shape().rank() == 1)  // numbers of classes
      for (size_t k = 0; k < x.data<float>().size(); ++k) x.data<float>()[k] = static_cast<float>(k * 7 % 10);
    context.input(i).copy_from(x);
  }
  for (int run = 0; run < 2; ++run) context.run();
  std::vector<Tensor> out;
  for (size_t i = 0; i < context.outputs(); ++i) out.push_back(context.output(i).tensor());
  for (const Variable& v : w.all) out.push_back(v.value());
  return out;
}

}  // namespace

TEST_CASE("passes: together, and without any of them, they change no result") {
  std::vector<std::string> settings{"", "all"};
  for (const Pass& pass : passes()) settings.emplace_back(pass.name);
  for (const Net& net : kNets) {
    const std::vector<Tensor> expected = results(net, "all");
    for (const std::string& disabled : settings) {
      const std::vector<Tensor> found = results(net, disabled);
      REQUIRE(found.size() == expected.size());
      for (size_t i = 0; i < found.size(); ++i) {
        const double difference = relative_difference(found[i], expected[i]);
        CHECK_MESSAGE(difference <= 2e-6, std::string(net.name), " without \"", disabled, "\": result ", i,
                      " differs by ", difference);
      }
    }
  }
}

TEST_CASE("passes: the networks above have convolutions of every direction for use_winograd") {
  if (!onednn::has_avx2()) return;
  Builder b(true);
  Weights w(b, true);
  const std::string text = Executable(b.finish(tiles_step(b, w))).program().text();
  for (const char* made : {"= winograd_conv(", "= winograd_conv_backward_data(", "= winograd_conv_backward_weights("})
    CHECK_MESSAGE(text.find(made) != std::string::npos, made, " is not in\n", text);
}

TEST_CASE("passes: a pass is left out by its name, and an unknown name is refused") {
  const auto instructions = [] {
    Builder b;
    return Executable(b.finish({b.scale(b.input({4}, "x"), 1)})).program().instructions.size();
  };
  CHECK(instructions() == 0);
  {
    const env::Scoped flag("GRAFT_DISABLE_PASSES", "merge_common,simplify");
    CHECK(instructions() == 1);
  }
  const env::Scoped flag("GRAFT_DISABLE_PASSES", "merge_common,fold_everything");
  std::string names;
  for (const Pass& pass : passes()) names += cat(names.empty() ? "" : ", ", pass.name);
  CHECK(error_text<ConfigError>(instructions) ==
        cat("GRAFT_DISABLE_PASSES: there is no pass \"fold_everything\"; the passes are ", names, "."));
}
