#include "graft/tools/benchmark/cases/elements.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/blocks.h"
#include "graft/ops/kernels/eltwise.h"
#include "graft/ops/kernels/index/along.h"
#include "graft/ops/kernels/index/places.h"
#include "graft/ops/kernels/index/sort.h"
#include "graft/ops/kernels/optimizer.h"
#include "graft/ops/kernels/random.h"

namespace graft::bench {

namespace {

using ops::Dims;
using Sources = std::span<const float* const>;
using Destinations = std::span<float* const>;

// -- rows by number ---------------------------------------------------------------------------------------------------

/// (outer, count, picked, inner). Sources: src, indices, of which some name no row; destination: dst.
KernelCase take(const Dims& size, bool back) {
  const int64_t count = size[1], picked = size[2], inner = size[3];
  const Dims few{picked * inner, inner, 1}, table{count * inner, inner, 1}, indices{0, 1, 0};
  ops::Lines lines{ops::loop_nest({size[0], 1, inner}, {back ? table : few, back ? few : table, indices})};
  lines.steps = {inner, inner, 1};
  const auto run = [=](int threads, Sources in, Destinations out) {
    (back ? ops::add_along : ops::take_along)(threads, lines, picked, count, in[0], in[1], out[0]);
  };
  const int64_t all = size[0] * count * inner, some = size[0] * picked * inner;
  return {back ? "add_along" : "take_along",
          size,
          {{back ? some : all}, {picked, KernelSource::whole, count + 1}},
          {back ? all : some},
          run};
}

/// (n, classes). Source: indices, of which some name no class; destination: dst.
KernelCase one_hot(int64_t n, int64_t classes) {
  const auto run = [n, classes](int threads, Sources in, Destinations out) {
    ops::one_hot_rows(threads, n, classes, in[0], out[0]);
  };
  return {"one_hot", {n, classes}, {{n, KernelSource::whole, classes + 1}}, {n * classes}, run};
}

/// (outer, n, inner), along the middle axis. Source: src, with equal values; destination: dst.
KernelCase argmax(int64_t outer, int64_t n, int64_t inner) {
  const ops::LoopNest nest = ops::loop_nest({outer, inner}, {{inner, 1}, {n * inner, 1}});
  const auto run = [=](int threads, Sources in, Destinations out) {
    ops::argmax_along(threads, nest, n, inner, in[0], out[0]);
  };
  return {"argmax", {outer, n, inner}, {{outer * n * inner, KernelSource::whole, 5}}, {outer * inner}, run};
}

/// Lines of n elements along the middle axis of (outer, n, inner): of dst, then of src.
ops::Lines lines(int64_t outer, int64_t n, int64_t inner) {
  const Dims strides{n * inner, inner, 1};
  return {ops::loop_nest({outer, 1, inner}, {strides, strides}), {inner, inner}};
}

/// (outer, n, inner, 0 sum or 1 product, reverse). Source: src; destination: dst.
KernelCase scan(int64_t outer, int64_t n, int64_t inner, ops::Scan f, bool reverse) {
  const auto run = [=, walked = lines(outer, n, inner)](int threads, Sources in, Destinations out) {
    ops::scan_along(threads, walked, f, reverse, n, in[0], out[0]);
  };
  const int64_t all = outer * n * inner;
  return {"scan", {outer, n, inner, static_cast<int64_t>(f), reverse}, {{all, KernelSource::positive}}, {all}, run};
}

/// (outer, n, inner, descending). Source: src, with equal values; destinations: dst, scratch.
KernelCase argsort(int64_t outer, int64_t n, int64_t inner, bool descending) {
  ops::Ordering ordering{{}, n, n, descending};
  const Dims strides{n * inner, inner, 1}, entries{2 * n * inner, 0, 2 * n};
  ordering.lines = {ops::loop_nest({outer, 1, inner}, {strides, strides, entries}), {inner, inner, 2}};
  const auto run = [ordering](int threads, Sources in, Destinations out) {
    ops::order_along(threads, ordering, in[0], out[0], out[1]);
  };
  const int64_t all = outer * n * inner;
  return {"argsort", {outer, n, inner, descending}, {{all, KernelSource::whole, 5}}, {all, 2 * all}, run};
}

// -- functions --------------------------------------------------------------------------------------------------------

/// (n, function), alpha is 1.5. Source: src; destination: dst.
KernelCase eltwise(int64_t n, ops::Eltwise algorithm) {
  const auto run = [n, f = ops::EltwiseArgs{algorithm, 1.5f}](int threads, Sources in, Destinations out) {
    ops::eltwise_floats(threads, f, in[0], out[0], n);
  };
  return {"eltwise", {n, static_cast<int64_t>(algorithm)}, {{n, KernelSource::positive}}, {n}, run};
}

using BlockFunction = std::function<void(const ops::Block&)>;

/// A kernel over a nest (rows, columns) of a destination and of sources each with strides of its own.
KernelCase blocks(const std::string& kernel, const Dims& size, const std::vector<Dims>& strides,
                  const std::vector<KernelSource>& sources, const BlockFunction& body) {
  std::vector<Dims> all{{size[1], 1}};
  all.insert(all.end(), strides.begin(), strides.end());
  const ops::LoopNest nest = ops::loop_nest({size[0], size[1]}, all);
  const auto run = [nest, body](int threads, Sources in, Destinations out) {
    std::vector<void*> operands{out[0]};
    for (const float* x : in) operands.push_back(const_cast<float*>(x));  // the kernel only reads them
    ops::for_each_block(nest, operands, threads, body);
  };
  return {kernel, size, sources, {size[0] * size[1]}, run};
}

/// (rows, columns, how y is laid out: 0 as dst, 1 one row, 2 one column, 3 transposed, function).
KernelCase binary(int64_t rows, int64_t columns, int64_t how, ops::Binary algorithm) {
  const Dims strides[] = {{columns, 1}, {0, 1}, {1, 0}, {1, rows}};
  const int64_t floats[] = {rows * columns, columns, rows, rows * columns};
  const bool compares = algorithm >= ops::Binary::eq;
  const auto values = compares ? KernelSource::whole : KernelSource::positive;
  return blocks("binary", {rows, columns, how, static_cast<int64_t>(algorithm)}, {{columns, 1}, strides[how]},
                {{rows * columns, values, 3}, {floats[how], values, 3}},
                [algorithm](const ops::Block& block) { ops::binary_block(algorithm, block); });
}

// -- random numbers ---------------------------------------------------------------------------------------------------

/// (n, kind: 0 uniform in [-1, 3), 1 normal of mean 2 and deviation 3, 2 dropout of a quarter). Source: of dropout;
/// destination: dst.
KernelCase random(int64_t n, int64_t kind) {
  const auto run = [n, kind](int threads, Sources in, Destinations out) {
    const ops::RandomStream stream(kRandomSeed, kRandomSalt);
    if (kind == 0) return ops::random_uniform(threads, stream, -1, 3, out[0], n);
    if (kind == 1) return ops::random_normal(threads, stream, 2, 3, out[0], n);
    ops::random_dropout(threads, stream, 0.25f, in[0], out[0], n);
  };
  return {"random", {n, kind}, {{n}}, {n}, run};
}

// -- optimizers -------------------------------------------------------------------------------------------------------

/// (n, index of the rule, decays). Source: gradient; destinations: the variable and its slots, changed in place.
KernelCase optimizer(int64_t n, int64_t index, bool decays, const std::string& title = {}) {
  const OptimizerCase& of = optimizer_cases()[static_cast<size_t>(index)];
  const ops::OptimizerRule* rule = ops::find_optimizer_rule(of.rule, of.slots, of.settings);
  if (!rule) throw GraphError(cat("there is no rule ", of.rule));
  const auto run = [=, &of](int threads, Sources in, Destinations out) {
    ops::OptimizerStep step{out[0], in[0], {}, n, kOptimizerRate, decays ? kOptimizerDecay : 0, of.settings.data()};
    for (size_t k = 0; k < of.slots; ++k) step.slots[k] = out[1 + k];
    ops::optimizer_step(threads, *rule, step);
  };
  return {of.rule, {n, index, decays}, {{n}}, std::vector<int64_t>(1 + of.slots, n), run, title};
}

}  // namespace

const std::vector<OptimizerCase>& optimizer_cases() {
  static const std::vector<OptimizerCase> all{
      {"sgd", 0, {}},
      {"momentum", 1, {0.9f}},
      {"nesterov", 1, {0.9f}},
      {"rmsprop", 1, {0.9f, 0, 1e-3f}},
      {"rmsprop", 2, {0.9f, 0.5f, 1e-3f}},
      {"rmsprop", 2, {0.9f, 0, 1e-3f}},
      {"rmsprop", 3, {0.9f, 0.5f, 1e-3f}},
      {"adam", 2, {0.9f, 0.999f, 1e-7f}},
      {"adam", 3, {0.9f, 0.999f, 1e-7f}},
      {"adamax", 2, {0.9f, 0.999f, 1e-7f}},
      {"adagrad", 1, {1e-7f}},
      {"adadelta", 2, {0.95f, 1e-3f}},
      {"lion", 1, {0.9f, 0.99f}},
  };
  return all;
}

void add_indexing(KernelCases& all) {
  for (const int64_t inner : kOddSizes)
    for (const int64_t picked : {1, 7, 40})
      for (const bool back : {false, true}) {
        all.push_back(take({1, 9, picked, inner}, back));
        all.push_back(take({3, 5, picked, 200 * inner}, back));
      }
  for (const int64_t n : kOddSizes)
    for (const int64_t classes : {1, 8, 17}) {
      all.push_back(one_hot(n, classes));
      all.push_back(one_hot(kMany / n, classes));
      all.push_back(argmax(n, classes, 1));
      all.push_back(argmax(3, classes, n));
      all.push_back(argmax(kMany / n, classes, n));
      for (const bool back : {false, true}) {
        all.push_back(scan(n, classes, 1, ops::Scan::sum, back));
        all.push_back(scan(3, classes, n, ops::Scan::prod, back));
        all.push_back(scan(1, kMany / n, n, ops::Scan::sum, back));
        all.push_back(argsort(n, classes, 1, back));
        all.push_back(argsort(3, classes, n, back));
        all.push_back(argsort(kMany / (n * classes), classes, n, back));
      }
    }
}

void add_elementwise(KernelCases& all) {
  using ops::Binary, ops::Eltwise;
  for (const int64_t n : {int64_t{1}, int64_t{7}, int64_t{8}, int64_t{9}, int64_t{17}, kMany})
    for (const Eltwise f : {Eltwise::floor, Eltwise::sign, Eltwise::pow, Eltwise::reciprocal, Eltwise::rsqrt,
                            Eltwise::sin, Eltwise::cos, Eltwise::erf})
      all.push_back(eltwise(n, f));
  for (const int64_t n : kOddSizes)
    for (const int64_t rows : {int64_t{3}, kMany / n}) {
      for (int64_t how = 0; how < 4; ++how)
        for (auto f = static_cast<int>(Binary::add); f <= static_cast<int>(Binary::ge); ++f)
          all.push_back(binary(rows, n, how, static_cast<Binary>(f)));
      const KernelSource whole{rows * n, KernelSource::whole, 1}, noise{rows * n}, row{n};
      const Dims same{n, 1}, repeated{0, 1};
      all.push_back(blocks("copy", {rows, n}, {repeated}, {row}, ops::copy_block));
      all.push_back(blocks("where", {rows, n}, {same, same, repeated}, {whole, noise, row}, ops::where_block));
      all.push_back(blocks("prelu", {rows, n}, {same, repeated}, {noise, row}, ops::prelu_block));
      all.push_back(
          blocks("prelu_backward", {rows, n}, {same, same, repeated}, {noise, noise, row}, ops::prelu_gradient_block));
    }
}

void add_random(KernelCases& all) {
  for (const int64_t n : {int64_t{1}, int64_t{7}, int64_t{8}, int64_t{9}, int64_t{17}, kMany})
    for (const int64_t kind : {0, 1, 2}) all.push_back(random(n, kind));
}

void add_optimizers(KernelCases& all) {
  for (const int64_t n : {int64_t{1}, int64_t{7}, int64_t{8}, int64_t{9}, int64_t{17}, kMany})
    for (int64_t rule = 0; rule < std::ssize(optimizer_cases()); ++rule)
      for (const bool decays : {false, true}) all.push_back(optimizer(n, rule, decays));
  constexpr int64_t kAdam = 7;
  all.push_back(optimizer(1'000'000, 0, false, "gradient descent, a million weights"));
  all.push_back(optimizer(1'000'000, kAdam, false, "Adam, a million weights"));
}

}  // namespace graft::bench
