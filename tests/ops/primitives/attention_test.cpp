// Attention: a custom kernel, forward and backward.

#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/compile/rows.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/bf16.h"
#include "tests/support/error_text.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

struct Case {
  int64_t batch, heads, heads_kv, queries, keys, depth, width;
  Shape mask = {};  // rank 0: there is none
  AttentionArgs args = {};

  Shape query() const { return {batch, heads, queries, depth}; }
  Shape key() const { return {batch, heads_kv, keys, depth}; }
  Shape value() const { return {batch, heads_kv, keys, width}; }
  bool masked() const { return mask.rank() != 0; }
  std::string title() const { return cat("attention ", query(), ' ', key(), ' ', value(), " mask ", mask); }
};

AttentionArgs scaled(AttentionArgs args, int64_t depth) {
  args.scale = 1 / std::sqrt(static_cast<float>(depth));
  return args;
}

Emit attention(const Case& c) {
  return [c](Builder& b, const Values& in) {
    return b.attention(in[0], in[1], in[2], c.masked() ? in[3] : Value{}, scaled(c.args, c.depth));
  };
}

// Ones and zeros, of which the key `forced` is always seen; -1 forces none.
Tensor mask_of(const Shape& shape, int64_t forced = 0) {
  Tensor out = noise(shape, 9);
  const int64_t keys = shape[3];
  for (size_t i = 0; i < out.data<float>().size(); ++i) {
    float& x = out.data<float>()[i];
    x = x > 0.3f || static_cast<int64_t>(i) % keys == forced ? 1.f : 0.f;
  }
  return out;
}

std::vector<Tensor> inputs(const Case& c) {
  std::vector<Tensor> out{noise(c.query(), 1), noise(c.key(), 2), noise(c.value(), 3)};
  if (c.masked()) out.push_back(mask_of(c.mask));
  return out;
}

// The element of a tensor at an index that is broadcast.
float element(const Tensor& x, const Dims& index) {
  int64_t at = 0;
  for (int64_t i = 0; i < x.shape().rank(); ++i)
    at = at * x.shape()[i] + (x.shape()[i] == 1 ? 0 : index[static_cast<size_t>(i)]);
  return x.data<float>()[static_cast<size_t>(at)];
}

// The shares of a query's keys, in double.
std::vector<double> shares(const Case& c, const std::vector<Tensor>& in, int64_t n, int64_t h, int64_t q) {
  std::vector<double> out;
  double top = -1e300, total = 0;
  for (int64_t k = 0; k < c.keys; ++k) {
    double score = 0;
    for (int64_t i = 0; i < c.depth; ++i)
      score += static_cast<double>(element(in[0], {n, h, q, i})) *
               static_cast<double>(element(in[1], {n, h / (c.heads / c.heads_kv), k, i}));
    const bool seen = (!c.masked() || element(in[3], {n, h, q, k}) != 0) && (!c.args.causal || k <= q);
    out.push_back(seen ? score / std::sqrt(static_cast<double>(c.depth)) : -1e290);
    top = std::max(top, out.back());
  }
  const bool none = top == -1e290;
  for (double& x : out) total += x = std::exp(x - top);
  for (double& x : out) x = none && c.args.zero_masked ? 0 : x / total;
  return out;
}

Tensor loop(const Case& c, const std::vector<Tensor>& in) {
  Tensor out({c.batch, c.heads, c.queries, c.width});
  auto to = out.data<float>().begin();
  for (int64_t n = 0; n < c.batch; ++n)
    for (int64_t h = 0; h < c.heads; ++h)
      for (int64_t q = 0; q < c.queries; ++q) {
        const std::vector<double> p = shares(c, in, n, h, q);
        for (int64_t i = 0; i < c.width; ++i) {
          double sum = 0;
          for (int64_t k = 0; k < c.keys; ++k)
            sum +=
                p[static_cast<size_t>(k)] * static_cast<double>(element(in[2], {n, h / (c.heads / c.heads_kv), k, i}));
          *to++ = static_cast<float>(sum);
        }
      }
  return out;
}

void check(const Case& c) { check_values(c.title(), attention(c), inputs(c), loop(c, inputs(c)), 2e-6); }

void check_gradients_of(const Case& c, const std::vector<Tensor>& in) {
  check_gradients(c.title(), attention(c), in, c.masked() ? std::vector<size_t>{3} : std::vector<size_t>{}, 5e-3);
}

const std::vector<Case>& small_cases() {
  static const std::vector<Case> all{
      {2, 3, 3, 5, 7, 4, 6},
      {1, 1, 1, 1, 1, 1, 1},
      {2, 2, 2, 1, 9, 3, 3},
      {2, 2, 2, 9, 1, 3, 5},
      {1, 2, 2, 13, 40, 32, 32},
      {2, 1, 1, 17, 17, 64, 3},
      {1, 4, 2, 6, 11, 3, 8},  // grouped heads
      {2, 6, 1, 7, 5, 9, 2},
      {1, 2, 2, 1, 3, 2, 300},  // one query, wide values
      {2, 2, 2, 7, 11, 5, 3, {2, 2, 7, 11}},
      {2, 2, 2, 7, 11, 5, 3, {1, 1, 7, 11}},
      {2, 2, 2, 7, 11, 5, 3, {2, 1, 1, 11}},
      {2, 4, 2, 7, 11, 5, 3, {1, 4, 1, 11}},
      {1, 2, 2, 9, 9, 8, 8, {}, {.causal = true}},
      {1, 2, 1, 12, 5, 3, 3, {}, {.causal = true}},
      {1, 2, 2, 5, 12, 3, 3, {}, {.causal = true}},
      {2, 2, 2, 8, 10, 3, 4, {2, 1, 8, 10}, {.causal = true}},
  };
  return all;
}

}  // namespace

TEST_CASE("attention: values, for masks, causal attention, grouped heads and odd sizes") {
  for (const Case& c : small_cases()) check(c);
}

TEST_CASE("attention: gradients, for masks, causal attention, grouped heads and odd sizes") {
  for (const Case& c : small_cases()) check_gradients_of(c, inputs(c));
}

TEST_CASE("attention: values and gradients where a head has several blocks of keys and queries") {
  for (const Case& c : {Case{1, 2, 1, 200, 300, 8, 8},
                        {1, 1, 1, 300, 530, 3, 5, {1, 1, 300, 530}},
                        {1, 1, 1, 310, 310, 4, 4, {}, {.causal = true}},
                        {2, 16, 16, 195, 30, 4, 4}}) {
    check(c);
    check_gradients_of(c, inputs(c));
  }
}

TEST_CASE("attention: a query that attends to no key gives the mean of all values, or 0") {
  for (const bool zero : {false, true})
    for (const bool causal : {false, true}) {
      const Case c{2, 2, 1, 5, 140, 3, 4, {2, 1, 5, 140}, {.causal = causal, .zero_masked = zero}};
      std::vector<Tensor> in = inputs(c);
      for (size_t k = 0; k < 140; ++k) in[3].data<float>()[2 * 140 + k] = in[3].data<float>()[5 * 140 + k] = 0;
      check_values(c.title(), attention(c), in, loop(c, in), 2e-6);
      check_gradients_of(c, in);
    }
}

TEST_CASE("attention: large and infinite scores neither overflow nor hide a NaN") {
  const Case c{1, 1, 1, 2, 3, 1, 1};
  const float nan = std::nanf("");
  const auto row = [](std::vector<float> x) { return Tensor({1, 1, static_cast<int64_t>(x.size()), 1}, x); };
  const Tensor v = row({1, 2, 3});
  check_values("large", attention(c), {row({1e4f, -1e4f}), row({1e4f, 1, 3}), v}, row({1, 2}), 0);
  const Tensor y = compute(attention(c), {row({1, 0}), row({nan, 1, 2}), v});
  CHECK(std::isnan(y.data<float>()[0]));
  const Case masked{1, 1, 1, 2, 3, 1, 1, {1, 1, 1, 3}};
  const Tensor z = compute(attention(masked),
                           {row({1, 0}), row({nan, nan, nan}), v, Tensor({1, 1, 1, 3}, std::vector<float>{1, 1, 0})});
  CHECK(std::isnan(z.data<float>()[0]));
}

TEST_CASE("attention: dropped shares are the same in the gradient, and the others are scaled") {
  const Case c{2, 2, 1, 20, 300, 3, 4, {}, {.dropout = 0.25f}};
  check_gradients_of(c, inputs(c));
  std::vector<Tensor> in = inputs(c);
  in[0] = Tensor(c.query());  // equal shares
  in[2] = Tensor::full(c.value(), 1);
  const Tensor y = compute(attention(c), in);
  double mean = 0;
  for (const float x : y.data<float>()) {
    const double kept = static_cast<double>(x) * 0.75 * 300;  // a whole number of keys
    CHECK(std::abs(kept - std::round(kept)) < 1e-3);
    mean += static_cast<double>(x) / static_cast<double>(y.data<float>().size());
  }
  CHECK(std::abs(mean - 1) < 0.02);
  Case all = c;
  all.args.dropout = 1;
  check_values("everything dropped", attention(all), in, Tensor(y.shape()), 0);
}

// The way of a layer: projections of (N, T, C) whose heads are side by side, and a result of that layout.
TEST_CASE("attention: heads that are side by side in memory are read and written there") {
  Builder b(true);
  Values heads;
  for (const char* name : {"query", "key", "value"})
    heads.push_back(b.transpose(b.reshape(b.input({2, 10, 24}, name), {2, 10, 3, 8}), {0, 2, 1, 3}));
  const Value y = b.attention(heads[0], heads[1], heads[2], {}, {.scale = 0.5f});
  const Value joined = b.reshape(b.transpose(y, {0, 2, 1, 3}), {2, 10, 24});
  const Value loss = b.reshape(b.reduce(Reduction::sum, b.eltwise(joined, Eltwise::square), {0, 1, 2}), {1});
  Values outputs = gradients(b, loss, b.program().inputs);
  outputs.push_back(joined);
  const Executable executable(b.finish(outputs));
  CHECK(executable.ref_steps() == 0);
  for (const StepReport& step : executable.steps())
    CHECK_MESSAGE((step.prepared || step.primitive != "reorder"), executable.report());
}

TEST_CASE("attention: the same bits for any number of threads") {
  for (const Case& c : {Case{2, 4, 2, 100, 150, 16, 8}, {1, 1, 1, 300, 530, 32, 32, {}, {.causal = true}}}) {
    const auto results = [&](int threads) {
      Builder b(true);
      Values values;
      for (const Tensor& tensor : inputs(c)) values.push_back(b.input(tensor.shape().dims(), "x"));
      const Value y = attention(c)(b, values);
      const Value loss = b.reshape(b.reduce(Reduction::sum, b.eltwise(y, Eltwise::square), {0, 1, 2, 3}), {1});
      Values outputs = gradients(b, loss, values);
      outputs.push_back(y);
      Context context = Executable(b.finish(outputs), {.threads = threads}).context();
      const std::vector<Tensor> in = inputs(c);
      for (size_t i = 0; i < in.size(); ++i) context.input(i).copy_from(in[i]);
      context.run();
      std::vector<Tensor> out;
      for (size_t i = 0; i < context.outputs(); ++i) out.push_back(context.output(i).tensor());
      return out;
    };
    const std::vector<Tensor> one = results(1);
    for (const int threads : {2, 3, 8}) {
      const std::vector<Tensor> some = results(threads);
      for (size_t i = 0; i < one.size(); ++i) CHECK_MESSAGE(bit_equal(one[i], some[i]), c.title(), ", result ", i);
    }
  }
}

TEST_CASE("attention: rows of a batch stay apart, unless shares are dropped") {
  for (const float dropout : {0.f, 0.5f}) {
    Builder b;
    const Value x = b.input({6, 2, 5, 4}, "x"), mask = b.constant(mask_of({1, 1, 5, 5}));
    const Value y = b.attention(x, x, x, mask, {.dropout = dropout});
    CHECK(independent_rows(b.finish({y})) == (dropout > 0 ? 0 : 6));
  }
}

TEST_CASE("attention: operands that do not fit are refused") {
  Builder b;
  const Value q = b.input({2, 4, 5, 8}, "q"), k = b.input({2, 2, 7, 8}, "k"), v = b.input({2, 2, 7, 3}, "v");
  const auto message = [&](Value query, Value key, Value value, Value mask) {
    return error_text<ShapeError>([&] { b.attention(query, key, value, mask, {}); });
  };
  CHECK(message(q, v, v, {}).starts_with("attention: query (2,4,5,8), key (2,2,7,3) and value (2,2,7,3) do not fit."));
  CHECK(message(k, q, q, {}).starts_with("attention: query (2,2,7,8), key (2,4,5,8) and value (2,4,5,8) do not fit."));
  CHECK(message(q, k, v, q) == "attention: the mask must broadcast to (2,4,5,7); received (2,4,5,8).");
  CHECK(error_text<ConfigError>([&] { b.attention(q, k, v, {}, {.dropout = 1.5f}); }) ==
        "attention: dropout must be in [0, 1]; received 1.5.");
}
