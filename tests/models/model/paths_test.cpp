#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tensor.h"

// Tensors inside models by path: calls and outputs, taps of predict.

namespace graft::test {

namespace {

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

/// A layer that is called twice, within a model of two outputs that is called twice.
struct Nets {
  SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  Dense shared = dense("shared");
  Model inner =
      Model(x, SymbolicTensors{shared(x), Activation({.activation = "tanh", .name = "last"})(shared(shared(x)))},
            {.name = "inner"});
  SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  SymbolicTensors first = inner(SymbolicTensors(z)), second = inner(SymbolicTensors(first[1]));
  Model outer = Model(z, dense("c")(second[0] + second[1]), {.name = "outer"});
  Tensor data = random_tensor({3, 2}, 1);

  Tensor value(const SymbolicTensor& tensor) const { return Model(z, tensor).predict(data); }
};

std::string labels(const Executable& executable) {
  std::string text;
  for (const StepReport& step : executable.steps()) text += step.label + ' ';
  return text;
}

}  // namespace

TEST_CASE("at: @k is the k-th call of a layer, :i the i-th output of a call") {
  const Nets nets;
  const GraphLayer later = nets.inner.at("shared@2");
  CHECK(later == nets.shared);
  CHECK(later.calls() == 1);
  CHECK(later.input() == nets.inner.at("shared").output(1));
  CHECK(nets.inner.at("last").input() == later.output());
  CHECK(nets.outer.at("inner@1:0").output() == nets.second[0]);
  CHECK(nets.outer.at("inner@1").outputs(0) == nets.second);
  CHECK(nets.outer.at("inner:1").output(1) == nets.second[1]);  // of all calls, the second output
  CHECK(nets.outer.at("c@0:0").output() == nets.outer.output());
  CHECK(nets.outer.at("z@0").output() == nets.z);
}

TEST_CASE("at: numbers on each part of a path, or on the last for all calls it names") {
  const Nets nets;
  const SymbolicTensor tensor = nets.outer.at("inner@1/shared@2").output();
  CHECK(nets.outer.at("inner/shared").calls() == 6);
  CHECK(nets.outer.at("inner/shared@5").output() == tensor);
  CHECK(nets.outer.at("inner@1/last").input() == tensor);
  const Model hidden(nets.inner.input(), nets.inner.at("shared@2").output());
  CHECK(bit_equal(nets.value(tensor), hidden.predict(nets.value(nets.first[1]))));
}

TEST_CASE("at: the labels of the compile report are paths") {
  const Nets nets;
  const std::string text = labels(compile(nets.outer, {.threads = 1}));
  CAPTURE(text);
  for (const char* path : {"inner/shared@1", "inner@1/shared@2"}) {
    CHECK(text.find(path) != std::string::npos);
    CHECK(nets.outer.at(path).calls() == 1);
  }
}

TEST_CASE("at: a name that contains '@', ':' or '/' is found as a name first") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x:0"});
  const Dense at = dense("a@1"), plain = dense("a"), deep = dense("a/b:0");
  const Model model(x, deep(plain(plain(at(x)))));
  CHECK(model.at("a@1") == at);
  CHECK(model.at("a@1@0:0") == at);
  CHECK(model.at("a@0") == plain);
  CHECK(model.at("a/b:0") == deep);
  CHECK(model.at("x:0:0").output() == x);
}

TEST_CASE("at: a missing call or output is one error that lists the existing ones") {
  const Nets nets;
  const std::string call = error_text<GraphError>([&] { nets.inner.at("shared@3"); });
  CHECK(call.starts_with("[Dense \"shared@3\"] is called 3 times in this model (0: on Input \"x\" (None, 2) at "));
  CHECK(call.find("; 2: on Dense \"shared\" (None, 2) at ") != std::string::npos);
  CHECK(call.ends_with("; received call 3."));
  CHECK(error_text<GraphError>([&] { nets.outer.at("inner@1:2"); }) ==
        "[Model \"outer\"] \"inner@1:2\": Functional \"inner\" gives 2 tensors, counted from 0; received output 2.");
  for (const char* path : {"shared@", "shared@x", "shared:0@1", "shared@1/last", "", "@0"}) {
    CAPTURE(path);
    CHECK(error_text<GraphError>([&] { nets.inner.at(path); }).find("there is no layer") != std::string::npos);
  }
  CHECK(error_text<GraphError>([&] {
          nets.inner.at("shared").output();
        }).ends_with("Hint: write output(0), or the path \"shared@0\", for the first call."));
  CHECK(error_text<GraphError>([&] {
          nets.outer.at("inner@0").output();
        }).ends_with("Hint: write outputs(0)[0], or the path \"inner@0:0\", for the first."));
}

TEST_CASE("predict returns taps behind the outputs, in their order") {
  const Nets nets;
  const TensorList values =
      nets.outer.predict(nets.data, {.batch_size = 2, .taps = {"inner@1:0", nets.first[0], "inner@1/shared@2", "z"}});
  REQUIRE(values.size() == 5);
  CHECK(bit_equal(values[0], nets.outer.predict(nets.data)));
  CHECK(bit_equal(values[1], nets.value(nets.second[0])));
  CHECK(bit_equal(values[2], nets.value(nets.first[0])));
  CHECK(bit_equal(values[3], nets.value(nets.outer.at("inner@1/shared@2").output())));
  CHECK(bit_equal(values[4], nets.data));
  const GraphLayer layer = nets.inner.at("last");
  CHECK(nets.inner.predict(nets.data, {.taps = layer}).size() == 3);
  CHECK(bit_equal(nets.inner.predict(nets.data, {.taps = "shared@1"})[2],
                  nets.inner.predict(nets.data, {.taps = {nets.inner.at("shared").output(1)}})[2]));
}

TEST_CASE("taps inside a nested model are the values that the model itself computed, noise included") {
  const SymbolicTensor mu = Input({.shape = {4}});
  const Model sampler(mu, Activation({.activation = "linear", .name = "z"})(mu + random_normal(mu)),
                      {.name = "sampler"});
  const SymbolicTensor x = Input({.shape = {4}});
  const Model model(x, Rescaling({.scale = 2, .name = "twice"})(sampler(x)));
  const TensorList values = model.predict(random_tensor({8, 4}, 2), {.taps = {"sampler/z", "sampler"}});
  CHECK(bit_equal(values[1], values[2]));
  for (int64_t i = 0; i < values[0].elements(); ++i)
    CHECK(values[0].data<float>()[static_cast<size_t>(i)] == 2 * values[1].data<float>()[static_cast<size_t>(i)]);
}

TEST_CASE("taps are compiled once for each set and batch size, and follow the weights") {
  const Nets nets;
  const PredictOptions tapped{.taps = {"inner/shared@1"}};
  const Tensor before = nets.outer.predict(nets.data, tapped)[1];
  CHECK(bit_equal(nets.outer.predict(nets.data, tapped)[1], before));
  for (int i = 0; i < 50; ++i)  // more sets than are kept, of tensors that die at once
    nets.outer.predict(nets.data, {.taps = {nets.z * static_cast<float>(i)}});
  for (int i = 1; i < 4; ++i) {
    const TensorList values = nets.outer.predict(nets.data, {.taps = {nets.z * static_cast<float>(i)}});
    CHECK(values[1].data<float>()[0] == nets.data.data<float>()[0] * static_cast<float>(i));
  }
  nets.shared.set_weights({Tensor(Shape{2, 2}), Tensor::full(Shape{2}, 3)});
  CHECK(bit_equal(nets.outer.predict(nets.data, tapped)[1], Tensor::full(Shape{3, 2}, 3)));
}

TEST_CASE("taps that are not tensors of the model are refused") {
  const Nets nets;
  const auto refused = [&](const Taps& taps) { return nets.outer.predict(nets.data, {.taps = taps}); };
  CHECK(error_text<GraphError>([&] {
          refused("inner/shard");
        }).starts_with("[Model \"outer\" predict] there is no layer \"inner/shard\"; the nearest are inner/shared"));
  CHECK(error_text<GraphError>([&] {
          refused({"c", "inner/x"});
        }).starts_with("[Model \"outer\" predict] \"inner/x\" is an input of a nested model"));
  CHECK(error_text<GraphError>([&] {
          refused("inner/last");
        }).starts_with("[Activation \"inner/last\"] is called 2 times in this model"));
  CHECK(error_text<GraphError>([&] { refused(SymbolicTensor()); }).find("empty") != std::string::npos);
  CHECK(error_text<GraphError>([&] { refused(nets.inner.outputs()[0]); }).find("disconnected") != std::string::npos);
  CHECK(nets.outer.predict(nets.data, {.taps = {"c", mean(nets.z)}}).back().shape() == Shape{});
}

}  // namespace graft::test
