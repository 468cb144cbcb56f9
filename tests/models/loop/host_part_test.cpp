#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/fixtures.h"
#include "tests/support/temporary_folder.h"

namespace graft::test {

namespace {

const Tensor kTexts(Shape{4, 1}, {"good film", "bad film", "very good", "very bad"});

Layer vectors() {
  return TextVectorization({.output_sequence_length = 3, .vocabulary = {"good", "bad", "film", "very"}});
}

// Texts to one of two labels, with layers on the host on both sides of the Program.
struct Reviews {
  SymbolicTensor text = Input({.shape = {1}, .dtype = DType::string, .name = "text"});
  SymbolicTensor scores = Dense({.units = 2, .activation = "softmax", .name = "scores"})(
      CategoryEncoding({.num_tokens = 6, .output_mode = "count"})(vectors()(text)));
  SymbolicTensor label =
      StringLookup({.num_oov_indices = 0, .vocabulary = {"praise", "blame"}, .invert = true})(argmax(scores));
};

}  // namespace

TEST_CASE("predict runs layers on the host before the Program and after it") {
  const Reviews net;
  const Model model(net.text, SymbolicTensors{net.scores, net.label});
  Tensor kernel(Shape{6, 2});
  kernel.data<float>()[2 * 2] = 1;      // "good" speaks for praise
  kernel.data<float>()[3 * 2 + 1] = 1;  // "bad" for blame
  model.set_weights({kernel, Tensor(Shape{2})});
  for (const int64_t batch_size : {1, 3, 32}) {
    const Tensors results = model.predict(kTexts, {.batch_size = batch_size});
    CHECK(results[0].shape() == Shape{4, 2});
    CHECK(bit_equal(results[1], Tensor(Shape{4}, {"praise", "blame", "praise", "blame"})));
  }
}

TEST_CASE("fit and evaluate look words up once, before the first step") {
  const Reviews net;
  const Model model(net.text, net.scores);
  model.compile({.optimizer = Adam({.learning_rate = 0.1f}), .loss = "sparse_categorical_crossentropy"});
  const Tensor labels(Shape{4}, std::vector<int64_t>{0, 1, 0, 1});
  const float before = model.evaluate(kTexts, labels)["loss"];
  model.fit(kTexts, labels, {.batch_size = 2, .epochs = 60, .verbose = 0});
  CHECK(model.evaluate(kTexts, labels)["loss"] < before / 2);
  CHECK(model.train_on_batch(kTexts, labels)["loss"] < before / 2);
}

TEST_CASE("a nested model with layers for the host is opened") {
  const SymbolicTensor text = Input({.shape = {1}, .dtype = "string"}),
                       inner = Input({.shape = {1}, .dtype = "string"});
  const Model words(inner, vectors()(inner), {.name = "words"});
  const Layer count = CategoryEncoding({.num_tokens = 6, .output_mode = "count"});
  const Model nested(text, count(words(text))), flat(text, count(vectors()(text)));
  CHECK(bit_equal(nested.predict(kTexts).front(), flat.predict(kTexts).front()));
}

TEST_CASE("an Executable is the compiled part alone") {
  const Reviews net;
  const Model model(net.text, net.label);
  const Executable executable = compile(model, {.batch = 2});
  Context context = executable.context();
  CHECK(context.input(0).shape() == Shape{2, 3});
  const SymbolicTensor x = Input({.shape = {1}, .dtype = DType::string});
  CHECK(error_text<GraphError>([&] { compile(Model(x, vectors()(x), {.name = "words"})); }) ==
        "[Model \"words\"] all of its layers are computed on the host, so there is no Program.");
}

TEST_CASE("a model with layers on the host is looked at and saved like any other") {
  const Reviews net;
  const Model model(net.text, SymbolicTensors{net.scores, net.label});
  CHECK(lint(model).empty());
  const TemporaryFolder folder;
  model.save(folder / "reviews");
  const Model read = load_model(folder / "reviews");
  const Tensors before = model.predict(kTexts), after = read.predict(kTexts);
  CHECK(bit_equal(after[0], before[0]));
  CHECK(bit_equal(after[1], before[1]));
}

TEST_CASE("strings do not reach layers that compute with numbers") {
  const SymbolicTensor x = Input({.shape = {2}, .dtype = DType::string, .name = "x"});
  const Model model(x, Dense({.units = 2, .name = "d"})(x), {.name = "net"});
  CHECK(error_text<GraphError>([&] {
          model.predict(Tensor(Shape{1, 2}, {"a", "b"}));
        }).starts_with("[Dense \"d\"] takes numbers; received strings from Input \"x\"."));
  const SymbolicTensor text = Input({.shape = {1}, .dtype = DType::string, .name = "text"});
  const Model words(text, vectors()(text), {.name = "words"});
  CHECK(error_text<DataError>([&] { words.predict(Tensor(Shape{1, 1})); }) ==
        "[Model \"words\" predict] Input \"text\" takes string; received float32.");
}

TEST_CASE("a loss of what the host computes last is refused") {
  const Reviews net;
  const Model model(net.text, net.label, {.name = "net"});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK(error_text<GraphError>([&] { model.fit(kTexts, Tensor(Shape{4})); }).find("is computed on the host") !=
        std::string::npos);
}

// -- types -----------------------------------------------------------------------------------------------------------

TEST_CASE("outputs have the types of their symbolic tensors") {
  const SymbolicTensor x = Input({.shape = {2}, .dtype = DType::s32}),
                       b = Input({.shape = {2}, .dtype = DType::boolean});
  const Model model({x, b},
                    SymbolicTensors{Reshape({.target_shape = {2, 1}})(x), Flatten()(b), Rescaling({.scale = 0.5})(x)});
  const Tensor data(Shape{2, 2}, std::vector<int32_t>{1, -2, 3, 1 << 24});
  const Tensor truth(Shape{2, 2}, std::vector<bool>{true, false, false, true});
  const Tensors results = model.predict({data, truth});
  CHECK(bit_equal(results[0].reshaped(data.shape()), data));
  CHECK(bit_equal(results[1], truth));
  CHECK(results[2].dtype() == DType::f32);
  CHECK(results[2].data<float>()[1] == -1.f);
}

TEST_CASE("an integer that float32 does not hold is refused by name and row") {
  const SymbolicTensor x = Input({.shape = {2}, .dtype = DType::s64, .name = "x"});
  const Model model(x, Rescaling({.scale = 2})(x), {.name = "net"});
  CHECK(error_text<DataError>([&] { model.predict(Tensor(Shape{2, 2}, std::vector<int64_t>{1, 2, 3, 16777217})); }) ==
        "[Model \"net\" predict] Input \"x\" holds 16777217 in row 1; networks compute in float32, where integers are "
        "exact up to 16777216.");
}

// -- results without a row for each sample ---------------------------------------------------------------------------

TEST_CASE("results that mix samples are those of the whole data as one batch") {
  const SymbolicTensor x = Input({.shape = {3}});
  const Model model(x, SymbolicTensors{mean(x), transpose(x, {1, 0}), x});
  Tensor data(Shape{40, 3});
  for (size_t i = 0; i < 120; ++i) data.data<float>()[i] = static_cast<float>(i);
  const Tensors results = model.predict(data, {.batch_size = 16});
  CHECK(results[0].shape() == Shape{});
  CHECK(results[0].item() == 59.5f);
  CHECK(results[1].shape() == Shape{3, 40});
  CHECK(results[1].data<float>()[40] == 1.f);
  CHECK(bit_equal(results[2], data));
}

TEST_CASE("rows padded to the longest text of all are those of one batch") {
  const SymbolicTensor text = Input({.shape = {1}, .dtype = DType::string});
  const Model model(text, TextVectorization({.vocabulary = {"a", "b"}})(text));
  const Tensor found = model.predict(Tensor(Shape{3, 1}, {"a", "b a b", ""}), {.batch_size = 1});
  CHECK(bit_equal(found, Tensor(Shape{3, 3}, std::vector<int64_t>{2, 0, 0, 3, 2, 3, 0, 0, 0})));
}

TEST_CASE("TimeDistributed applies layers on the host to every step, as Keras does") {
  const std::vector<std::string> words{"a", "b", "c", "zz", "b", "b"}, texts{"a b", "c a zz", "b"};
  for (const char* name : {"lookup", "hashing", "text"}) {
    CAPTURE(name);
    const std::filesystem::path folder = fixture_path(cat("custom/steps_", name));
    const Model model = load_model(folder / "model.keras");
    const Tensor x = std::string(name) == "text" ? Tensor(Shape{1, 3, 1}, texts) : Tensor(Shape{1, 3, 2}, words);
    const Tensor y = model.predict(x);
    CHECK(y.dtype() == DType::s64);
    CHECK(bit_equal(y.cast(DType::s32), Tensor::load_npy(folder / "output.npy")));
  }
}

TEST_CASE("TimeDistributed applies a model of which some layers are on the host") {
  const std::filesystem::path folder = fixture_path("custom/steps_model");
  const Model model = load_model(folder / "model.keras");
  const Tensor x(Shape{1, 3, 2}, std::vector<std::string>{"a", "b", "c", "zz", "b", "b"});
  const Tensor y = model.predict(x), expected = Tensor::load_npy(folder / "output.npy");
  REQUIRE(y.shape() == expected.shape());
  for (size_t i = 0; i < y.data<float>().size(); ++i)
    CHECK(y.data<float>()[i] == doctest::Approx(expected.data<float>()[i]));

  const SymbolicTensor text = Input({.shape = {2}, .dtype = "string"});
  const SymbolicTensor number = StringLookup({.vocabulary = {"a", "b"}})(text);
  const Model joined(text, Concatenate()({number, number}), {.name = "joined"});
  const SymbolicTensor steps = Input({.shape = {3, 2}, .dtype = "string"});
  const Model wrapped(steps, TimeDistributed({.layer = joined, .name = "each"})(steps));
  CHECK(error_text<GraphError>([&] { wrapped.predict(x); }).find("Concatenate takes 2 tensors") != std::string::npos);
}

TEST_CASE("TimeDistributed needs steps with a dimension, in Keras's words") {
  const SymbolicTensor words = Input({.shape = {3}, .dtype = "string"});
  CHECK(error_text<ShapeError>([&] { TimeDistributed(StringLookup({.vocabulary = {"a"}}))(words); })
            .find("`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: "
                  "(None, 3)") != std::string::npos);
}

}  // namespace graft::test
