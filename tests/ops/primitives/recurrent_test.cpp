// Recurrent layers: custom kernels, forward and backward.

#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/compile/rows.h"
#include "graft/ops/kernels/recurrent/shape.h"
#include "graft/ops/program/gradients.h"
#include "tests/ops/kernels/recurrent_reference.h"
#include "tests/support/bf16.h"
#include "tests/support/error_text.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

constexpr Cell kCells[] = {Cell::simple, Cell::lstm, Cell::gru, Cell::gru_reset_before};

/// Which optional operands a case has, and its sizes.
struct Case {
  RecurrentArgs args;
  int64_t rows, steps, units;
  bool bias = false, states = false, mask = false;
  RecurrentShape shape() const { return {args, rows, steps, units, 8}; }
  bool has_bias() const { return bias && args.cell == Cell::gru; }
  bool has_c() const { return states && args.cell == Cell::lstm; }
};

/// Some steps count: a row is padded on the left, the next on the right, one has holes, and one nothing but padding.
Tensor mask_of(int64_t rows, int64_t steps) {
  Tensor out({rows, steps});
  for (int64_t n = 0; n < rows; ++n)
    for (int64_t t = 0; t < steps; ++t) {
      const bool counts = n % 4 == 0 ? t >= steps / 2 : n % 4 == 1 ? t <= steps / 2 : n % 4 == 2 ? t % 3 != 1 : false;
      out.data<float>()[static_cast<size_t>(n * steps + t)] = counts ? 1.f : 0.f;
    }
  return out;
}

/// projected, kernel, then those that the case has of recurrent bias, h, c and mask.
std::vector<Tensor> inputs(const Case& c) {
  const int64_t columns = c.shape().gates() * c.units;
  std::vector<Tensor> out{noise({c.rows, c.steps, columns}, 1), noise({c.units, columns}, 2)};
  for (float& x : out[1].data<float>()) x /= std::sqrt(static_cast<float>(c.units));
  if (c.has_bias()) out.push_back(noise({columns}, 3));
  if (c.states) out.push_back(noise({c.rows, c.units}, 4));
  if (c.has_c()) out.push_back(noise({c.rows, c.units}, 5));
  if (c.mask) out.push_back(mask_of(c.rows, c.steps));
  return out;
}

Builder::Recurrent emit(Builder& b, const Case& c, const Values& in) {
  size_t next = 2;
  const auto optional = [&](bool there) { return there ? in[next++] : Value{}; };
  const Value bias = optional(c.has_bias()), h = optional(c.states), cell = optional(c.has_c()),
              mask = optional(c.mask);
  return b.recurrent(in[0], in[1], bias, h, cell, mask, c.args);
}

/// All results, one behind the other, as a row for each row of the batch.
Emit everything(const Case& c) {
  return [c](Builder& b, const Values& in) {
    const Builder::Recurrent r = emit(b, c, in);
    Values parts{b.reshape(r.outputs, {c.rows, c.steps * c.units}), r.last, r.h};
    if (r.c) parts.push_back(r.c);
    return b.concat(parts, 1);
  };
}

std::vector<double> numbers(const Tensor& tensor) { return {tensor.data<float>().begin(), tensor.data<float>().end()}; }

/// What `everything` gives, by plain loops.
Tensor expected(const Case& c, const std::vector<Tensor>& in) {
  size_t next = 2;
  const auto optional = [&](bool there) { return there ? numbers(in[next++]) : std::vector<double>{}; };
  RecurrentReference reference{c.shape(), numbers(in[0]), numbers(in[1])};
  reference.bias = optional(c.has_bias());
  reference.h = optional(c.states);
  reference.c = optional(c.has_c());
  reference.mask = optional(c.mask);
  reference.run();
  const int64_t width = (c.steps + (c.args.cell == Cell::lstm ? 3 : 2)) * c.units;
  Tensor out({c.rows, width});
  auto to = out.data<float>().begin();
  const auto copy = [&](const std::vector<double>& from, int64_t row, int64_t floats) {
    for (int64_t i = 0; i < floats; ++i) *to++ = static_cast<float>(from[static_cast<size_t>(row * floats + i)]);
  };
  for (int64_t n = 0; n < c.rows; ++n) {
    copy(reference.outputs, n, c.steps * c.units);
    copy(reference.last, n, c.units);
    copy(reference.h, n, c.units);
    if (c.args.cell == Cell::lstm) copy(reference.c, n, c.units);
  }
  return out;
}

std::string title(const Case& c) {
  return cat("cell ", static_cast<int>(c.args.cell), ' ', c.rows, 'x', c.steps, 'x', c.units, c.bias ? " bias" : "",
             c.states ? " states" : "", c.mask ? " mask" : "", c.args.go_backwards ? " backwards" : "",
             c.args.zero_output_for_mask ? " zero output" : "");
}

void check(const Case& c, double tolerance = 3e-6) {
  const std::vector<Tensor> in = inputs(c);
  check_values(title(c), everything(c), in, expected(c, in), tolerance);
}

void check_slopes(const Case& c) {
  const std::vector<Tensor> in = inputs(c);
  check_gradients(title(c), everything(c), in, c.mask ? std::vector<size_t>{in.size() - 1} : std::vector<size_t>{},
                  5e-3);
}

/// Every result and every gradient, for one way to run.
std::vector<Tensor> differentiated(const Case& c, const ExecutableOptions& options) {
  const std::vector<Tensor> in = inputs(c);
  Builder b(true);
  Values values;
  for (const Tensor& tensor : in) values.push_back(b.input(tensor.shape().dims(), "x"));
  const Value y = everything(c)(b, values);
  const Value weighted = b.mul(y, b.constant(noise(Shape(b.dims(y)), 9)));
  const Value loss = b.reshape(b.reduce(Reduction::sum, weighted, {0, 1}), {1});
  if (c.mask) values.pop_back();
  Values outputs = gradients(b, loss, values);
  outputs.push_back(y);
  Context context = Executable(b.finish(outputs), options).context();
  for (size_t i = 0; i < in.size(); ++i) context.input(i).copy_from(in[i]);
  context.run();
  std::vector<Tensor> results;
  for (size_t i = 0; i < context.outputs(); ++i) results.push_back(context.output(i).tensor());
  return results;
}

}  // namespace

TEST_CASE("recurrent: all cells are the plain loops, for odd sizes, single rows and single steps") {
  for (const Cell cell : kCells)
    for (const auto& [rows, steps, units] :
         {std::tuple<int64_t, int64_t, int64_t>{3, 7, 5}, {1, 4, 3}, {5, 1, 17}, {2, 6, 33}, {13, 3, 16}, {1, 3, 100}})
      for (const bool backwards : {false, true}) {
        check({{.cell = cell, .go_backwards = backwards}, rows, steps, units});
        check({{.cell = cell, .go_backwards = backwards}, rows, steps, units, true, true});
      }
}

TEST_CASE("recurrent: masked steps keep the states, and put out what was before or zeros") {
  for (const Cell cell : kCells)
    for (const bool backwards : {false, true})
      for (const bool zero : {false, true})
        for (const bool states : {false, true}) {
          check({{.cell = cell, .go_backwards = backwards, .zero_output_for_mask = zero}, 4, 7, 5, true, states, true});
          check({{.cell = cell, .go_backwards = backwards, .zero_output_for_mask = zero}, 1, 5, 9, true, states, true});
        }
}

TEST_CASE("recurrent: the functions of gates and states") {
  const CellFunction functions[] = {{{Eltwise::relu, 0.2f}},         {{Eltwise::elu, 0.7f}},
                                    {{Eltwise::linear, 0.5f, 0.1f}}, {{Eltwise::soft_relu}},
                                    {{Eltwise::exp}, 0.3f, -2},      {{Eltwise::clip, 0, 1}, 1.f / 6, 0.5f},
                                    {{Eltwise::tanh}, 0.5f},         {{Eltwise::logistic}}};
  for (const CellFunction& activation : functions)
    for (const CellFunction& gate : {functions[5], functions[2]})
      for (const Cell cell : kCells) {
        const Case c{{.cell = cell, .activation = activation, .recurrent_activation = gate}, 3, 3, 9, true, true};
        check(c, 1e-5);
        if (activation.function.algorithm != Eltwise::relu && gate.function.algorithm != Eltwise::clip) check_slopes(c);
      }
}

TEST_CASE("recurrent: gradients, for whole batches and single rows") {
  for (const Cell cell : kCells)
    for (const bool backwards : {false, true}) {
      check_slopes({{.cell = cell, .go_backwards = backwards}, 3, 4, 5});
      check_slopes({{.cell = cell, .go_backwards = backwards}, 1, 3, 19, true, true});
      check_slopes({{.cell = cell, .go_backwards = backwards}, 7, 1, 3, true, true});
    }
}

TEST_CASE("recurrent: gradients through masked steps") {
  for (const Cell cell : kCells)
    for (const bool zero : {false, true})
      for (const bool backwards : {false, true})
        for (const bool states : {false, true})
          check_slopes(
              {{.cell = cell, .go_backwards = backwards, .zero_output_for_mask = zero}, 4, 5, 3, true, states, true});
}

TEST_CASE("recurrent: the same bits for any number of threads") {
  for (const Cell cell : kCells)
    for (const int64_t rows : {1, 2, 3, 19}) {
      const Case c{{.cell = cell}, rows, 9, 230, true, true, true};
      const std::vector<Tensor> one = differentiated(c, {.threads = 1});
      for (const int threads : {2, 3}) {
        const std::vector<Tensor> some = differentiated(c, {.threads = threads});
        // The gradients of the kernel and the bias are sums by other instructions.
        for (size_t i = 0; i < one.size(); ++i)
          if (i != 1 && !(c.has_bias() && i == 2))
            CHECK_MESSAGE(bit_equal(one[i], some[i]), title(c), ", result ", i, ", ", threads, " threads");
      }
    }
}

TEST_CASE("recurrent: single results are those of all together") {
  for (const Cell cell : kCells) {
    const Case c{{.cell = cell}, 3, 5, 7, true, true, true};
    const std::vector<Tensor> in = inputs(c);
    const Tensor all = compute(everything(c), in);
    const auto part = [&](Builder& b, const Values& v, int64_t begin, int64_t count) {
      return b.slice(everything(c)(b, v), {0, begin}, {c.rows, count});
    };
    const Tensor last = compute([&](Builder& b, const Values& v) { return emit(b, c, v).last; }, in),
                 h = compute([&](Builder& b, const Values& v) { return emit(b, c, v).h; }, in);
    const Tensor of_last = compute([&](Builder& b, const Values& v) { return part(b, v, 35, 7); }, in),
                 of_h = compute([&](Builder& b, const Values& v) { return part(b, v, 42, 7); }, in);
    CHECK(bit_equal(last, of_last));
    CHECK(bit_equal(h, of_h));
  }
}

TEST_CASE("recurrent: nothing is stored that is not read") {
  const Case c{{.cell = Cell::lstm}, 2, 50, 64};
  const auto bytes = [&](bool last) {
    Builder b;
    const Value x = b.input({2, 50, 256}, "x");
    const Builder::Recurrent r = b.recurrent(x, b.constant(noise({64, 256}, 1)), {}, {}, {}, {}, c.args);
    return Executable(b.finish({last ? r.last : r.outputs})).peak_bytes();
  };
  CHECK(bytes(true) < bytes(false));
  const int64_t operands = 2 * 50 * (256 + 64) * sizeof(float);
  CHECK(bytes(false) < operands + (1 << 13));
}

TEST_CASE("recurrent: in bf16 results and gradients are float32's within the rounding of operands" * needs_bf16()) {
  for (const Cell cell : kCells) {
    const Case c{{.cell = cell}, 4, 6, 20, true, true, true};
    const std::vector<Tensor> exact = differentiated(c, {}), narrow = differentiated(c, {.precision = "bf16"});
    for (size_t i = 0; i < exact.size(); ++i)
      CHECK_MESSAGE(relative_difference(narrow[i], exact[i]) < 1. / 64, title(c), ", result ", i);
  }
}

TEST_CASE("recurrent: rows of a batch stay apart") {
  for (const Cell cell : kCells) {
    Builder b;
    const Case c{{.cell = cell}, 6, 4, 5};
    const int64_t columns = c.shape().gates() * c.units;
    const Value x = b.input({6, 4, columns}, "x");
    const Value y = b.recurrent(x, b.constant(noise({5, columns}, 1)), {}, {}, {}, {}, c.args).outputs;
    CHECK(independent_rows(b.finish({y})) == 6);
  }
}

TEST_CASE("recurrent: operands and functions that do not fit are refused") {
  Builder b;
  const Value x = b.input({2, 3, 20}, "x"), u = b.input({5, 20}, "u"), h = b.input({2, 4}, "h"),
              c = b.input({2, 5}, "c"), bias = b.input({20}, "b");
  const RecurrentArgs lstm{.cell = Cell::lstm}, gru{.cell = Cell::gru};
  CHECK(error_text<ShapeError>([&] { b.recurrent(x, u, {}, h, {}, {}, lstm); }) ==
        "recurrent: h must have dims (2,5); received (2,4).");
  CHECK(error_text<ShapeError>([&] { b.recurrent(x, u, {}, {}, {}, {}, gru); }) ==
        "recurrent: kernel must have dims (5,15); received (5,20).");
  CHECK(error_text<ShapeError>([&] { b.recurrent(u, u, {}, {}, {}, {}, lstm); }) ==
        "recurrent: projected must have dims (N, T, gates units) and kernel (units, gates units); received (5,20) and "
        "(5,20).");
  CHECK(error_text<ConfigError>([&] { b.recurrent(x, u, bias, {}, {}, {}, lstm); }) ==
        "recurrent: the cell lstm has no recurrent_bias; only gru has.");
  const RecurrentArgs gelu{.cell = Cell::lstm, .activation = {{Eltwise::gelu_erf}}};
  CHECK(error_text<ConfigError>([&] { b.recurrent(x, u, {}, {}, c, {}, gelu); }) ==
        "recurrent: the activation gelu_erf is not one of its functions.\n  Hint: recurrent_supports tells which are.");
}
