#include "graft/tools/benchmark/cases/rows.h"

#include "graft/ops/kernels/cross_entropy.h"
#include "graft/ops/kernels/norm/batch_norm.h"
#include "graft/ops/kernels/norm/layer_norm.h"
#include "graft/ops/kernels/reduce.h"
#include "graft/ops/kernels/softmax.h"

namespace graft::bench {

namespace {

using ops::Dims;
using Sources = std::span<const float* const>;
using Destinations = std::span<float* const>;

// -- normalisation ----------------------------------------------------------------------------------------------------

/// (images, channels, height, width). Sources: src, gamma, beta; destinations: dst, mean, variance, scratch.
KernelCase batch_norm(const Dims& image, bool settings, const std::string& title = {}) {
  const int64_t channels = image[1];
  const ops::NormShape shape{ops::elements(image) / channels, channels};
  const auto run = [shape, settings](int threads, Sources in, Destinations out) {
    ops::norm_forward(
        threads, shape, false, kNormEpsilon, {},
        {in[0], settings ? in[1] : nullptr, settings ? in[2] : nullptr, out[0], out[1], out[2], out[3], out[4]});
  };
  const int64_t given = settings ? channels : 0;
  return {"batch_norm",
          image,
          {{ops::elements(image)}, {given}, {given}},
          {ops::elements(image), channels, channels, shape.partials(), 2 * channels},
          run,
          title};
}

/// (rows, n). Sources: src, gamma, beta; destinations: dst, mean, rsqrt.
KernelCase layer_norm(int64_t rows, int64_t n, const std::string& title = {}) {
  const ops::NormShape shape{rows, n};
  const auto run = [shape](int threads, Sources in, Destinations out) {
    ops::layer_norm_forward(threads, shape, false, kNormEpsilon, {in[0], in[1], in[2], out[0], out[1], out[2]});
  };
  return {"layer_norm", {rows, n}, {{rows * n}, {n}, {n}}, {rows * n, rows, rows}, run, title};
}

/// (rows, n). Sources: diff_dst, src, gamma, mean, rsqrt; destinations: diff_src, diff_gamma, diff_beta, scratch.
KernelCase layer_norm_gradient(int64_t rows, int64_t n, const std::string& title = {}) {
  const ops::NormShape shape{rows, n};
  const auto run = [shape](int threads, Sources in, Destinations out) {
    ops::layer_norm_backward(threads, shape, false,
                             {in[0], in[1], in[2], in[3], in[4], out[0], out[1], out[2], out[3]});
  };
  return {"layer_norm_gradient",
          {rows, n},
          {{rows * n}, {rows * n}, {n}, {rows}, {rows, KernelSource::positive}},
          {rows * n, n, n, shape.partials()},
          run,
          title};
}

// -- rows of classes --------------------------------------------------------------------------------------------------

/// (rows, n, log). Source: x; destination: y.
KernelCase softmax(int64_t rows, int64_t n, bool log, const std::string& title = {}) {
  const auto run = [of = ops::SoftmaxRows{rows, n, log}](int threads, Sources in, Destinations out) {
    ops::softmax_rows(threads, of, in[0], out[0]);
  };
  return {"softmax", {rows, n, log}, {{rows * n}}, {rows * n}, run, title};
}

/// (rows, n, log). Sources: dy, y; destination: dx.
KernelCase softmax_gradient(int64_t rows, int64_t n, bool log) {
  const auto run = [of = ops::SoftmaxRows{rows, n, log}](int threads, Sources in, Destinations out) {
    ops::softmax_gradient_rows(threads, of, in[0], in[1], out[0]);
  };
  return {"softmax_gradient", {rows, n, log}, {{rows * n}, {rows * n}}, {rows * n}, run};
}

std::vector<KernelSource> targets_and_predictions(const ops::CrossEntropyRows& of) {
  const int64_t n = of.rows * of.classes;
  return {of.sparse ? KernelSource{of.rows, KernelSource::whole, of.classes} : KernelSource{n, KernelSource::positive},
          {n, of.from_logits ? KernelSource::noise : KernelSource::positive}};
}

/// (rows, classes, from logits, sparse). Sources: target, predicted; destination: loss.
KernelCase cross_entropy(const ops::CrossEntropyRows& of) {
  const auto run = [of](int threads, Sources in, Destinations out) {
    ops::cross_entropy_rows(threads, of, in[0], in[1], out[0]);
  };
  return {
      "cross_entropy", {of.rows, of.classes, of.from_logits, of.sparse}, targets_and_predictions(of), {of.rows}, run};
}

/// (rows, classes, from logits, sparse, through softmax). Sources: target, predicted, diff_loss; destination:
/// diff_predicted.
KernelCase cross_entropy_gradient(const ops::CrossEntropyRows& of, bool softmax) {
  const auto run = [of, softmax](int threads, Sources in, Destinations out) {
    ops::cross_entropy_gradient_rows(threads, of, softmax, in[0], in[1], in[2], out[0]);
  };
  std::vector<KernelSource> sources = targets_and_predictions(of);
  sources.push_back({of.rows});
  return {"cross_entropy_gradient",
          {of.rows, of.classes, of.from_logits, of.sparse, softmax},
          sources,
          {of.rows * of.classes},
          run};
}

// -- reductions -------------------------------------------------------------------------------------------------------

/// (outer, length, inner, algorithm): the middle axis is reduced. Source: src; destinations: dst, scratch.
KernelCase reduce(const Dims& from, ops::Reduction algorithm, const std::string& title = {}) {
  const int64_t outer = from[0], length = from[1], inner = from[2];
  const bool mean = algorithm == ops::Reduction::mean;
  const ops::Reducer reducer(algorithm, ops::loop_nest({outer, inner}, {{length * inner, 1}, {inner, 1}}),
                             ops::loop_nest({length}, {{inner}}), mean ? 1 / static_cast<double>(length) : 1);
  const auto run = [reducer](int threads, Sources in, Destinations out) {
    reducer.run(threads, in[0], out[0], reinterpret_cast<double*>(out[1]));
  };
  return {mean                               ? "mean"
          : algorithm == ops::Reduction::sum ? "sum"
          : algorithm == ops::Reduction::max ? "max"
                                             : "min",
          {outer, length, inner, static_cast<int64_t>(algorithm)},
          {{ops::elements(from)}},
          {outer * inner, 2 * reducer.partials()},
          run,
          title};
}

}  // namespace

void add_norms(KernelCases& all) {
  for (const int64_t n : kOddSizes) {
    for (const bool settings : {false, true}) all.push_back(batch_norm({3, n, 5, 7}, settings));
    all.push_back(layer_norm(n, 3 * n));
    all.push_back(layer_norm_gradient(n, 3 * n));
  }
  all.push_back(batch_norm({32, 64, 56, 56}, false, "batch normalisation in training, 32x64x56x56"));
  all.push_back(batch_norm({32, 512, 4, 4}, false, "batch normalisation in training, 32x512x4x4"));
  all.push_back(layer_norm(4096, 512, "layer normalisation, 4096x512"));
  all.push_back(layer_norm_gradient(4096, 512, "gradient of it"));
  all.push_back(layer_norm(8 * 56 * 56, 96, "layer normalisation of pixels, 8x96x56x56"));
  all.push_back(layer_norm_gradient(8 * 56 * 56, 96, "gradient of it"));
}

void add_rows_of_classes(KernelCases& all) {
  for (const int64_t n : {1, 7, 8, 9, 17, 129, 1003})  // both shorter and longer than the limit of a short row
    for (const bool log : {false, true})
      for (const int64_t rows : {int64_t{3}, kMany / n}) {
        all.push_back(softmax(rows, n, log));
        all.push_back(softmax_gradient(rows, n, log));
      }
  for (const int64_t n : {2, 7, 8, 9, 17, 129})
    for (const bool logits : {false, true})
      for (const bool sparse : {false, true}) {
        const ops::CrossEntropyRows of{kMany / n / 8, n, logits, sparse};
        all.push_back(cross_entropy(of));
        all.push_back(cross_entropy_gradient(of, false));
        if (!logits) all.push_back(cross_entropy_gradient(of, true));
      }
  all.push_back(softmax(1024, 1000, false, "softmax, 1024x1000"));
  all.push_back(softmax(128, 10, false, "softmax, 128x10"));
}

void add_reductions(KernelCases& all) {
  using ops::Reduction;
  for (const Reduction algorithm : {Reduction::sum, Reduction::mean, Reduction::max, Reduction::min}) {
    for (const int64_t n : kOddSizes)
      for (const Dims& from : {Dims{5, n, 1}, Dims{1, n, 9}, Dims{3, 2, n}, Dims{1, kMany, n}, Dims{n, 17, 1300}})
        all.push_back(reduce(from, algorithm));
    all.push_back(reduce({1, 4 * kMany, 1}, algorithm));
    all.push_back(reduce({kMany, 3, 1}, algorithm));
  }
  all.push_back(reduce({1, 4096, 1024}, Reduction::sum, "sums of columns, 4096x1024"));
  all.push_back(reduce({4096, 1024, 1}, Reduction::sum, "sums of rows, 4096x1024"));
}

}  // namespace graft::bench
