#include <doctest/doctest.h>

#include <cmath>
#include <iostream>
#include <sstream>
#include <thread>

#include "graft/graft.h"
#include "tests/support/captured_errors.h"
#include "tests/support/error_text.h"

// What moves, what is counted, and what repeats itself.

namespace graft::test {

namespace {

using Floats = std::vector<float>;

Tensor noise(Shape shape, uint64_t seed = 1) {
  Random random(seed);
  Floats values(static_cast<size_t>(shape.elements()));
  for (float& value : values) value = random.normal();
  return Tensor(std::move(shape), std::move(values));
}

Model dense_model(int64_t inputs, int64_t outputs) {
  const SymbolicTensor x = Input({.shape = {inputs}});
  return Model(x, Dense({.units = outputs})(Dense({.units = 4, .activation = "tanh"})(x)));
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (!bit_equal(a[i], b[i])) return false;
  return a.size() == b.size();
}

}  // namespace

TEST_CASE("an epoch of batches with a smaller last one sees every row once and weighs batches by rows") {
  const Model model = dense_model(3, 2);
  const Tensor x = noise({10, 3}), y = noise({10, 2}, 2);
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse", .metrics = {"mae"}});
  const History h = model.fit(x, y, {.batch_size = 4, .epochs = 1, .verbose = 0});
  const Logs all = model.evaluate(x, y, {.batch_size = 10}), parts = model.evaluate(x, y, {.batch_size = 4});
  CHECK(h.history["loss"][0] == doctest::Approx(all["loss"]).epsilon(1e-5));
  CHECK(h.history["mae"][0] == doctest::Approx(all["mae"]).epsilon(1e-5));
  CHECK(parts["loss"] == doctest::Approx(all["loss"]).epsilon(1e-5));
  CHECK(model.optimizer().iterations() == 3);
}

TEST_CASE("a seeded fit repeats itself bit for bit, another seed does not") {
  const auto run = [](uint64_t seed) {
    set_random_seed(seed);
    const SymbolicTensor x = Input({.shape = {3}});
    const Model model(x, Dense({.units = 2})(Dropout({.rate = 0.5})(Dense({.units = 8})(x))));
    model.compile({.optimizer = "adam", .loss = "mse"});
    const History h = model.fit(noise({20, 3}), noise({20, 2}, 2), {.batch_size = 8, .epochs = 3, .verbose = 0});
    std::vector<Tensor> weights = model.get_weights();
    weights.push_back(Tensor(Shape{3}, h.history["loss"]));
    return weights;
  };
  const auto first = run(7);
  CHECK(same(first, run(7)));
  CHECK_FALSE(same(first, run(8)));
}

TEST_CASE("a frozen batch normalisation runs on its moving statistics and keeps them") {
  const SymbolicTensor x = Input({.shape = {3}});
  const Layer norm = BatchNormalization();
  const Model model(x, Dense({.units = 1})(norm(x)));
  const Tensor data = noise({16, 3}), y = noise({16, 1}, 2);
  norm.set_trainable(false);
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  const std::vector<Tensor> before = norm.get_weights();
  const float trained = model.train_on_batch(data, y)["loss"];
  CHECK(same(norm.get_weights(), before));
  CHECK(trained == doctest::Approx(model.test_on_batch(data, y)["loss"]).epsilon(1e-6));  // inference mode
  norm.set_trainable(true);
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  model.train_on_batch(data, y);
  const std::vector<Tensor> after = norm.get_weights();
  CHECK(bit_equal(after[0], before[0]));
  CHECK_FALSE(bit_equal(after[2], before[2]));
  double mean = 0;
  for (int64_t row = 0; row < 16; ++row) mean += data.data<float>()[static_cast<size_t>(row * 3)] / 16;
  CHECK(after[2].data<float>()[0] == doctest::Approx(0.01 * mean).epsilon(1e-4));
}

TEST_CASE("a trainer leaves the statistics of layers alone that it does not update, whatever their flags") {
  const SymbolicTensor x = Input({.shape = {3}});
  const Layer norm = BatchNormalization();
  const Dense head({.units = 1});
  const SymbolicTensor y = head(norm(x));
  Trainer head_only({.inputs = x, .loss = mean(square(y)), .update = head.trainable_variables(), .optimizer = "sgd"});
  Trainer norm_only({.inputs = x, .loss = mean(square(y)), .update = norm.trainable_variables(), .optimizer = "sgd"});
  const std::vector<Tensor> norm_before = norm.get_weights(), head_before = head.get_weights();
  head_only.step(noise({8, 3}));
  CHECK(same(norm.get_weights(), norm_before));
  CHECK_FALSE(same(head.get_weights(), head_before));
  const std::vector<Tensor> head_after = head.get_weights();
  norm.set_trainable(false);
  norm_only.step(noise({8, 3}));
  CHECK(same(head.get_weights(), head_after));
  const std::vector<Tensor> norm_after = norm.get_weights();
  for (const size_t i : {0, 1, 2, 3}) CHECK_FALSE(bit_equal(norm_after[i], norm_before[i]));
}

TEST_CASE("compile fixes what is trainable: flags flipped afterwards do not count until it is compiled again") {
  const SymbolicTensor x = Input({.shape = {3}});
  const Dense inner({.units = 4}), outer({.units = 1});
  const Model model(x, outer(inner(x)));
  model.compile({.optimizer = "sgd", .loss = "mse"});
  inner.set_trainable(false);
  const std::vector<Tensor> before = inner.get_weights();
  model.train_on_batch(noise({8, 3}), noise({8, 1}, 2));
  CHECK_FALSE(same(inner.get_weights(), before));
  const std::vector<Tensor> frozen = inner.get_weights();
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.train_on_batch(noise({8, 3}), noise({8, 1}, 2));
  CHECK(same(inner.get_weights(), frozen));
}

TEST_CASE("the order of weights is that of layers and creation, whatever is frozen") {
  const SymbolicTensor x = Input({.shape = {3}});
  const Dense first({.units = 2, .name = "first"}), last({.units = 1, .name = "last"});
  const Model model(x, last(BatchNormalization({.name = "norm"})(first(x))));
  const auto paths = [&] {
    std::string text;
    for (const auto& [path, variable] : model.named_weights()) text += path + " ";
    return text;
  };
  const std::string order =
      "first/kernel first/bias norm/gamma norm/beta norm/moving_mean norm/moving_variance last/kernel last/bias ";
  CHECK(paths() == order);
  first.set_trainable(false);
  CHECK(paths() == order);
  CHECK(model.trainable_variables().size() == 4);
  CHECK(model.non_trainable_variables().size() == 4);
  CHECK(model.get_weights()[0].shape() == Shape{3, 2});
}

TEST_CASE("a penalty is counted once for a shared layer, and not at all for a frozen one") {
  const SymbolicTensor x = Input({.shape = {2}});
  const Dense shared({.units = 2, .use_bias = false, .kernel_regularizer = L1L2(0.5, 0.25)});
  const Dense head({.units = 1});
  const Model model(x, head(shared(shared(x))));
  shared.set_weights({Tensor(Shape{2, 2}, Floats{1, -2, 0, 2})});
  const Tensor zeros(Shape{4, 2}), y(Shape{4, 1});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK(model.test_on_batch(zeros, y)["loss"] == doctest::Approx(0.5 * 5 + 0.25 * 9));
  CHECK(model.train_on_batch(zeros, y)["loss"] == doctest::Approx(0.5 * 5 + 0.25 * 9));
  shared.set_trainable(false);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK(model.test_on_batch(zeros, y)["loss"] == 0);
}

TEST_CASE("several outputs report their own losses, weighted in the sum") {
  const SymbolicTensor x = Input({.shape = {3}});
  const SymbolicTensor a = Dense({.units = 2, .name = "a"})(x), b = Dense({.units = 1, .name = "b"})(x);
  const Model model(x, SymbolicTensors{a, b});
  model.compile({.loss = {"mse", "mae"}, .loss_weights = {1, 0.5f}, .metrics_of = {{"b", {"mse"}}}});
  const Tensor data = noise({6, 3});
  const TensorList y{noise({6, 2}, 2), noise({6, 1}, 3)};
  const Logs logs = model.evaluate(data, y);
  CHECK(logs["loss"] == doctest::Approx(logs["a_loss"] + 0.5 * logs["b_loss"]));
  CHECK(logs.has("b_mse"));
  CHECK_FALSE(logs.has("a_mse"));
  const TensorList outs = model.predict(data);
  REQUIRE(outs.size() == 2);
  CHECK(outs[0].shape() == Shape{6, 2});
}

TEST_CASE("class weights are sample weights by class") {
  const SymbolicTensor x = Input({.shape = {2}});
  const Model model(x, Dense({.units = 3, .activation = "softmax"})(x));
  const Tensor data = noise({4, 2}), labels(Shape{4}, std::vector<int32_t>{0, 2, 1, 2});
  const std::vector<Tensor> start = model.get_weights();
  const auto trained = [&](const FitConfig& config) {
    model.set_weights(start);
    model.compile({.optimizer = SGD({.learning_rate = 0.5}), .loss = "sparse_categorical_crossentropy"});
    model.fit(data, labels, config);
    return model.get_weights();
  };
  const auto by_class = trained({.verbose = 0, .class_weight = {{2, 3.f}}});
  const auto by_row = trained({.verbose = 0, .sample_weight = Tensor(Shape{4}, Floats{1, 3, 1, 3})});
  const auto plain = trained({.verbose = 0});
  // The rows are shuffled, so sums differ in the last bit.
  CHECK(relative_difference(by_class[0], by_row[0]) < 1e-6);
  CHECK_FALSE(same(by_class, plain));
}

TEST_CASE("class weights do not weigh the rows that are split off for validation") {
  const SymbolicTensor x = Input({.shape = {2}});
  const Model model(x, Dense({.units = 3, .activation = "softmax"})(x));
  const Tensor data = noise({4, 2}), labels(Shape{4}, std::vector<int32_t>{0, 2, 1, 2});
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "sparse_categorical_crossentropy"});
  const float plain = model.evaluate(data.rows(2, 4), labels.rows(2, 4))["loss"];
  const History history = model.fit(data, labels, {.verbose = 0, .validation_split = 0.5, .class_weight = {{2, 3.f}}});
  CHECK(history.history["val_loss"][0] == plain);
}

TEST_CASE("weights of steps weigh the values of a row, and weighted metrics with them") {
  const SymbolicTensor x = Input({.shape = {3, 2}});
  const Model model(x, Dense({.units = 1})(x), {.name = "net"});
  const Tensor data = noise({2, 3, 2}), y = noise({2, 3, 1}, 2);
  model.compile({.loss = "mse", .metrics = {"mse", "mse"}, .weighted_metrics = {"mse", "mae", "mse"}});
  const Tensor weights(Shape{2, 3}, Floats{1, 0, 2, 0, 0, 1});
  const Logs logs = model.evaluate(data, y, {.batch_size = 1, .sample_weight = weights});
  const Tensor predicted = model.predict(data);
  double sum = 0, plain = 0;
  for (size_t i = 0; i < 6; ++i) {
    const double square = std::pow(predicted.data<float>()[i] - y.data<float>()[i], 2);
    sum += square * weights.data<float>()[i];
    plain += square;
  }
  CHECK(logs["loss"] == doctest::Approx(sum / 6));
  CHECK(logs["mse"] == doctest::Approx(plain / 6));
  CHECK(logs["mse_1"] == logs["mse"]);
  CHECK(logs["weighted_mse"] == doctest::Approx(sum / 4));
  CHECK(logs["weighted_mse_1"] == logs["weighted_mse"]);
  CHECK(logs.has("mae"));
  CHECK(error_text<ShapeError>([&] { model.evaluate(data, y, {.sample_weight = noise({2, 4})}); }) ==
        "[Model \"net\" evaluate] sample_weight must have one weight for each row, or broadcast to the values of the "
        "loss, (None, 3); received a tensor of shape (None, 4).");
}

TEST_CASE("a metric whose weights are all 0 is 0") {
  const Model model = dense_model(3, 1);
  model.compile({.loss = "mse", .weighted_metrics = {"mae"}});
  CHECK(model.evaluate(noise({4, 3}), noise({4, 1}), {.sample_weight = Tensor(Shape{4})})["mae"] == 0);
}

TEST_CASE("validation takes the last rows as they were given, or its own data") {
  const Model model = dense_model(3, 1);
  const Tensor x = noise({10, 3}), y = noise({10, 1}, 2);
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  const float last = model.evaluate(x.rows(7, 10), y.rows(7, 10))["loss"];
  const History split = model.fit(x, y, {.verbose = 0, .validation_split = 0.3});
  CHECK(split.history["val_loss"][0] == last);
  const History own = model.fit(
      x, y, {.epochs = 3, .verbose = 0, .validation_data = {x.rows(7, 10), y.rows(7, 10)}, .validation_freq = 2});
  CHECK(own.history["val_loss"] == Floats{last});
  CHECK(own.epoch.size() == 3);
}

TEST_CASE("whole numbers are taken as inputs and targets") {
  const Model model = dense_model(2, 1);
  const Tensor bytes(Shape{2, 2}, std::vector<uint8_t>{1, 2, 3, 4}), floats(Shape{2, 2}, Floats{1, 2, 3, 4});
  CHECK(bit_equal(model.predict(bytes), model.predict(floats)));
}

TEST_CASE("slots belong to variables: a trained subset that grows keeps its momentum") {
  const Model model = dense_model(3, 1);
  const Optimizer optimizer = SGD({.learning_rate = 0.1, .momentum = 0.9});
  const Variables all = model.trainable_variables();
  model.layers()[1].set_trainable(false);
  model.compile({.optimizer = optimizer, .loss = "mse"});
  model.train_on_batch(noise({8, 3}), noise({8, 1}, 2));
  CHECK(optimizer.slots(all[0]).empty());
  const Variable kernel = model.layers()[2].weights()[0];
  const Tensor momentum = optimizer.slots(kernel)[0].second.value();
  model.layers()[1].set_trainable(true);
  model.compile({.optimizer = optimizer, .loss = "mse"});
  CHECK(bit_equal(optimizer.slots(kernel)[0].second.value(), momentum));
  model.train_on_batch(noise({8, 3}), noise({8, 1}, 2));
  CHECK(optimizer.slots(all[0]).size() == 1);
}

TEST_CASE("convolutions trained on batches of other sizes go on from the same weights and slots") {
  const SymbolicTensor x = Input({.shape = {8, 8, 3}});
  SymbolicTensor y = Conv2D({.filters = 16, .kernel_size = 3, .padding = "same", .activation = "relu"})(x);
  y = Conv2D({.filters = 32, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "relu"})(y);
  const Model model(x, Dense({.units = 4})(GlobalAveragePooling2D()(y)));
  model.compile({.optimizer = "adam", .loss = "mse"});
  const Tensor images = noise({19, 8, 8, 3}), targets = noise({19, 4}, 2);
  const History h = model.fit(images, targets, {.batch_size = 8, .epochs = 15, .verbose = 0});
  CHECK(h.history["loss"].back() < h.history["loss"].front());
  const float tested = model.evaluate(images, targets)["loss"];
  CHECK(tested == doctest::Approx(model.evaluate(images, targets, {.batch_size = 1})["loss"]).epsilon(1e-4));
}

TEST_CASE("a training step is compiled for a report without data") {
  const Model model = dense_model(3, 2);
  model.compile({.optimizer = "adam", .loss = "mse"});
  const Executable step = compile(model, {.batch = 4, .training = true});
  CHECK(step.report().find("update") != std::string::npos);
  CHECK(step.ref_steps() == 0);
}

TEST_CASE("predict runs in several threads at once") {
  const Model model = dense_model(3, 2);
  const Tensor x = noise({64, 3});
  const Tensor expected = model.predict(x);
  std::vector<int> equal(4, 0);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < equal.size(); ++i)
    threads.emplace_back([&, i] {
      bool all = true;
      for (int k = 0; k < 20; ++k) all = all && bit_equal(model.predict(x), expected);
      equal[i] = all;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(equal == std::vector<int>{1, 1, 1, 1});
}

TEST_CASE("flags that changed after compile are reported in one line") {
  const SymbolicTensor x = Input({.shape = {3}});
  const Dense inner({.units = 4}), outer({.units = 1});
  const Model model(x, outer(inner(x)), {.name = "net"});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  inner.set_trainable(false);
  const CapturedErrors errors;
  model.fit(noise({8, 3}), noise({8, 1}, 2), {.verbose = 0});
  CHECK(errors.text() ==
        "graft: warning: Model \"net\": trainable flags have changed since compile(); the 4 variables that "
        "were trainable then are trained, not the 2 that are trainable now; call compile() again to change that\n");
}

TEST_CASE("variables that the loss does not depend on are reported once, and keep their values") {
  const SymbolicTensor x = Input({.shape = {3}});
  const Dense used({.units = 1}), other({.units = 1});
  const SymbolicTensor y = used(x);
  other(x);
  Variables both = used.weights();
  const Variables stray = other.weights();
  both.insert(both.end(), stray.begin(), stray.end());
  Trainer trainer({.inputs = x, .loss = mean(square(y)), .update = both, .optimizer = "sgd"});
  const std::vector<Tensor> before = other.get_weights();
  const CapturedErrors errors;
  trainer.step(noise({8, 3}));
  trainer.step(noise({4, 3}));
  CHECK(errors.text() ==
        "graft: warning: the loss does not depend on 2 of the variables to update (kernel, bias); these keep "
        "their values\n");
  CHECK(same(other.get_weights(), before));
}

TEST_CASE("add_loss and add_metric also join what is compiled already") {
  const SymbolicTensor x = Input({.shape = {3}});
  const SymbolicTensor y = Dense({.units = 2})(x);
  const Model model(x, y);
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor data = noise({8, 3}), target = noise({8, 2}, 2);
  const float plain = model.test_on_batch(data, target)["loss"];
  model.add_loss(mean(square(y)));
  model.add_metric(square(y), "energy");
  const Logs logs = model.test_on_batch(data, target);
  CHECK(logs["loss"] == doctest::Approx(plain + logs["energy"]));
}

TEST_CASE("a model whose batch is fixed takes whole batches alone") {
  const SymbolicTensor x = Input({.shape = {2}, .batch_size = 4, .name = "x"});
  const Model model(x, Dense({.units = 1})(x), {.name = "fixed"});
  CHECK(model.predict(noise({8, 2}), {.batch_size = 4}).front().shape() == Shape{8, 1});
  CHECK(error_text<ShapeError>([&] { model.predict(noise({6, 2}), {.batch_size = 4}); }) ==
        "[Model \"fixed\" predict] Input \"x\" is made for a batch of 4; received 2.");
}

TEST_CASE("outputs may be inputs, or the same tensor twice") {
  const SymbolicTensor x = Input({.shape = {2, 2, 1}}), unused = Input({.shape = {1}});
  const SymbolicTensor y = Activation("relu")(x);
  const Model model(SymbolicTensors{x, unused}, SymbolicTensors{y, x, y});
  const Tensor data = noise({3, 2, 2, 1});
  const TensorList outs = model.predict({data, noise({3, 1})});
  REQUIRE(outs.size() == 3);
  CHECK(bit_equal(outs[1], data));
  CHECK(bit_equal(outs[0], outs[2]));
}

}  // namespace graft::test
