#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/env.h"
#include "graft/core/onednn.h"
#include "graft/ops/primitives/convolution/winograd.h"
#include "graft/ops/run/executable.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using graft::test::noise;

namespace {

/// A convolution of square images; `from`: pixels of src, `to`: of dst.
struct Case {
  int64_t images, from, src_channels, dst_channels, kernel, stride, before, after;

  int64_t to() const { return (from + before + after - kernel) / stride + 1; }
  ConvArgs args() const { return {{stride, stride}, {0, 0}, {before, before}, {after, after}}; }
  Dims src() const { return {images, src_channels, from, from}; }
  Dims dst() const { return {images, dst_channels, to(), to()}; }
  Dims weights() const { return {dst_channels, src_channels, kernel, kernel}; }
  std::string text() const {
    return cat(images, " images of ", from, ", ", src_channels, " -> ", dst_channels, ", kernel ", kernel, ", stride ",
               stride, ", padding ", before, "+", after);
  }
};

// Every kernel and stride that has a filter, paddings, odd sizes, channels that fill no panel, more tiles than a block.
std::vector<Case> cases() {
  const int64_t block = onednn::block();
  std::vector<Case> out;
  for (const int64_t kernel : {2, 3, 4, 5, 6})
    for (const int64_t stride : {1, 2})
      for (const int64_t before : {0, 1, 2})
        for (const int64_t from : {7, 8}) {
          const bool taps = stride == 1 ? kernel <= 3 : kernel >= 4;
          if (taps && before < kernel) out.push_back({2, from, block, 2 * block, kernel, stride, before, 1});
        }
  for (const int64_t channels : {1, 3, 5}) out.push_back({1, 6, 3 * block, channels * block, 3, 1, 1, 1});
  out.push_back({3, 30, block, block, 3, 1, 1, 1});
  out.push_back({5, 21, 2 * block, block, 5, 2, 1, 2});
  return out;
}

Tensor tensor_of(const Dims& dims, uint64_t seed) { return noise(Shape(std::vector<int64_t>(dims)), seed); }

// The three directions of a convolution, in float64, from values that lie as logical dims do.
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
                  if (y < 0 || y >= c.from || z < 0 || z >= c.from) continue;
                  const auto at = static_cast<size_t>(((n * c.src_channels + ch) * c.from + y) * c.from + z);
                  const auto tap = static_cast<size_t>(((k * c.src_channels + ch) * c.kernel + i) * c.kernel + j);
                  dst[o] += double{xs[at]} * ws[tap];
                  diff_src[at] += double{dys[o]} * ws[tap];
                  diff_weights[tap] += double{dys[o]} * xs[at];
                }
  }
};

double farthest(const Tensor& values, const std::vector<double>& expected) {
  double difference = 0, largest = 0;
  const auto v = values.data<float>();
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

TEST_CASE("winograd: the three directions of every kernel, stride and padding are those of float64") {
  if (!onednn::has_avx2()) return;
  for (const Case& c : cases()) {
    CAPTURE(c.text());
    const Tensors inputs{tensor_of(c.src(), 1), tensor_of(c.weights(), 2), tensor_of(c.dst(), 3)};
    const Direct expected(c, inputs[0], inputs[1], inputs[2]);
    const Tensors outputs = all_directions(c, inputs);
    CHECK(farthest(outputs[0], expected.dst) < 1e-6);
    CHECK(farthest(outputs[1], expected.diff_src) < 1e-6);
    CHECK(farthest(outputs[2], expected.diff_weights) < 1e-6);
  }
}

TEST_CASE("winograd: its results lie no farther from float64's than those of oneDNN's direct convolution") {
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

TEST_CASE("winograd: no number of threads changes a bit, nor do other images of a batch") {
  if (!onednn::has_avx2()) return;
  for (const Case& c : {Case{7, 9, onednn::block(), 3 * onednn::block(), 3, 1, 1, 1},
                        Case{3, 16, onednn::block(), onednn::block(), 5, 2, 1, 2}}) {
    CAPTURE(c.text());
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

TEST_CASE("winograd: what no filter fits is left to oneDNN") {
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
    CAPTURE(k.text());
    CHECK_FALSE(fits(k, k.args()));
  }
}
