#include <doctest/doctest.h>

#include <set>

#include "graft/ops/compile/compile.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/program_check.h"

// The ways that instructions can be realised in: each gives the results of the usual one, and is really taken.

using namespace graft;
using namespace graft::ops;
using graft::test::noise;

namespace {

Value image(Builder& b, const Dims& dims) {
  return b.transpose(b.input({dims[0], dims[2], dims[3], dims[1]}, "x"), {0, 3, 1, 2});
}
Value mean_square(Builder& b, Value x) {
  std::vector<int> axes;
  for (size_t i = 0; i < b.dims(x).size(); ++i) axes.push_back(static_cast<int>(i));
  return b.reduce(Reduction::mean, b.eltwise(x, Eltwise::square), axes);
}
void train(Builder& b, Value loss, const Variables& all) {
  Values wrt;
  for (const Variable& v : all) wrt.push_back(b.variable(v));
  const Values diff = gradients(b, loss, wrt);
  for (size_t i = 0; i < all.size(); ++i) b.update("sgd", all[i], diff[i], {}, b.scalar(0.05f), {});
}

/// A Program, and the variables that it changes.
struct Net {
  Program program;
  Variables variables = {};
};

Net dense(bool training, bool relu) {
  const Variables w{Variable("w", noise({24, 16}, 1)), Variable("s", noise({16}, 2)), Variable("v", noise({16, 5}, 3))};
  Builder b(training);
  Value y = b.inner_product(b.input({32, 24}, "x"), b.variable(w[0]), b.variable(w[1]));
  if (relu) y = b.eltwise(y, Eltwise::relu);
  y = b.inner_product(y, b.variable(w[2]), {});
  if (!training) return {b.finish({y})};
  train(b, mean_square(b, y), w);
  return {b.finish({y}), w};
}

Net convolutions() {
  const Variables w{Variable("w", noise({3, 3, 16, 32}, 1)), Variable("v", noise({5, 5, 16, 32}, 2))};
  Builder b(true);
  const Value x = image(b, {4, 16, 12, 12});
  const Value y = b.conv(x, b.transpose(b.variable(w[0]), {3, 2, 0, 1}), {}, {{2, 2}, {0, 0}, {0, 0}, {1, 1}});
  const Value z = b.conv_backward_data(y, b.transpose(b.variable(w[1]), {3, 2, 0, 1}), {4, 16, 12, 12},
                                       {{2, 2}, {0, 0}, {1, 1}, {2, 2}});
  train(b, mean_square(b, z), w);
  return {b.finish({z}), w};
}

Net softmaxes() {
  Builder b;
  const Value x = b.input({6, 40}, "x");
  return {b.finish({b.softmax(x, 1), b.softmax(x, 1, true), b.softmax(x, 0)})};
}

Net pooled() {
  Builder b;
  return {b.finish({b.reduce(Reduction::mean, image(b, {3, 24, 7, 5}), {2, 3})})};
}

Net resampled(Interpolation interpolation, int64_t factor) {
  const Variables w{Variable("w", noise({4, 5, 5, 8}, 1))};
  Builder b(true);
  const Value y = b.resample(b.mul(image(b, {4, 8, 5, 5}), b.transpose(b.variable(w[0]), {0, 3, 1, 2})),
                             {factor, factor}, interpolation);
  train(b, mean_square(b, y), w);
  return {b.finish({y}), w};
}

// The outputs of the first run, then the variables after the second.
std::vector<Tensor> run(const Net& net, const std::shared_ptr<const ExecutableState>& state) {
  std::vector<Tensor> start;
  for (const Variable& v : net.variables) start.push_back(v.value());
  Context context(state);
  for (size_t i = 0; i < context.inputs(); ++i) context.input(i).copy_from(noise(context.input(i).shape(), 50 + i));
  context.run();
  std::vector<Tensor> out;
  for (size_t i = 0; i < context.outputs(); ++i) out.push_back(context.output(i).tensor());
  context.run();
  for (size_t i = 0; i < start.size(); ++i) {
    Variable v = net.variables[i];
    out.push_back(v.value());
    v.assign(start[i]);
  }
  return out;
}

// The steps of a run, without those that are executed ahead of runs.
std::string steps_of(const ExecutableState& state) {
  std::string out;
  for (const Step* step : state.main) {
    out += cat(step->primitive, ' ', step->implementation);
    for (const Argument& a : step->arguments) out += cat(' ', onednn::layout_name(a.operand.md));
    out += '\n';
  }
  return out;
}

// Adds the ways that made other steps than the rule.
void check_ways(const Net& net, std::set<std::string>& taken) {
  const auto usual = compile_program(net.program, {}, {});
  const std::vector<Tensor> expected = run(net, usual);
  for (const Instruction& i : usual->program.instructions)
    for (const std::string_view way : ways_of(usual->program, i)) {
      const std::string name = signature(usual->program, i);
      CAPTURE(name);
      CAPTURE(way);
      const auto state = compile_program(net.program, {}, {.ways = {{name, std::string(way)}}});
      const std::vector<Tensor> found = run(net, state);
      for (size_t k = 0; k < found.size(); ++k) CHECK(relative_difference(found[k], expected[k]) <= 2e-6);
      if (steps_of(*state) != steps_of(*usual)) taken.insert(std::string(way));
    }
}

}  // namespace

TEST_CASE("ways: each way gives the results of the usual one") {
  std::set<std::string> taken;
  for (const bool training : {false, true})
    for (const bool relu : {false, true}) check_ways(dense(training, relu), taken);
  check_ways(convolutions(), taken);
  check_ways(softmaxes(), taken);
  check_ways(pooled(), taken);
  for (const Interpolation interpolation : {Interpolation::nearest, Interpolation::linear})
    for (const int64_t factor : {2, 3, 4}) check_ways(resampled(interpolation, factor), taken);
  // The CPU decides whether weights have their gradient's layout anyway, and whether packed means plain.
  for (const std::string_view way : {way::matmul, way::pooling, way::softmax, way::resampling, way::deconvolution})
    CHECK_MESSAGE(taken.contains(std::string(way)), way);
}

TEST_CASE("ways: a signature distinguishes operation, settings, shapes and variables") {
  const Net net = dense(false, true);
  const auto state = compile_program(net.program, {}, {});
  CHECK(signature(state->program, state->program.instructions[0]) ==
        "inner_product (32,24) (24,16) variable (16) variable -> (32,16) post=relu");
}
