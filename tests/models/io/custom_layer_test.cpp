#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "graft/graph/layers/core/composite_layer.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/io/base/json_view.h"
#include "tests/support/custom_layers.h"
#include "tests/support/error_text.h"
#include "tests/support/fixtures.h"
#include "tests/support/temporary_folder.h"

// Classes of a user's own: made of other layers, or by emit. Real Keras had the same classes in Python.

namespace graft::test {

namespace {

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double largest = 0;
  for (size_t i = 0; i < a.data<float>().size(); ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(a.data<float>()[i]) - b.data<float>()[i]));
  return largest;
}

Tensor array(const std::string& fixture, const char* file) { return Tensor::load_npy(fixture_path(fixture) / file); }

// (None, 4, 5) -> Dense 6 -> block -> scale -> Dense 2, of classes of the user's own.
Model small_model() {
  register_custom_layers();
  const SymbolicTensor x = Input({.shape = {4, 5}, .name = "x"});
  SymbolicTensor h = Dense({.units = 6, .name = "first"})(x);
  h = KnownBlock({.units = 6, .name = "block"})(h);
  h = KnownScale({.factor = 0.5, .name = "scale"})(h);
  return Model(x, Dense({.units = 2, .name = "last"})(h), {.name = "small"});
}

Tensor some_data(const Shape& shape) {
  Tensor data(shape);
  Random random(3);
  for (float& value : data.data<float>()) value = random.uniform(-1, 1);
  return data;
}

// A layer in which the user has forgotten to list a layer.
struct ForgetfulConfig {
  std::string name = {};
  void fields(FieldVisitor&) {}
};
class ForgetfulImpl final : public ConfiguredLayer<ForgetfulConfig, CompositeLayer> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Forgetful"; }
  SymbolicTensors call(const SymbolicTensors& inputs) const override { return dense_(inputs[0]); }

 private:
  Dense dense_{{.units = 3, .name = "lost"}};
};

// Tokens to vectors, whose mask goes on behind it.
struct WordsConfig {
  int64_t units = 4;
  std::string name = {};
  void fields(FieldVisitor& field) { field("units", units); }
};
class WordsImpl final : public ConfiguredLayer<WordsConfig, CompositeLayer> {
 public:
  explicit WordsImpl(WordsConfig given)
      : ConfiguredLayer(std::move(given)),
        table_({.input_dim = 9, .output_dim = config.units, .mask_zero = true}),
        dense_({.units = config.units}) {}
  std::string class_name() const override { return "Words"; }
  std::vector<InnerLayer> inner_layers() const override { return {{"table", table_}, {"dense", dense_}}; }
  SymbolicTensors call(const SymbolicTensors& inputs) const override { return dense_(table_(inputs[0])); }

 private:
  Embedding table_;
  Dense dense_;
};

// A layer of layers that are of the user's own too.
class NestedImpl final : public ConfiguredLayer<WordsConfig, CompositeLayer> {
 public:
  explicit NestedImpl(WordsConfig given)
      : ConfiguredLayer(std::move(given)),
        words_(make_layer<WordsImpl>(WordsConfig{.units = config.units}, source_location::current())),
        block_({.units = config.units}) {}
  std::string class_name() const override { return "Nested"; }
  std::vector<InnerLayer> inner_layers() const override { return {{"words", words_}, {"block", block_}}; }
  SymbolicTensors call(const SymbolicTensors& inputs) const override { return block_(words_(inputs[0])); }

 private:
  Layer words_;
  KnownBlock block_;
};

// A layer that emits what another one does, with a weight of its own.
struct GatedConfig {
  int64_t units = 3;
  std::string name = {};
  void fields(FieldVisitor& field) { field("units", units); }
};
class GatedImpl final : public ConfiguredLayer<GatedConfig> {
 public:
  explicit GatedImpl(GatedConfig given) : ConfiguredLayer(std::move(given)), dense_({.units = config.units}) {}
  std::string class_name() const override { return "Gated"; }
  std::vector<InnerLayer> inner_layers() const override { return {{"dense", dense_}}; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return dense_.impl().infer(inputs); }
  void build(std::span<const Shape> inputs) override {
    build_inner(dense_, {inputs.begin(), inputs.end()});
    gate_ = add_weight("gate", {config.units}, "ones");
  }
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const ops::Value y = dense_.impl().emit(b, inputs, arguments)[0];
    return {b.mul(y, b.reshape(b.variable(gate_), {1, config.units}))};
  }

 private:
  Dense dense_;
  Variable gate_;
};

template <class Impl, class Config>
Layer layer_of(Config config) {
  return Layer(make_layer<Impl>(std::move(config), source_location::current()));
}

void check_copies(const Model& model, const Tensor& data) {
  const Tensor expected = model.predict(data);
  CHECK(bit_equal(clone(model, Weights::copy).predict(data), expected));
  CHECK(bit_equal(clone(model, Weights::share).predict(data), expected));
  CHECK(clone(model, Weights::fresh).count_params() == model.count_params());
  const TemporaryFolder folder;
  model.save(folder / "model");
  const Model loaded = load_model(folder / "model");
  CHECK(bit_equal(loaded.predict(data), expected));
  CHECK(loaded.to_json() == model.to_json());
}

}  // namespace

TEST_CASE("custom classes: files that Keras has written with the same classes give Keras's outputs") {
  register_custom_layers();
  for (const char* file : {"model.keras", "model.h5"}) {
    CAPTURE(file);
    const Model model = load_model(fixture_path("custom/known") / file);
    CHECK(unknown_layers(model.graph()).count == 0);
    CHECK(model.at("block").class_name() == "KnownBlock");
    CHECK(largest_difference(model.predict(array("custom/known", "input.npy")), array("custom/known", "output.npy")) <
          1e-5);
  }
}

TEST_CASE("custom classes: a model is copied, cut, saved and loaded with them") {
  const Model model = small_model();
  const Tensor data = some_data({3, 4, 5}), expected = model.predict(data);
  check_copies(model, data);
  const auto [front, back] = cut(model, "block");
  CHECK(bit_equal(back.predict(front.predict(data)), expected));
  const SymbolicTensor x = Input({.shape = {4, 5}});
  CHECK(bit_equal(flatten(Model(x, model(x))).predict(data), expected));
  CHECK(with_input_shape(model, {7, 5}).output().shape() == Shape{Shape::none, 7, 2});
  CHECK(model.at("block").count_params() == 6 * 12 + 12 + 12 * 6 + 6 + 2 * (6 * 6 + 6) + 12);
  std::vector<std::string> names;
  for (const auto& [name, variable] : model.named_weights()) names.push_back(name);
  CHECK(std::ranges::find(names, "block/z/kernel") != names.end());
  CHECK(std::ranges::find(names, "scale/w") != names.end());
}

TEST_CASE("custom classes: layers inside train, and are frozen with the layer around them") {
  const Model model = small_model();
  const Tensor x = some_data({16, 4, 5}), y = some_data({16, 4, 2});
  model.compile({.optimizer = Adam({.learning_rate = 0.01f}), .loss = "mse"});
  const std::vector<Tensor> before = model.at("block").get_weights();
  const float first = model.train_on_batch(x, y)["loss"];
  float last = first;
  for (int i = 0; i < 30; ++i) last = model.train_on_batch(x, y)["loss"];
  CHECK(last < 0.8f * first);
  const std::vector<Tensor> after = model.at("block").get_weights();
  for (size_t i = 0; i < after.size(); ++i) CHECK_FALSE(bit_equal(before[i], after[i]));
  model.at("block").set_trainable(false);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.train_on_batch(x, y);
  const std::vector<Tensor> frozen = model.at("block").get_weights();
  for (size_t i = 0; i < after.size(); ++i) CHECK(bit_equal(frozen[i], after[i]));
}

TEST_CASE("custom classes: masks from inside go on behind the layer") {
  register_layer_class(layer_class<WordsImpl>("Words"));
  const SymbolicTensor tokens = Input({.shape = {Shape::none}, .dtype = DType::s32});
  const SymbolicTensor words = layer_of<WordsImpl>(WordsConfig{.units = 4, .name = "words"})(tokens);
  CHECK(words.dtype() == DType::f32);
  CHECK(words.shape() == Shape{Shape::none, Shape::none, 4});
  const Model model(tokens, LSTM({.units = 3})(words));
  const Tensor padded = Tensor(Shape{1, 4}, std::vector<float>{3, 5, 0, 0}).cast(DType::s32);
  const Tensor plain = Tensor(Shape{1, 2}, std::vector<float>{3, 5}).cast(DType::s32);
  check_copies(model, padded);
  CHECK(largest_difference(model.predict(padded), model.predict(plain)) < 1e-6);
}

TEST_CASE("custom classes: layers of layers of the user's own") {
  register_layer_class(layer_class<NestedImpl>("Nested"));
  const SymbolicTensor tokens = Input({.shape = {3}, .dtype = DType::s32});
  const Model model(tokens, layer_of<NestedImpl>(WordsConfig{.units = 4, .name = "nested"})(tokens));
  CHECK(model.weights().size() == 1 + 2 + 10);
  check_copies(model, Tensor(Shape{2, 3}, std::vector<float>{3, 5, 1, 0, 2, 8}).cast(DType::s32));
}

TEST_CASE("custom classes: a layer by emit with a layer inside") {
  register_layer_class(layer_class<GatedImpl>("Gated"));
  const SymbolicTensor x = Input({.shape = {5}});
  const Model model(x, layer_of<GatedImpl>(GatedConfig{.units = 3, .name = "gated"})(x));
  CHECK(model.weights().size() == 3);
  check_copies(model, some_data({2, 5}));
  const auto [front, back] = cut(Model(x, Activation("relu")(model(x))), "functional");
  CHECK(front.count_params() == 18 + 3);
}

TEST_CASE("custom classes: mistakes are named") {
  const SymbolicTensor x = Input({.shape = {4, 5}});
  const std::string lost = error_text<GraphError>([&] { layer_of<ForgetfulImpl>(ForgetfulConfig{})(x); });
  CHECK(lost.find("call() uses Dense \"lost\", which inner_layers() does not list") != std::string::npos);

  const KnownBlock block({.units = 6, .name = "block"});
  CHECK_THROWS_AS(block(x), ShapeError);  // 5 + 6 channels do not add up
  CHECK(block.weights().empty());
  CHECK(block(Input({.shape = {4, 6}})).shape() == Shape{Shape::none, 4, 6});

  const SymbolicTensor y = Input({.shape = {3}});
  const Model unregistered(y, layer_of<GatedImpl>(GatedConfig{.units = 3})(y));
  CHECK(unregistered.count_params() == 15);
}

TEST_CASE("a class that is not registered is not copied silently") {
  struct NamelessImpl final : LayerImpl {
    std::string class_name() const override { return "Nameless"; }
    std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
    ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
      return {b.scale(inputs[0], 2)};
    }
  };
  const SymbolicTensor x = Input({.shape = {3}});
  const Model model(x, Layer(std::make_shared<NamelessImpl>())(x), {.name = "m"});
  CHECK(error_text<ConfigError>([&] { clone(model, Weights::copy); }) ==
        "[Model \"m\"] a copy needs the classes of its layers by name: Nameless \"nameless\".\n"
        "  Hint: first call\n    register_layer_class(layer_class<NamelessImpl>(\"Nameless\"));.");
}

}  // namespace graft::test
