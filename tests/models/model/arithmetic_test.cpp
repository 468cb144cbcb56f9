#include <doctest/doctest.h>

#include <regex>
#include <set>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/models/model/arithmetic_cases.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_check.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

// Every function of graph/layers/operations/math.h, one after the other: a node that is saved and loaded, with a
// gradient that is compared with central differences.

namespace graft::test {

namespace {

using Case = ArithmeticCase;

Model model_of(const Case& c) {
  SymbolicTensors inputs;
  for (const Tensor& tensor : c.data)  // of a known batch, as some functions turn it into another dimension
    inputs.push_back(Input({.shape = tensor.shape().without_batch(), .batch_size = tensor.shape()[0]}));
  return Model(inputs, c.record(inputs));
}

}  // namespace

TEST_CASE("arithmetic: every function of graph/layers/operations/math.h is tested here") {
  std::set<std::string> tested;
  for (const Case& c : arithmetic_cases()) tested.insert(c.function);
  const std::regex declaration("\nSymbolicTensors? (operator[-+*/]|\\w+)\\(");
  size_t found = 0;
  for (const char* part :
       {"arithmetic", "binary", "elementwise", "images", "indices", "nn", "products", "reductions", "shapes"}) {
    const std::string header = read_file(source_folder() / cat("graph/layers/operations/math/", part, ".h"));
    for (std::sregex_iterator match(header.begin(), header.end(), declaration), end; match != end; ++match, ++found)
      CHECK_MESSAGE(tested.contains((*match)[1]), (*match)[1].str(), " has no case");
  }
  CHECK(found > 240);
}

TEST_CASE("arithmetic: every function has its gradient, by central differences") {
  for (const Case& c : arithmetic_cases()) {
    const Model model = model_of(c);
    check_graph(c.function, model.graph(), {c.data, c.gradients, 5e-3});
  }
}

TEST_CASE("arithmetic: every function is saved to a folder, and gives the same bits when it is loaded") {
  const TemporaryFolder folder;
  for (const Case& c : arithmetic_cases()) {
    CAPTURE(c.function);
    const Model model = model_of(c);
    model.save(folder / "model");
    const Model loaded = load_model(folder / "model");
    const std::vector<Tensor> expected = run_graph(model.graph(), c.data), found = run_graph(loaded.graph(), c.data);
    REQUIRE(found.size() == expected.size());
    for (size_t i = 0; i < found.size(); ++i) CHECK(bit_equal(found[i], expected[i]));
    CHECK(shapes_of(loaded.outputs()) == shapes_of(model.outputs()));
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
  CHECK(gather(in, mean(in), 0).shape() == Shape{3});
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

TEST_CASE("complex numbers reach the operations that take them, and no others") {
  const SymbolicTensor size = Input({.shape = {2}}), turn = Input({.shape = {2}});
  const Tensor ones = Tensor::full({1, 2}, 1);
  const auto refused = [&](const SymbolicTensor& y) {
    return error_text<GraphError>([&] { (void)Model(SymbolicTensors{size, turn}, y).predict({ones, ones}); });
  };
  CHECK(refused(exp(polar(size, turn))).find("[Exp] takes no complex numbers; received those of polar().") !=
        std::string::npos);
  CHECK(refused(polar(size, turn)).find("an output of the model is complex") != std::string::npos);
}

}  // namespace graft::test
