#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <regex>
#include <set>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/layer_check.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

// Every function of graph/layers/operations/math.h, one after the other: a node that is saved and loaded, with a
// gradient that is compared with central differences.

namespace graft::test {

namespace {

using T = SymbolicTensors;

struct Case {
  std::string function;  // as math.h declares it
  std::function<SymbolicTensor(const T&)> record;
  std::vector<Tensor> data;
  bool gradients = true;
};

Tensor image() { return spaced({2, 3, 2, 4}); }
Tensor positive() { return spaced({2, 3, 2, 4}, 1, 1, 3); }
Tensor rows() { return spaced({3, 4}, 2, 0, 2); }

// 0, 1, 2, -1, 0, ...: rounded where they are used, so that the steps of central differences change nothing.
Tensor numbers(const Shape& shape) {
  Tensor out(shape);
  for (size_t i = 0; i < out.data<float>().size(); ++i) out.data<float>()[i] = std::array{0.f, 1.f, 2.f, -1.f}[i % 4];
  return out;
}

std::vector<Case> operators() {
  return {
      {"operator+", [](const T& t) { return t[0] + t[1]; }, {image(), positive()}},
      {"operator+", [](const T& t) { return 2 + t[0] + 1; }, {image()}},
      {"operator-", [](const T& t) { return t[0] - t[1]; }, {image(), spaced({2, 1, 2, 1}, 2, 0, 2)}},
      {"operator-", [](const T& t) { return 2 - (-t[0] - 1); }, {image()}},
      {"operator*", [](const T& t) { return t[0] * t[1]; }, {image(), positive()}},
      {"operator*", [](const T& t) { return 2 * t[0] * 3; }, {image()}},
      {"operator/", [](const T& t) { return t[0] / t[1]; }, {image(), positive()}},
      {"operator/", [](const T& t) { return 2 / t[0] / 3; }, {positive()}},
      {"pow", [](const T& t) { return pow(t[0], t[1]); }, {positive(), image()}},
      {"pow", [](const T& t) { return pow(t[0], 2.5); }, {positive()}},
      {"maximum", [](const T& t) { return maximum(t[0], t[1]); }, {image(), spaced({2, 3, 2, 4}, 2, 0.011, 9)}},
      {"maximum", [](const T& t) { return maximum(t[0], 0.25); }, {image()}},
      {"minimum", [](const T& t) { return minimum(t[0], t[1]); }, {image(), spaced({2, 3, 2, 4}, 2, 0.011, 9)}},
      {"minimum", [](const T& t) { return minimum(t[0], 0.25); }, {image()}},
  };
}

std::vector<Case> functions_of_one() {
  return {
      {"sqrt", [](const T& t) { return sqrt(t[0]); }, {positive()}},
      {"rsqrt", [](const T& t) { return rsqrt(t[0]); }, {positive()}},
      {"exp", [](const T& t) { return exp(t[0]); }, {image()}},
      {"log", [](const T& t) { return log(t[0]); }, {positive()}},
      {"abs", [](const T& t) { return abs(t[0]); }, {image()}},
      {"square", [](const T& t) { return square(t[0]); }, {image()}},
      {"sin", [](const T& t) { return sin(t[0]); }, {image()}},
      {"cos", [](const T& t) { return cos(t[0]); }, {image()}},
      {"erf", [](const T& t) { return erf(t[0]); }, {image()}},
      {"sign", [](const T& t) { return sign(t[0]); }, {image()}},
      {"floor", [](const T& t) { return floor(t[0]); }, {image()}},
      {"round", [](const T& t) { return round(t[0]); }, {image()}},
      {"clip", [](const T& t) { return clip(t[0], -0.5, 0.25); }, {image()}},
      {"tanh", [](const T& t) { return tanh(t[0]); }, {image()}},
      {"sigmoid", [](const T& t) { return sigmoid(t[0]); }, {image()}},
      {"relu", [](const T& t) { return relu(t[0]); }, {image()}},
      {"softplus", [](const T& t) { return softplus(t[0]); }, {image()}},
      {"softmax", [](const T& t) { return softmax(t[0]); }, {image()}},
      {"softmax", [](const T& t) { return softmax(t[0], 1); }, {image()}},
      {"log_softmax", [](const T& t) { return log_softmax(t[0]); }, {image()}},
      {"log_softmax", [](const T& t) { return log_softmax(t[0], 2); }, {image()}},
      {"random_normal", [](const T& t) { return t[0] * random_normal(t[0], 1, 2); }, {image()}},
      {"stop_gradient", [](const T& t) { return stop_gradient(t[0]); }, {image()}, false},
  };
}

using Reduce = SymbolicTensor (*)(const Operand&, const std::vector<int64_t>&, bool);

std::vector<Case> reductions() {
  std::vector<Case> cases;
  const auto add = [&](const char* name, Reduce reduce) {
    cases.push_back({name, [reduce](const T& t) { return reduce(t[0], {}, false); }, {image()}});
    cases.push_back({name, [reduce](const T& t) { return reduce(t[0], {1, -1}, false); }, {image()}});
    cases.push_back({name, [reduce](const T& t) { return reduce(t[0], {0, 2}, true); }, {image()}});
  };
  add("mean", mean);
  add("sum", sum);
  add("max", max);
  add("min", min);
  return cases;
}

std::vector<Case> choices() {
  return {
      {"greater", [](const T& t) { return greater(t[0], t[1]); }, {image(), positive()}},
      {"greater", [](const T& t) { return greater(t[0], 0); }, {image()}},
      {"greater_equal", [](const T& t) { return greater_equal(t[0], t[1]); }, {image(), positive()}},
      {"greater_equal", [](const T& t) { return greater_equal(t[0], 0); }, {image()}},
      {"less", [](const T& t) { return less(t[0], t[1]); }, {image(), positive()}},
      {"less", [](const T& t) { return less(t[0], 0); }, {image()}},
      {"less_equal", [](const T& t) { return less_equal(t[0], t[1]); }, {image(), positive()}},
      {"less_equal", [](const T& t) { return less_equal(t[0], 0); }, {image()}},
      {"equal", [](const T& t) { return equal(t[0], t[1]); }, {image(), positive()}},
      {"equal", [](const T& t) { return equal(round(t[0]), 1); }, {image()}},
      {"not_equal", [](const T& t) { return not_equal(t[0], t[1]); }, {image(), positive()}},
      {"not_equal", [](const T& t) { return not_equal(round(t[0]), 1); }, {image()}},
      {"where", [](const T& t) { return where(greater(t[0], 0), square(t[0]), t[1]); }, {image(), positive()}},
      {"where", [](const T& t) { return where(greater(t[0], 0), t[0], 2); }, {image()}},
      {"where", [](const T& t) { return where(greater(t[0], 0), 2, t[0]); }, {image()}},
      {"argmax", [](const T& t) { return argmax(t[0], 1); }, {image()}},
      {"one_hot", [](const T& t) { return one_hot(round(t[0]), 3); }, {numbers({2, 4})}},
  };
}

std::vector<Case> moves() {
  return {
      {"matmul", [](const T& t) { return matmul(t[0], t[1]); }, {spaced({2, 3, 4}), spaced({2, 4, 5}, 2, 0, 4)}},
      {"matmul", [](const T& t) { return matmul(t[0], transpose(t[0])); }, {rows()}},
      {"concat", [](const T& t) { return concat({t[0], t[1]}); }, {image(), spaced({2, 3, 2, 1})}},
      {"concat", [](const T& t) { return concat({t[0], square(t[0])}, 1); }, {image()}},
      {"slice", [](const T& t) { return slice(t[0], {0, 1, 0, 2}, {Shape::none, 2, Shape::none, 1}); }, {image()}},
      {"reshape", [](const T& t) { return reshape(t[0], {4, -1}); }, {image()}},
      {"transpose", [](const T& t) { return transpose(t[0]); }, {rows()}},
      {"transpose", [](const T& t) { return transpose(t[0], {0, 3, 1, 2}); }, {image()}},
      {"expand_dims", [](const T& t) { return expand_dims(t[0], 2); }, {image()}},
      {"squeeze", [](const T& t) { return squeeze(t[0], 1); }, {spaced({2, 1, 3, 2})}},
      {"gather", [](const T& t) { return gather(t[0], round(t[1]), 0); }, {rows(), numbers({3})}},
      {"gather", [](const T& t) { return gather(t[0], round(t[1]), -1); }, {rows(), numbers({3, 2})}},
      {"gather", [](const T& t) { return gather(t[0], round(t[1]), 2); }, {image(), numbers({2, 3, 2})}},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& part : {operators(), functions_of_one(), reductions(), choices(), moves()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

Model model_of(const Case& c) {
  SymbolicTensors inputs;
  for (const Tensor& tensor : c.data) inputs.push_back(Input({.shape = tensor.shape().without_batch()}));
  return Model(inputs, c.record(inputs));
}

}  // namespace

TEST_CASE("arithmetic: every function of graph/layers/operations/math.h is tested here") {
  std::set<std::string> tested;
  for (const Case& c : all_cases()) tested.insert(c.function);
  const std::string header = read_file(source_folder() / "graph/layers/operations/math.h");
  const std::regex declaration("\nSymbolicTensor (operator[-+*/]|\\w+)\\(");
  size_t found = 0;
  for (std::sregex_iterator match(header.begin(), header.end(), declaration), end; match != end; ++match, ++found)
    CHECK_MESSAGE(tested.contains((*match)[1]), (*match)[1].str(), " has no case");
  CHECK(found > 60);
}

TEST_CASE("arithmetic: every function has its gradient, by central differences") {
  for (const Case& c : all_cases()) {
    const Model model = model_of(c);
    check_graph(c.function, model.graph(), {c.data, c.gradients, 5e-3});
  }
}

TEST_CASE("arithmetic: every function is saved to a folder, and gives the same bits when it is loaded") {
  const TemporaryFolder folder;
  for (const Case& c : all_cases()) {
    CAPTURE(c.function);
    const Model model = model_of(c);
    model.save(folder / "model");
    const Model loaded = load_model(folder / "model");
    CHECK(bit_equal(run_graph(loaded.graph(), c.data)[0], run_graph(model.graph(), c.data)[0]));
    CHECK(loaded.output().shape() == model.output().shape());
  }
}

TEST_CASE("gather picks rows along an axis; negative numbers count from the end, one out of range gives zeros") {
  const Tensor x(Shape{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const Tensor indices(Shape{4}, std::vector<float>{2, 0, -1, 3});
  const SymbolicTensor in = Input({.shape = {3}}), which = Input({.shape = {}});
  const auto picked = [&](int64_t axis, const Tensor& numbers) {
    return run_graph(*Graph::make({in, which}, gather(in, which, axis)), {x, numbers})[0];
  };
  CHECK(bit_equal(picked(1, indices), Tensor(Shape{2, 4}, std::vector<float>{3, 1, 3, 0, 6, 4, 6, 0})));
  CHECK(bit_equal(picked(0, Tensor(Shape{2}, std::vector<float>{1, 0.5f})),
                  Tensor(Shape{2, 3}, std::vector<float>{4, 5, 6, 0, 0, 0})));
  const SymbolicTensor scalar = mean(in);
  CHECK_THROWS_AS(gather(in, scalar, 0), ShapeError);
  CHECK_THROWS_AS(gather(in, which, 2), ShapeError);
}

TEST_CASE("gather: rows picked twice add up their gradients, rows not picked get none") {
  const SymbolicTensor in = Input({.shape = {1}});
  const Dense table({.units = 3, .use_bias = false, .kernel_initializer = "zeros"});
  const SymbolicTensor y = table(in);  // (1, 3): the kernel itself
  const SymbolicTensor numbers = Input({.shape = {}});
  Trainer trainer({.inputs = {in, numbers},
                   .loss = sum(gather(y, numbers, 1)),
                   .update = table.weights(),
                   .optimizer = SGD({.learning_rate = 1})});
  trainer.step({Tensor::full({1, 1}, 1), Tensor(Shape{1}, std::vector<float>{1})});
  CHECK(bit_equal(table.get_weights()[0], Tensor(Shape{1, 3}, std::vector<float>{0, -1, 0})));
}

}  // namespace graft::test
