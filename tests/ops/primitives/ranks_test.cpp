// Convolutions and poolings of sequences and of volumes: values against plain loops, gradients against central
// differences, for groups, dilation, asymmetric padding, tiny sizes and strides that leave pixels out.

#include <doctest/doctest.h>

#include <limits>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

struct Case {
  Shape src, weights;
  ConvArgs args;
};

const std::vector<Case>& convolutions() {
  static const std::vector<Case> all{
      {{2, 3, 9}, {4, 3, 3}, {{1}, {0}, {1}, {1}}},
      {{2, 16, 9}, {32, 16, 3}, {{1}, {0}, {2}, {0}}},  // causal
      {{1, 5, 1}, {3, 5, 1}, {{1}, {0}, {0}, {0}}},
      {{2, 3, 11}, {4, 3, 2}, {{3}, {0}, {0}, {0}}},    // a stride longer than the kernel
      {{2, 3, 12}, {4, 3, 3}, {{1}, {2}, {2}, {1}}},    // dilated
      {{2, 6, 8}, {4, 3, 3}, {{2}, {0}, {0}, {1}, 2}},  // groups
      {{2, 5, 8}, {5, 1, 4}, {{2}, {0}, {1}, {2}, 5}},  // depthwise
      {{1, 3, 8}, {6, 1, 3}, {{1}, {0}, {1}, {1}, 3}},  // depthwise with two kernels for each channel
      {{1, 16, 8}, {16, 1, 3}, {{1}, {1}, {1}, {1}, 16}},
      {{1, 4, 2}, {3, 4, 5}, {{1}, {0}, {2}, {2}}},  // a kernel longer than the sequence
      {{2, 3, 5, 4, 6}, {4, 3, 3, 2, 3}, {{1, 1, 1}, {0, 0, 0}, {1, 0, 1}, {1, 1, 1}}},
      {{1, 16, 4, 4, 4}, {16, 16, 3, 3, 3}, {{2, 2, 2}, {0, 0, 0}, {0, 0, 0}, {1, 1, 1}}},
      {{2, 1, 1, 1, 1}, {2, 1, 1, 1, 1}, {{1, 1, 1}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}},
      {{1, 2, 5, 6, 7}, {3, 2, 2, 1, 2}, {{3, 2, 3}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}},
      {{1, 2, 6, 6, 6}, {3, 2, 2, 3, 2}, {{1, 1, 1}, {1, 1, 2}, {0, 2, 1}, {1, 2, 1}}},
      {{1, 4, 4, 5, 4}, {6, 2, 2, 3, 2}, {{1, 1, 1}, {0, 0, 0}, {0, 1, 0}, {1, 1, 1}, 2}},
      {{1, 3, 4, 4, 5}, {3, 1, 2, 2, 2}, {{1, 1, 1}, {0, 0, 0}, {0, 0, 0}, {1, 1, 1}, 3}},
  };
  return all;
}

const std::vector<std::pair<Shape, PoolArgs>>& poolings() {
  static const std::vector<std::pair<Shape, PoolArgs>> all{
      {{2, 3, 9}, {Pooling::max, {2}, {2}, {0}, {0}}},
      {{2, 20, 9}, {Pooling::max, {3}, {2}, {0}, {1}}},
      {{1, 3, 9}, {Pooling::avg_exclude_padding, {3}, {1}, {1}, {1}}},
      {{2, 3, 11}, {Pooling::avg_exclude_padding, {2}, {3}, {0}, {0}}},
      {{2, 16, 1}, {Pooling::max, {1}, {1}, {0}, {0}}},
      {{2, 3, 4, 5, 6}, {Pooling::max, {2, 2, 3}, {2, 2, 3}, {0, 0, 0}, {0, 1, 0}}},
      {{1, 20, 4, 3, 5}, {Pooling::avg_exclude_padding, {2, 2, 2}, {1, 2, 2}, {0, 0, 0}, {1, 1, 1}}},
      {{2, 3, 5, 5, 5}, {Pooling::max, {1, 2, 1}, {3, 3, 2}, {0, 0, 0}, {0, 0, 0}}},
      {{1, 16, 2, 2, 2}, {Pooling::avg_include_padding, {2, 2, 2}, {2, 2, 2}, {0, 0, 0}, {0, 0, 0}}},
  };
  return all;
}

std::string title(const char* op, const Shape& src, const std::string& rest) { return cat(op, ' ', src, ' ', rest); }
std::string title(const char* op, const Case& c) {
  return title(op, c.src, cat("with ", c.weights, ' ', c.args.groups, " groups"));
}

/// Dims of three spatial axes, of which the first are 1 where there are fewer.
Dims volume(const Dims& spatial, int64_t filling) {
  Dims out(3 - spatial.size(), filling);
  out.insert(out.end(), spatial.begin(), spatial.end());
  return out;
}

/// The pixels that a kernel at each place of the result reads.
struct Places {
  Dims src, kernel, dst, strides, steps, padding;

  template <class F>
  void each(F f) const {  // f(index in dst, index in the kernel, index in src or -1)
    for (int64_t y = 0; y < elements(dst); ++y)
      for (int64_t k = 0; k < elements(kernel); ++k) f(y, k, pixel(y, k));
  }

 private:
  static Dims split(int64_t index, const Dims& dims) {
    return {index / (dims[1] * dims[2]), index / dims[2] % dims[1], index % dims[2]};
  }
  int64_t pixel(int64_t y, int64_t k) const {
    const Dims at = split(y, dst), in = split(k, kernel);
    int64_t out = 0;
    for (size_t i = 0; i < 3; ++i) {
      const int64_t x = at[i] * strides[i] + in[i] * steps[i] - padding[i];
      if (x < 0 || x >= src[i]) return -1;
      out = out * src[i] + x;
    }
    return out;
  }
};

Dims spatial(const Dims& dims) { return volume(Dims(dims.begin() + 2, dims.end()), 1); }

Places places(const Dims& src, const Dims& kernel, const Dims& dst, const Dims& strides, const Dims& dilates,
              const Dims& padding) {
  Places out{spatial(src), volume(kernel, 1), spatial(dst), volume(strides, 1), volume(dilates, 0), volume(padding, 0)};
  for (int64_t& step : out.steps) ++step;
  return out;
}

size_t index(int64_t i) { return static_cast<size_t>(i); }

Tensor convolved(const Case& c, const Tensor& x, const Tensor& w, const Dims& dst) {
  const Dims& kernel = c.weights.dims();
  const Places at = places(c.src.dims(), Dims(kernel.begin() + 2, kernel.end()), dst, c.args.strides, c.args.dilates,
                           c.args.padding_l);
  const int64_t pixels = elements(at.src), taps = elements(at.kernel), places = elements(at.dst), inputs = kernel[1];
  std::vector<double> sums(index(elements(dst)));
  for (int64_t n = 0; n < dst[0]; ++n)
    for (int64_t o = 0; o < dst[1]; ++o)
      for (int64_t i = 0; i < inputs; ++i) {
        const int64_t channel = o / (dst[1] / c.args.groups) * inputs + i;
        at.each([&](int64_t y, int64_t k, int64_t pixel) {
          if (pixel < 0) return;
          sums[index((n * dst[1] + o) * places + y)] +=
              static_cast<double>(w.data<float>()[index((o * inputs + i) * taps + k)]) *
              static_cast<double>(x.data<float>()[index((n * c.src[1] + channel) * pixels + pixel)]);
        });
      }
  return Tensor(Shape(dst), std::vector<float>(sums.begin(), sums.end()));
}

Tensor pooled(const PoolArgs& args, const Tensor& x, const Dims& dst) {
  const Dims& src = x.shape().dims();
  const Places at = places(src, args.kernel, dst, args.strides, Dims(args.kernel.size(), 0), args.padding_l);
  const int64_t pixels = elements(at.src), places = elements(at.dst);
  const bool max = args.algorithm == Pooling::max;
  Tensor out = Tensor::full(Shape(dst), max ? -std::numeric_limits<float>::infinity() : 0);
  for (int64_t image = 0; image < dst[0] * dst[1]; ++image) {
    std::vector<int> count(index(places));
    at.each([&](int64_t y, int64_t, int64_t pixel) {
      float& value = out.data<float>()[index(image * places + y)];
      if (pixel < 0) return;
      const float read = x.data<float>()[index(image * pixels + pixel)];
      value = max ? std::max(value, read) : value + read;
      ++count[index(y)];
    });
    if (max) continue;
    for (int64_t y = 0; y < places; ++y)
      out.data<float>()[index(image * places + y)] /=
          static_cast<float>(args.algorithm == Pooling::avg_exclude_padding ? count[index(y)] : elements(args.kernel));
  }
  return out;
}

Dims dims_of(const Emit& emit, const std::vector<Shape>& inputs) {
  Builder b;
  Values values;
  for (const Shape& shape : inputs) values.push_back(b.input(shape.dims(), "x"));
  return b.dims(emit(b, values));
}

}  // namespace

TEST_CASE("conv of sequences and volumes: values and gradients") {
  for (const Case& c : convolutions()) {
    const Emit emit = [&](Builder& b, const Values& in) { return b.conv(in[0], in[1], {}, c.args); };
    const Tensor x = noise(c.src, 1), w = noise(c.weights, 2);
    check_values(title("conv", c), emit, {x, w}, convolved(c, x, w, dims_of(emit, {c.src, c.weights})), 2e-6);
    check_gradients(title("conv", c), [&](Builder& b, const Values& in) { return b.conv(in[0], in[1], in[2], c.args); },
                    {x, w, noise({c.weights[0]}, 3)});
  }
}

TEST_CASE("conv_backward_data of sequences and volumes: gradients") {
  for (const Case& c : convolutions()) {
    const Dims dst =
        dims_of([&](Builder& b, const Values& in) { return b.conv(in[0], in[1], {}, c.args); }, {c.src, c.weights});
    check_gradients(
        title("conv_backward_data", c),
        [&](Builder& b, const Values& in) { return b.conv_backward_data(in[0], in[1], c.src.dims(), c.args); },
        {noise(Shape(dst), 1), noise(c.weights, 2)});
  }
}

TEST_CASE("pool of sequences and volumes: values and gradients") {
  for (const auto& [shape, args] : poolings()) {
    const Emit emit = [own = args](Builder& b, const Values& in) { return b.pool(in[0], own); };
    const Tensor x = spaced(shape);
    const std::string name = title("pool", shape, to_string(args.kernel));
    check_values(name, emit, {x}, pooled(args, x, dims_of(emit, {shape})), 1e-6);
    check_gradients(name, emit, {x});
  }
}
