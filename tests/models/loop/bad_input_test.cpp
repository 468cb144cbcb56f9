#include <doctest/doctest.h>

#include <limits>

#include "graft/graft.h"
#include "tests/support/error_text.h"

namespace graft::test {

namespace {

using Floats = std::vector<float>;

Model classifier() {
  const SymbolicTensor x = Input({.shape = {2}, .name = "points"});
  const Model model(x, Dense({.units = 3, .activation = "softmax", .name = "scores"})(x), {.name = "net"});
  model.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy"});
  return model;
}

const Tensor kX(Shape{4, 2}), kY(Shape{4}, std::vector<int32_t>{0, 1, 2, 0});

}  // namespace

TEST_CASE("training needs compile() first") {
  const SymbolicTensor x = Input({.shape = {2}});
  const Model model(x, Dense({.units = 1})(x), {.name = "net"});
  CHECK(error_text<ConfigError>([&] { model.fit(kX, kX); }) ==
        "[Model \"net\"] is not compiled for training.\n"
        "  Hint: call model.compile({.optimizer = \"adam\", .loss = \"mse\"}) first.");
  model.compile({.optimizer = "sgd"});
  CHECK(error_text<ConfigError>([&] { model.fit(kX, {}); }) ==
        "[Model \"net\" fit] there is no loss to train for: neither compile() nor add_loss() was given one.");
  model.set_trainable(false);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK(error_text<ConfigError>([&] { model.fit(kX, kX); }) ==
        "[Model \"net\" fit] no variable was trainable at compile(), so there is nothing to train.\n"
        "  Hint: call model.set_trainable(true), then compile() again.");
}

TEST_CASE("empty data sets are refused") {
  const Model model = classifier();
  CHECK(error_text<DataError>([&] { model.fit(Tensor(), kY); }) == "[Model \"net\" fit] x is an empty Tensor.");
  CHECK(error_text<DataError>([&] { model.fit(Tensor(Shape{0, 2}), Tensor(Shape{0})); }) ==
        "[Model \"net\" fit] x has no rows: (0, 2).");
  CHECK(error_text<DataError>([&] { model.predict(Tensor(Shape{0, 2})); }) ==
        "[Model \"net\" predict] x has no rows: (0, 2).");
}

TEST_CASE("training reports NaN and infinity with their input and row; predict passes them on") {
  const Model model = classifier();
  Floats values(8, 0);
  values[5] = std::numeric_limits<float>::quiet_NaN();
  const Tensor nan(Shape{4, 2}, values);
  CHECK(error_text<DataError>([&] { model.fit(nan, kY); }) ==
        "[Model \"net\" fit] Input \"points\" holds a NaN in row 2.");
  const Tensor predicted = model.predict(nan);  // as in Keras, it goes on to the outputs of its row
  for (int64_t row = 0; row < 4; ++row)
    CHECK(std::isnan(predicted.data<float>()[static_cast<size_t>(3 * row)]) == (row == 2));
  model.compile({.loss = "mse"});
  const Tensor infinite(Shape{4, 3}, Floats{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -std::numeric_limits<float>::infinity()});
  CHECK(error_text<DataError>([&] { model.evaluate(kX, infinite); }) ==
        "[Model \"net\" evaluate] y for output \"scores\" holds an infinity in row 3.");
}

TEST_CASE("rows that differ in number are refused") {
  const Model model = classifier();
  CHECK(error_text<DataError>([&] { model.fit(kX, kY.rows(0, 3)); }) ==
        "[Model \"net\" fit] y has 3 rows, but x has 4.");
  CHECK(error_text<DataError>([&] { model.fit(kX, kY.rows(0, 3), {.validation_split = 0.5}); }) ==
        "[Model \"net\" fit] y has 3 rows, but x has 4.");
  const SymbolicTensor a = Input({.shape = {2}}), b = Input({.shape = {2}});
  const Model two(SymbolicTensors{a, b}, a + b, {.name = "two"});
  CHECK(error_text<DataError>([&] { two.predict({kX, kX.rows(0, 2)}); }) ==
        "[Model \"two\" predict] x[1] has 2 rows, but x[0] has 4.");
}

TEST_CASE("wrong shapes name the input and both shapes") {
  const Model model = classifier();
  CHECK(error_text<ShapeError>([&] { model.predict(Tensor(Shape{4, 5})); }) ==
        "[Model \"net\" predict] Input \"points\" takes (None, 2); received x of shape (4, 5).");
  CHECK(error_text<ShapeError>([&] { model.predict({kX, kX}); }) ==
        "[Model \"net\" predict] x must have 1 tensor (Input \"points\" (None, 2)); received 2.");
  CHECK(error_text<ShapeError>([&] { model.train_on_batch(kX, Tensor(Shape{4, 2})); }) ==
        "[Model \"net\" train_on_batch] y must hold one class number for each (None, 3) of output \"scores\", (None,), "
        "for "
        "sparse_categorical_crossentropy; received (4, 2).");
  CHECK(error_text<ShapeError>([&] { model.train_on_batch(kX, Tensor(Shape{4, 3})); }) ==
        "[Model \"net\" train_on_batch] y must hold one class number for each (None, 3) of output \"scores\", (None,), "
        "for "
        "sparse_categorical_crossentropy; received (4, 3).\n"
        "  Hint: categorical_crossentropy takes one-hot targets.");
  CHECK(error_text<ShapeError>([&] { model.fit(kX, {}); }) ==
        "[Model \"net\" fit] y must have 1 tensor, for scores; received 0.");
  model.compile({.loss = "categorical_crossentropy"});
  CHECK(error_text<ShapeError>([&] { model.fit(kX, kY); }) ==
        "[Model \"net\" fit] y must have the shape of output \"scores\", (None, 3), for categorical_crossentropy; "
        "received "
        "(4,).\n  Hint: sparse_categorical_crossentropy takes class numbers.");
  CHECK(error_text<ShapeError>([&] { model.fit(kX, Tensor(Shape{4, 3}), {.sample_weight = Tensor(Shape{3})}); }) ==
        "[Model \"net\" fit] sample_weight takes (4,); received a tensor of shape (3,).");
}

TEST_CASE("a class number out of range is reported with its row") {
  const Model model = classifier();
  CHECK(error_text<DataError>([&] { model.fit(kX, Tensor(Shape{4}, std::vector<int32_t>{0, 1, 3, 0})); }) ==
        "[Model \"net\" fit] y holds 3 in row 2; a class number must be one of 0 ... 2.");
  CHECK(error_text<DataError>([&] { model.fit(kX, Tensor(Shape{4, 1}, Floats{0, .5f, 1, 0})); }) ==
        "[Model \"net\" fit] y holds 0.5 in row 1; a class number must be one of 0 ... 2.");
}

TEST_CASE("settings of fit out of range are refused") {
  const Model model = classifier();
  CHECK(error_text<ConfigError>([&] { model.fit(kX, kY, {.batch_size = 0}); }) ==
        "[Model \"net\" fit] batch_size must be at least 1; received 0.");
  CHECK(error_text<ConfigError>([&] { model.fit(kX, kY, {.verbose = 3}); }) ==
        "[Model \"net\" fit] verbose must be 0, 1 or 2; received 3.");
  CHECK(error_text<ConfigError>([&] { model.fit(kX, kY, {.validation_split = 1}); }) ==
        "[Model \"net\" fit] validation_split must be in [0, 1); received 1.");
  CHECK(error_text<ConfigError>([&] { model.fit(kX, kY, {.validation_split = 0.9}); }) ==
        "[Model \"net\" fit] validation_split 0.9 of 4 rows leaves no rows for training.");
  CHECK(error_text<ConfigError>([&] { model.predict(kX, {.batch_size = -1}); }) ==
        "[Model \"net\" predict] batch_size must be at least 1; received -1.");
  CHECK(error_text<ConfigError>([&] {
          model.fit(kX, kY, {.class_weight = {{0, 1}}, .sample_weight = Tensor(Shape{4})});
        }) == "[Model \"net\" fit] only one of class_weight and sample_weight may be set.");
}

TEST_CASE("losses, weights and metrics must fit the outputs") {
  const SymbolicTensor x = Input({.shape = {2}});
  const SymbolicTensor a = Dense({.units = 1, .name = "a"})(x), b = Dense({.units = 1, .name = "b"})(x);
  const Model model(x, SymbolicTensors{a, b}, {.name = "two"});
  CHECK(error_text<ConfigError>([&] { model.compile({.loss = {"mse", "mse", "mse"}}); }) ==
        "[Model \"two\"] loss must hold one loss, or one for each of the 2 outputs; received 3.");
  CHECK(error_text<ConfigError>([&] { model.compile({.loss = "mse", .loss_weights = {1}}); }) ==
        "[Model \"two\"] loss_weights must hold one weight for each of the 2 outputs; received 1.");
  CHECK(error_text<ConfigError>([&] { model.compile({.loss = "mse", .metrics = {"mae"}}); }) ==
        "[Model \"two\"] metrics must hold one metric for each of the 2 outputs; received 1.\n"
        "  Hint: .metrics_of = {{\"a\", {\"mae\", \"mse\"}}} assigns several metrics to one output.");
  CHECK(error_text<ConfigError>([&] { model.compile({.loss = "mse", .metrics_of = {{"c", {"mae"}}}}); }) ==
        "[Model \"two\"] metrics_of names \"c\", which is no output; the outputs are a, b.");
}

TEST_CASE("a batch larger than memory is refused before it is allocated") {
  const SymbolicTensor x = Input({.shape = {1024}});
  const Model model(x, Dense({.units = 1024})(x), {.name = "wide"});
  const std::string text = error_text<BackendError>([&] { compile(model, {.batch = int64_t{1} << 34}); });
  CAPTURE(text);
  CHECK(text.starts_with("[Model \"wide\"] a batch of 17179869184 needs "));
  CHECK(text.find(" GiB of memory; ") != std::string::npos);
  CHECK(text.find("Hint: a batch of ") != std::string::npos);
}

TEST_CASE("compile for running refuses a batch size of 0 and unknown dimensions") {
  const SymbolicTensor x = Input({.shape = {Shape::none, 8, 1}, .name = "image"});
  const Model model(x, Activation("relu")(x), {.name = "net"});
  CHECK(error_text<ConfigError>([&] { compile(model, {.batch = 0}); }) ==
        "[Model \"net\"] batch must be at least 1; received 0.");
  CHECK(error_text<ShapeError>([&] { compile(model, {.batch = 2}); }) ==
        "[Model \"net\"] Input \"image\" must have a known shape to be compiled without data; received (None, None, 8, "
        "1).\n  Hint: with_input_shape fixes that of an input; predict and fit compile for the shapes of their data.");
  CHECK(model.predict(Tensor(Shape{2, 5, 8, 1})).front().shape() == Shape{2, 5, 8, 1});
}

TEST_CASE("a trainer refuses an empty update list, and a loss that depends on none of its variables") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "points"});
  const Dense used({.units = 1}), other({.units = 1});
  const SymbolicTensor loss = mean(square(used(x)));
  other(x);
  const std::string none = error_text<ConfigError>([&] { Trainer({.inputs = x, .loss = loss, .update = {}}); });
  CHECK(
      none.starts_with("[Trainer] update must hold at least one variable; received an empty list.\n  Trainer made at "
                       "bad_input_test.cpp:"));
  Trainer stray({.inputs = x, .loss = loss, .update = other.weights()});
  CHECK(error_text<GraphError>([&] { stray.step(kX); }) ==
        "[Trainer] the loss does not depend on any variable to update (kernel, bias).");
  Trainer fine({.inputs = x, .loss = loss, .update = used.weights()});
  CHECK(error_text<ShapeError>([&] { fine.step({kX, kX}); }) ==
        "[Trainer] the batch must have 1 tensor (Input \"points\" (None, 2)); received 2.");
  CHECK(error_text<GraphError>([&] {
          Trainer({.inputs = Input({.shape = {2}}), .loss = loss, .update = used.weights()});
        }).find("needs Input \"points\"") != std::string::npos);
}

TEST_CASE("add_loss needs a value computed from this model's tensors") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"}), stranger = Input({.shape = {2}, .name = "stranger"});
  const Model model(x, Dense({.units = 2, .name = "a"})(x), {.name = "net"});
  const std::string text = error_text<GraphError>([&] { model.add_loss(mean(stranger)); });
  CHECK(text.starts_with("[Model \"net\" add_loss] the model is disconnected"));
  CHECK(text.find("Input \"stranger\"") != std::string::npos);
}

TEST_CASE("logs list their names in the error for an unknown one") {
  Logs logs;
  logs.set("loss", 1);
  logs.set("mae", 2);
  CHECK(logs["mae"] == 2);
  CHECK(error_text<DataError>([&] { logs["acc"]; }) == "there is no \"acc\"; known are loss, mae.");
}

}  // namespace graft::test
