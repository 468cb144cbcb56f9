#include <set>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace graft::test;

static Tensor random_tensor(const Shape& shape, uint64_t seed) {
  Random random(seed);
  Tensor tensor(shape);
  for (float& value : tensor.data<float>()) value = random.uniform(-1, 1);
  return tensor;
}

// Statistics and biases get values that a mix-up would show.
static void scramble(const Model& model) {
  uint64_t seed = 100;
  for (const auto& [path, variable] : model.named_weights()) {
    Tensor value = random_tensor(variable.shape(), ++seed);
    if (path.ends_with("variance"))
      for (float& x : value.data<float>()) x = x * x + 0.5f;
    Variable(variable).assign(value);
  }
}

static std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  for (const auto& [path, variable] : model.named_weights()) names.push_back(path);
  for (const GraphLayer& layer : model.layers()) names.push_back(layer.name());
  return names;
}

static void check_same(const Model& loaded, const Model& saved) {
  CHECK(names_of(loaded) == names_of(saved));
  CHECK(loaded.count_params() == saved.count_params());
  const auto a = loaded.named_weights(), b = saved.named_weights();
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    INFO(b[i].first);
    CHECK(bit_equal(a[i].second.value(), b[i].second.value()));
  }
  Tensors inputs;
  for (const SymbolicTensor& input : saved.inputs()) inputs.push_back(random_tensor(input.shape().with_batch(3), 7));
  const Tensors x = loaded.predict(inputs), y = saved.predict(inputs);
  REQUIRE(x.size() == y.size());
  for (size_t i = 0; i < x.size(); ++i) CHECK(bit_equal(x[i], y[i]));
  CHECK(loaded.to_json() == saved.to_json());
}

static void check_round_trip(const Model& model) {
  scramble(model);
  TemporaryFolder folder;
  model.save(folder / "saved");
  check_same(load_model(folder / "saved"), model);
  check_same(load_model(folder / "saved" / "model.json"), model);
  const Model fresh = model_from_json(model.to_json());
  CHECK(names_of(fresh) == names_of(model));
  model.save_weights(folder / "weights.safetensors");
  fresh.load_weights(folder / "weights.safetensors");
  check_same(fresh, model);
  model_from_json(model.to_json(2)).load_weights(folder / "saved");
}

static Model small_encoder() {
  auto image = Input({.shape = {8, 8, 3}});
  auto x = Conv2D({.filters = 4, .kernel_size = {3, 3}, .strides = {2, 2}, .padding = "same"})(image);
  x = BatchNormalization()(x);
  x = LeakyReLU({.negative_slope = 0.2f})(x);
  x = GlobalAveragePooling2D()(x);
  return Model(image, x, {.name = "encoder"});
}

static Model small_decoder() {
  auto code = Input({.shape = {4}});
  auto x = Dense({.units = 32})(code);
  x = Reshape({.target_shape = {4, 4, 2}})(x);
  x = BatchNormalization()(x);
  x = Conv2DTranspose({.filters = 3, .kernel_size = {3, 3}, .strides = {2, 2}, .padding = "same"})(x);
  x = Activation("tanh")(x);
  return Model(code, x, {.name = "decoder"});
}

TEST_CASE("a flat model comes back bit for bit, with its names") {
  check_round_trip(small_encoder());
  check_round_trip(small_decoder());
}

TEST_CASE("nested models come back nested, with their own names") {
  const Model encoder = small_encoder(), decoder = small_decoder();
  auto input = Input({.shape = {8, 8, 3}});
  const Model nested(input, decoder(encoder(input)), {.name = "autoencoder"});
  check_round_trip(nested);
  const Model again = model_from_json(nested.to_json());
  CHECK(again.at("encoder/batch_normalization").class_name() == "BatchNormalization");
  CHECK(again.at("decoder/batch_normalization").class_name() == "BatchNormalization");
  CHECK(again.name() == "autoencoder");
}

TEST_CASE("a Sequential comes back as a Sequential, also inside another model") {
  const Sequential stack({Input({.shape = {6}}), Dense({.units = 4, .activation = "relu"}), Dense({.units = 2})},
                         {.name = "stack"});
  check_round_trip(stack);
  CHECK(model_from_json(stack.to_json()).class_name() == "Sequential");
  auto input = Input({.shape = {6}});
  check_round_trip(Model(input, stack(input)));
}

TEST_CASE("several inputs, outputs and calls of one layer keep their order") {
  auto a = Input({.shape = {5}, .name = "a"}), b = Input({.shape = {5}, .name = "b"});
  const Dense shared({.units = 5, .name = "shared"});
  auto deep = shared(Dense({.units = 5})(Dense({.units = 5})(a)));  // recorded first, deeper than the next call
  auto near = shared(b);
  auto twice = shared(shared(near));
  check_round_trip(Model({a, b}, {Subtract()({deep, near}), twice, Concatenate()({near, deep, twice})}));
}

TEST_CASE("a layer that two nested models share is one layer after loading") {
  const Dense shared({.units = 3, .name = "shared"});
  auto p = Input({.shape = {3}});
  const Model left(p, Activation("relu")(shared(p)), {.name = "left"});
  auto q = Input({.shape = {3}});
  const Model right(q, shared(Dense({.units = 3})(q)), {.name = "right"});
  auto x = Input({.shape = {3}});
  const Model both(x, Add()({left(x), right(x), shared(x)}));
  check_round_trip(both);
  const Model again = model_from_json(both.to_json());
  CHECK(again.at("left/shared") == again.at("right/shared"));
  CHECK(again.at("left/shared") == again.at("shared"));
  CHECK(again.count_params() == both.count_params());
}

TEST_CASE("a nested model that is called twice, and one inside two others, stay one") {
  auto p = Input({.shape = {4}});
  const Model inner(p, Dense({.units = 4})(p), {.name = "inner"});
  auto q = Input({.shape = {4}});
  const Model outer(q, inner(Dense({.units = 4})(inner(q))), {.name = "outer"});
  auto x = Input({.shape = {4}});
  const Model model(x, Add()({outer(x), inner(x)}));
  check_round_trip(model);
  const Model again = model_from_json(model.to_json());
  CHECK(again.at("inner") == again.at("outer").nodes()[0]->layer().impl().sublayers().at(1));
}

TEST_CASE("call arguments and frozen layers are kept") {
  auto x = Input({.shape = {3}});
  const BatchNormalization norm({.name = "norm"});
  const Dense frozen({.units = 3, .name = "frozen"});
  frozen.set_trainable(false);
  const Model model(x, frozen(norm(x, CallArguments{.training = true})));
  const Model again = model_from_json(model.to_json());
  CHECK(again.at("norm").nodes()[0]->arguments().training == true);
  CHECK_FALSE(again.at("frozen").trainable());
  CHECK(again.at("norm").trainable());
}

TEST_CASE("automatic names stay automatic, so that loaded models can be grafted again") {
  const Model encoder = model_from_json(small_encoder().to_json()),
              decoder = model_from_json(small_decoder().to_json());
  const Model joined = splice(encoder, decoder);
  CHECK(joined.layers().at("batch_normalization_1").class_name() == "BatchNormalization");
}

TEST_CASE("saving over a saved model replaces it whole, and nothing else is touched") {
  TemporaryFolder folder;
  small_encoder().save(folder / "model");
  write_file(folder / "model" / "group9-shard1of1.bin", "stale");
  const Model decoder = small_decoder();
  decoder.save(folder / "model");
  check_same(load_model(folder / "model"), decoder);
  CHECK_FALSE(std::filesystem::exists(folder / "model" / "group9-shard1of1.bin"));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);  // no temporary is left

  write_file(folder / "model" / "notes.txt", "keep me");
  const std::string path = (folder / "model").string();
  CHECK(error_text<ConfigError>([&] { decoder.save(path); }) ==
        cat("saving to ", path, " would delete notes.txt, which is not part of a saved model.\n",
            "  Hint: save the model to a folder of its own."));
  CHECK(std::filesystem::exists(folder / "model" / "notes.txt"));
}

TEST_CASE("a chain of 20,000 layers is written and read in one go") {
  auto input = Input({.shape = {1}});
  SymbolicTensor x = input;
  for (int i = 0; i < 20000; ++i) x = Activation("linear")(x);
  const Model again = model_from_json(Model(input, x).to_json());
  CHECK(again.layers().size() == 20001);
}

TEST_CASE("a model inside a wrapper is saved and loaded with it, each weight under a name of its own") {
  const auto image = Input({.shape = {4, 4, 1}});
  const Model tower(image, Flatten()(Conv2D({.filters = 2, .kernel_size = 3})(image)), {.name = "tower"});
  const auto video = Input({.shape = {3, 4, 4, 1}});
  const SymbolicTensor steps =
      Bidirectional(LSTM({.units = 2, .return_sequences = true}))(TimeDistributed(tower)(video));
  const Model model(video,
                    RNN({.cell = StackedRNNCells({.cells = {LSTMCell({.units = 2}), LSTMCell({.units = 3})}})})(steps));
  const Tensor frames = random_tensor({2, 3, 4, 4, 1}, 5);
  const Tensor expected = model.predict(frames);
  std::set<std::string> names;
  for (const auto& [name, variable] : model.named_weights()) CHECK_MESSAGE(names.insert(name).second, name);
  CHECK(names.size() == model.weights().size());
  const TemporaryFolder folder;
  model.save(folder / "video");
  CHECK(bit_equal(load_model(folder / "video").predict(frames), expected));
  CHECK(bit_equal(clone(model, Weights::copy).predict(frames), expected));
  model.save_weights(folder / "w.safetensors");
  const Model fresh = clone(model, Weights::fresh);
  fresh.load_weights(folder / "w.safetensors");
  CHECK(bit_equal(fresh.predict(frames), expected));
}
