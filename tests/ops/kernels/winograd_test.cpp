#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/env.h"
#include "graft/core/onednn.h"
#include "graft/ops/primitives/convolution/winograd.h"
#include "graft/ops/run/executable.h"
#include "graft/tools/benchmark/cases/convolutions.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using graft::test::noise;

namespace {

using Case = bench::SquareConvolution;

std::string text(const Case& c) {
  return cat(c.images, " images of ", c.pixels, ", ", c.src_channels, " -> ", c.dst_channels, ", kernel ", c.kernel,
             ", stride ", c.stride, ", padding ", c.before, "+", c.after);
}

/// Cases small enough for a plain loop.
std::vector<Case> cases(int64_t lanes) {
  std::vector<Case> out = bench::square_convolutions(lanes);
  std::erase_if(out, [](const Case& c) { return c.timed; });
  return out;
}

Tensor tensor_of(const Dims& dims, uint64_t seed) { return noise(Shape(std::vector<int64_t>(dims)), seed); }

// The three directions of a convolution in float64, from values in the order of logical dims.
struct Direct {
  std::vector<double> dst, diff_src, diff_weights;

  Direct(const Case& c, const Tensor& x, const Tensor& w, const Tensor& dy)
      : dst(dy.data<float>().size()), diff_src(x.data<float>().size()), diff_weights(w.data<float>().size()) {
    const auto xs = x.data<float>(), ws = w.data<float>(), dys = dy.data<float>();
    size_t o = 0;
    for (int64_t n = 0; n < c.images; ++n)
      for (int64_t k = 0; k < c.dst_channels; ++k)
        for (int64_t p = 0; p < c.to(); ++p)
          for (int64_t q = 0; q < c.to(); ++q, ++o)
            for (int64_t ch = 0; ch < c.src_channels; ++ch)
              for (int64_t i = 0; i < c.kernel; ++i)
                for (int64_t j = 0; j < c.kernel; ++j) {
                  const int64_t y = p * c.stride + i - c.before, z = q * c.stride + j - c.before;
                  if (y < 0 || y >= c.pixels || z < 0 || z >= c.pixels) continue;
                  const auto at = static_cast<size_t>(((n * c.src_channels + ch) * c.pixels + y) * c.pixels + z);
                  const auto tap = static_cast<size_t>(((k * c.src_channels + ch) * c.kernel + i) * c.kernel + j);
                  dst[o] += double{xs[at]} * ws[tap];
                  diff_src[at] += double{dys[o]} * ws[tap];
                  diff_weights[tap] += double{dys[o]} * xs[at];
                }
  }
};

double farthest(std::span<const float> v, const std::vector<double>& expected) {
  double difference = 0, largest = 0;
  REQUIRE(v.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    difference = std::max(difference, std::abs(v[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return difference / largest;
}

double root_mean_square(const Tensor& values, const std::vector<double>& expected) {
  double sum = 0;
  const auto v = values.data<float>();
  REQUIRE(v.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) sum += (v[i] - expected[i]) * (v[i] - expected[i]);
  return std::sqrt(sum / static_cast<double>(expected.size()));
}

Value convolve(Builder& b, const WinogradArgs& args, Value from, Value weights, const Dims& to, Value bias = {},
               Value summand = {}, std::optional<EltwiseArgs> function = {}) {
  const auto conv = winograd_conv(args, b.dims(from), to);
  REQUIRE(conv);
  const Value at_points = b.append(std::make_shared<WinogradWeights>(args), {weights}, {{conv->weights_floats()}})[0];
  return b.append(std::make_shared<WinogradForward>(args, function), {from, at_points, bias, summand}, {to})[0];
}

Tensors run(const Program& program, const Tensors& inputs, int threads = 0) {
  const env::Scoped none("GRAFT_DISABLE_PASSES", "all");
  Executable executable(program, {.threads = threads});
  Context context = executable.context();
  for (size_t i = 0; i < inputs.size(); ++i) context.input(i).copy_from(inputs[i]);
  context.run();
  Tensors out;
  for (size_t i = 0; i < program.outputs.size(); ++i) out.push_back(context.output(i).tensor());
  return out;
}

/// dst, diff_src and diff_weights of a case.
Tensors all_directions(const Case& c, const Tensors& inputs, int threads = 0) {
  Builder b;
  const Value x = b.input(c.src(), "x"), w = b.input(c.weights(), "w"), dy = b.input(c.dst(), "dy");
  const WinogradArgs forward{c.args(), c.weights()}, transposed{c.args(), c.weights(), true};
  const Value dw = b.append(std::make_shared<WinogradBackwardWeights>(forward), {x, dy}, {c.weights()})[0];
  return run(b.finish({convolve(b, forward, x, w, c.dst()), convolve(b, transposed, dy, w, c.src()), dw}), inputs,
             threads);
}

}  // namespace

TEST_CASE("winograd: all three directions agree with float64 for every kernel, stride and padding") {
  if (!onednn::has_avx2()) return;
  for (const Case& c : cases(onednn::block())) {
    CAPTURE(text(c));
    const Tensors inputs{tensor_of(c.src(), 1), tensor_of(c.weights(), 2), tensor_of(c.dst(), 3)};
    const Direct expected(c, inputs[0], inputs[1], inputs[2]);
    const Tensors outputs = all_directions(c, inputs);
    CHECK(farthest(outputs[0].data<float>(), expected.dst) < 1e-6);
    CHECK(farthest(outputs[1].data<float>(), expected.diff_src) < 1e-6);
    CHECK(farthest(outputs[2].data<float>(), expected.diff_weights) < 1e-6);
  }
}

namespace {

/// Of a tensor (N, C, H, W): its values in the order (N, H, W, C).
std::vector<float> channels_last(const Tensor& image) {
  const Shape& shape = image.shape();
  const auto values = image.data<float>();
  std::vector<float> out(values.size());
  const int64_t channels = shape[1], area = shape[2] * shape[3];
  for (int64_t i = 0; i < std::ssize(out); ++i) {
    const int64_t n = i / (channels * area), c = i / area % channels, pixel = i % area;
    out[static_cast<size_t>((n * area + pixel) * channels + c)] = values[static_cast<size_t>(i)];
  }
  return out;
}

/// The kernels alone, called by pointers: dst (N, H, W, O) and diff_weights (KH, KW, I, O).
struct ByPointers {
  std::vector<float> dst, diff_weights;

  ByPointers(const Case& c, int64_t lanes, int threads, const Tensors& inputs) {
    const auto axis = WinogradAxis::forward(c.pixels, c.to(), c.kernel, c.stride, c.before);
    REQUIRE(axis);
    const std::vector<float> src = channels_last(inputs[0]), diff = channels_last(inputs[2]);
    const WinogradConv conv(c.images, *axis, *axis, c.src_channels, c.dst_channels, lanes);
    std::vector<float> weights(static_cast<size_t>(conv.weights_floats())),
        scratch(static_cast<size_t>(threads * conv.scratch_floats()));
    dst.resize(diff.size());
    const int64_t taps = c.kernel * c.kernel;
    conv.weights(threads, inputs[1].data<float>().data(), {c.kernel, 1, taps, c.src_channels * taps}, weights.data());
    conv.run(threads, {}, {src.data(), weights.data(), nullptr, nullptr, dst.data(), scratch.data()});
    const WinogradGradient gradient(c.images, *axis, *axis, c.src_channels, c.dst_channels, lanes);
    scratch.resize(static_cast<size_t>(gradient.scratch_floats(threads)));
    diff_weights.resize(inputs[1].data<float>().size());
    gradient.run(threads, threads, src.data(), diff.data(), diff_weights.data(), scratch.data());
  }
};

}  // namespace

TEST_CASE("winograd: the kernels alone, for each length of vectors and some numbers of threads") {
  if (!onednn::has_avx2()) return;
  for (int64_t lanes = 8; lanes <= onednn::block(); lanes *= 2)
    for (const Case& c : cases(lanes)) {
      CAPTURE(lanes);
      CAPTURE(text(c));
      const Tensors inputs{tensor_of(c.src(), 1), tensor_of(c.weights(), 2), tensor_of(c.dst(), 3)};
      const Direct expected(c, inputs[0], inputs[1], inputs[2]);
      const ByPointers one(c, lanes, 1, inputs);
      std::vector<double> dst(expected.dst.size()), diff_weights(expected.diff_weights.size());
      const int64_t area = c.to() * c.to(), taps = c.kernel * c.kernel;
      for (int64_t i = 0; i < std::ssize(dst); ++i)
        dst[static_cast<size_t>((i / (area * c.dst_channels) * area + i % area) * c.dst_channels +
                                i / area % c.dst_channels)] = expected.dst[static_cast<size_t>(i)];
      for (int64_t i = 0; i < std::ssize(diff_weights); ++i)
        diff_weights[static_cast<size_t>((i % taps * c.src_channels + i / taps % c.src_channels) * c.dst_channels +
                                         i / taps / c.src_channels)] = expected.diff_weights[static_cast<size_t>(i)];
      CHECK(farthest(one.dst, dst) < 1e-6);
      CHECK(farthest(one.diff_weights, diff_weights) < 1e-6);
      const ByPointers three(c, lanes, 3, inputs);
      CHECK(three.dst == one.dst);
      CHECK(three.diff_weights == one.diff_weights);
    }
}

TEST_CASE("winograd: its results are no farther from float64's than those of oneDNN's direct convolution") {
  if (!onednn::has_avx2()) return;
  const Case c{1, 16, 16 * onednn::block(), 2 * onednn::block(), 3, 1, 1, 1};
  const Tensors inputs{tensor_of(c.src(), 1), tensor_of(c.weights(), 2), tensor_of(c.dst(), 3)};
  const Direct expected(c, inputs[0], inputs[1], inputs[2]);
  Builder b;
  const Value x = b.input(c.src(), "x"), w = b.input(c.weights(), "w"), dy = b.input(c.dst(), "dy");
  const Tensors direct =
      run(b.finish({b.conv(x, w, {}, c.args()), b.conv_backward_data(dy, w, c.src(), c.args())}), inputs);
  const Tensors outputs = all_directions(c, inputs);
  CHECK(root_mean_square(outputs[0], expected.dst) <= root_mean_square(direct[0], expected.dst));
  CHECK(root_mean_square(outputs[1], expected.diff_src) <= root_mean_square(direct[1], expected.diff_src));
}

TEST_CASE("winograd: neither the number of threads nor other images of the batch change a bit") {
  if (!onednn::has_avx2()) return;
  for (const Case& c : {Case{7, 9, onednn::block(), 3 * onednn::block(), 3, 1, 1, 1},
                        Case{3, 16, onednn::block(), onednn::block(), 5, 2, 1, 2}}) {
    CAPTURE(text(c));
    const Tensors inputs{tensor_of(c.src(), 1), tensor_of(c.weights(), 2), tensor_of(c.dst(), 3)};
    const Tensors one = all_directions(c, inputs, 1);
    for (const int threads : {2, 3, 8}) {
      const Tensors some = all_directions(c, inputs, threads);
      for (size_t i = 0; i < one.size(); ++i) CHECK(bit_equal(some[i], one[i]));
    }
    Case single = c;
    single.images = 1;
    const Tensors alone = all_directions(single, {inputs[0].rows(0, 1), inputs[1], inputs[2].rows(0, 1)});
    for (const size_t i : {0, 1}) CHECK(bit_equal(alone[i], one[i].rows(0, 1)));
  }
}

TEST_CASE("winograd: bias, sum and function are taken at the end") {
  if (!onednn::has_avx2()) return;
  const Case c{2, 7, onednn::block(), 2 * onednn::block(), 3, 1, 1, 1};
  for (const EltwiseArgs& f : {EltwiseArgs{Eltwise::relu, 0.2f}, EltwiseArgs{Eltwise::clip, -9, 12}}) {
    Builder b;
    const Value x = b.input(c.src(), "x"), w = b.input(c.weights(), "w"), bias = b.input({c.dst_channels}, "bias"),
                summand = b.input(c.dst(), "summand");
    const WinogradArgs args{c.args(), c.weights()};
    const Value fused = convolve(b, args, x, w, c.dst(), bias, summand, f);
    const Value apart = b.eltwise(b.add(b.bias(b.conv(x, w, {}, c.args()), bias), summand), f);
    const Tensors outputs = run(b.finish({fused, apart}), {tensor_of(c.src(), 1), tensor_of(c.weights(), 2),
                                                           tensor_of({c.dst_channels}, 3), tensor_of(c.dst(), 4)});
    CHECK(relative_difference(outputs[0], outputs[1]) < 2e-6);
  }
}

TEST_CASE("winograd: convolutions that no filter fits are left to oneDNN") {
  const int64_t c = onednn::block();
  const auto fits = [&](const Case& k, ConvArgs args) {
    return winograd_conv({args, k.weights()}, k.src(), k.dst()).has_value();
  };
  const Case good{1, 8, c, c, 3, 1, 1, 1};
  CHECK(fits(good, good.args()) == onednn::has_avx2());
  ConvArgs dilated = good.args(), grouped = good.args();
  dilated.dilates = {1, 1};
  grouped.groups = c;
  CHECK_FALSE(fits(good, dilated));
  CHECK_FALSE(fits(good, grouped));
  for (const Case& k :
       {Case{1, 8, c + 1, c, 3, 1, 1, 1}, Case{1, 8, c, c - 1, 3, 1, 1, 1}, Case{1, 8, c, c, 1, 1, 0, 0},
        Case{1, 8, c, c, 4, 1, 1, 1}, Case{1, 9, c, c, 3, 2, 1, 1}, Case{1, 9, c, c, 7, 2, 3, 3}}) {
    CAPTURE(text(k));
    CHECK_FALSE(fits(k, k.args()));
  }
}
