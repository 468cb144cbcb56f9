#include <doctest/doctest.h>

#include <iostream>
#include <sstream>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/captured_errors.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tensor.h"
#include "tests/support/temporary_folder.h"

// The other rows of the list that keras_traps_joining_test.cpp begins: tensors inside models, layers that are called
// several times, and what trains.

namespace graft::test {

namespace {

bool contains(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  CHECK_MESSAGE(found, text);
  return found;
}

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (!bit_equal(a[i], b[i])) return false;
  return a.size() == b.size();
}

Tensor data(uint64_t seed = 1) { return random_tensor({8, 2}, seed); }

// A pretrained net in a wrapper, as an application ships it.
struct Wrapped {
  SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  Model net = Model(x, dense("second")(dense("first", 3)(x)), {.name = "net"});
  SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  Model outer = Model(z, dense("head", 1)(net(z)), {.name = "outer"});
};

// Generator and discriminator as Keras's examples have them.
struct Gan {
  SymbolicTensor noise = Input({.shape = {3}, .name = "noise"});
  Model generator = Model(noise, dense("g2")(dense("g1", 4)(noise)), {.name = "generator"});
  SymbolicTensor picture = Input({.shape = {2}, .name = "picture"});
  Model discriminator = Model(picture,
                              Dense({.units = 1, .activation = "sigmoid", .name = "score"})(
                                  BatchNormalization({.name = "norm"})(dense("d1", 4)(picture))),
                              {.name = "discriminator"});
  SymbolicTensor z = Input({.shape = {3}, .name = "z"});
  Model whole = Model(z, discriminator(generator(z)), {.name = "gan"});

  CompileConfig settings() const { return {.optimizer = SGD({.learning_rate = 0.5}), .loss = "binary_crossentropy"}; }
};

Tensor noise() { return random_tensor({8, 3}, 9); }
Tensor ones() { return Tensor::full({8, 1}, 1); }

}  // namespace

TEST_CASE("row 19: a tensor inside a nested model is an output of the outer one") {
  const Wrapped nets;
  const SymbolicTensor inside = nets.outer.at("net/first").output();
  const Model tapped(nets.z, SymbolicTensors{nets.outer.output(), inside});
  const TensorList out = tapped.predict(data());
  CHECK(bit_equal(out[0], nets.outer.predict(data())));
  CHECK(bit_equal(out[1], Model(nets.x, nets.net.at("first").output()).predict(data())));
  const TensorList read = nets.outer.predict(data(), {.taps = "net/first"});  // or without another model
  CHECK(bit_equal(read[1], out[1]));
  const SymbolicTensor of_net = nets.net.at("first").output();  // on the net's own input, not on the outer's
  const std::string text = error_text<GraphError>([&] { Model(nets.z, SymbolicTensors{nets.outer.output(), of_net}); });
  CHECK(contains(text, "needs Input \"x\" (None, 2), which is not among its inputs (Input \"z\")"));
  CHECK(contains(text, "Hint: add Input \"x\" to the inputs, or record that part on one of them."));
}

TEST_CASE("row 20: feature maps of a wrapped net, by path or after flatten") {
  const Wrapped nets;
  const Tensor expected = Model(nets.x, nets.net.at("first").output()).predict(data());
  CHECK(bit_equal(Model(nets.z, nets.outer.at("net/first").output()).predict(data()), expected));
  const Model flat = flatten(nets.outer);
  CHECK(bit_equal(Model(flat.input(), flat.at("net/first").output()).predict(data()), expected));
}

TEST_CASE("row 21: which output of a layer that is called several times") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"}), y = Input({.shape = {2}, .name = "y"});
  const Dense shared = dense("shared");
  const Model model({x, y}, shared(x) + shared(y), {.name = "net"});
  const int line = __LINE__ - 1;
  const GraphLayer layer = model.at("shared");
  const std::string place = cat(" at keras_traps_training_test.cpp:", line);
  CHECK(error_text<GraphError>([&] { layer.output(); }) ==
        cat("[Dense \"shared\"] is called 2 times in this model, so output() does not say which (0: on Input \"x\" "
            "(None, 2)",
            place, "; 1: on Input \"y\" (None, 2)", place,
            ").\n  Hint: write output(0), or the path \"shared@0\", for the first call."));
  CHECK(bit_equal(Model({x, y}, layer.output(1)).predict({data(1), data(2)}),
                  Model(y, layer.output(1)).predict(data(2))));
  const Model alone(x, shared(shared(x)));  // calls are counted within a model, whatever other models do
  CHECK(Model(y, dense("other")(y)).layers()[-1].calls() == 1);
  CHECK(alone.at("shared").calls() == 2);
}

TEST_CASE("row 22: penalties on values belong to calls, penalties on weights to variables") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const Dense shared({.units = 2, .kernel_regularizer = L2(0.5), .name = "shared"});
  const SymbolicTensor once = shared(x), twice = shared(once);
  const auto loss = [&](const SymbolicTensor& output, const SymbolicTensors& active) {
    const Model model(x, output);
    for (const SymbolicTensor& values : active) model.add_loss(mean(square(values)));
    model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = {}});
    return model.test_on_batch(data(), {})["loss"];
  };
  const auto mean_square = [&](const SymbolicTensor& y) {
    const Tensor values = Model(x, y).predict(data());
    double sum = 0;
    for (const float v : values.data<float>()) sum += static_cast<double>(v) * static_cast<double>(v);
    return sum / static_cast<double>(values.elements());
  };
  const Tensor kernel = shared.get_weights()[0];
  double weights = 0;
  for (const float v : kernel.data<float>()) weights += 0.5 * static_cast<double>(v) * static_cast<double>(v);
  CHECK(loss(twice, {once}) == doctest::Approx(weights + mean_square(once)).epsilon(1e-5));
  CHECK(loss(twice, {once, twice}) == doctest::Approx(weights + mean_square(once) + mean_square(twice)).epsilon(1e-5));
}

TEST_CASE("row 23: a diagram shows a shared layer once for each call, without a cycle") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const Dense a = dense("a"), b = dense("b");
  const Model model(x, a(b(a(x))), {.name = "net"});
  const TemporaryFolder folder;
  plot_model(model, folder / "net.dot");
  const std::string dot = read_file(folder / "net.dot");
  for (const char* line : {"n0 [label=<<b>Input</b>", "n1 [label=<<b>Dense</b>", "tooltip=\"a\"", "tooltip=\"a@1\"",
                           "n0 -> n1;\n  n1 -> n2;\n  n2 -> n3;\n}"})
    CHECK(contains(dot, line));
}

TEST_CASE("row 24: trainable counts at compile(), is reported when it has changed since, and not needed by a Trainer") {
  const Wrapped nets;
  nets.outer.compile({.optimizer = "sgd", .loss = "mse"});
  nets.net.set_trainable(false);
  {
    const CapturedErrors errors;
    nets.outer.fit(data(), ones(), {.verbose = 0});
    CHECK(errors.text() ==
          "graft: warning: Model \"outer\": trainable flags have changed since compile(); the 6 variables "
          "that were trainable then are trained, not the 2 that are trainable now; call compile() again to change "
          "that\n");
  }
  nets.outer.compile({.optimizer = "sgd", .loss = "mse"});
  const std::vector<Tensor> before = nets.net.get_weights();
  nets.outer.fit(data(), ones(), {.verbose = 0});
  CHECK(same(nets.net.get_weights(), before));
  CHECK(contains(nets.outer.summary({.show_trainable = true}), "no"));
  nets.net.set_trainable(true);  // the whole again, through the container, at every depth
  CHECK(nets.outer.trainable_variables().size() == 6);

  Trainer trainer(
      {.inputs = nets.z, .loss = mean(square(nets.outer.output())), .update = nets.outer.at("head").weights()});
  trainer.step(data());
  CHECK(same(nets.net.get_weights(), before));
}

TEST_CASE("row 25: the classic GAN: a discriminator compiled before it is frozen, and a whole compiled after") {
  const Gan gan;
  gan.discriminator.compile(gan.settings());
  gan.discriminator.set_trainable(false);
  gan.whole.compile(gan.settings());
  std::vector<Tensor> d = gan.discriminator.get_weights(), g = gan.generator.get_weights();
  for (int round = 0; round < 2; ++round) {
    gan.discriminator.train_on_batch(data(), ones());
    CHECK_FALSE(same(gan.discriminator.get_weights(), d));  // all of it, statistics too
    CHECK_FALSE(bit_equal(gan.discriminator.get_weights()[4], d[4]));
    CHECK(same(gan.generator.get_weights(), g));
    d = gan.discriminator.get_weights();
    gan.whole.train_on_batch(noise(), ones());
    CHECK(same(gan.discriminator.get_weights(), d));
    CHECK_FALSE(same(gan.generator.get_weights(), g));
    g = gan.generator.get_weights();
  }
}

TEST_CASE("row 26: a critic that was frozen before it was compiled has nothing to train, and says so") {
  const Gan gan;
  gan.discriminator.set_trainable(false);
  gan.discriminator.compile(gan.settings());
  const char* expected =
      "no variable was trainable at compile(), so there is nothing to train.\n"
      "  Hint: call model.set_trainable(true), then compile() again.";
  CHECK(error_text<ConfigError>([&] { gan.discriminator.train_on_batch(data(), ones()); }) ==
        cat("[Model \"discriminator\" train_on_batch] ", expected));
  CHECK(error_text<ConfigError>([&] { gan.discriminator.fit(data(), ones()); }) ==
        cat("[Model \"discriminator\" fit] ", expected));
  Trainer critic({.inputs = gan.picture,
                  .loss = mean(-log(gan.discriminator.output())),
                  .update = gan.discriminator.at("d1").weights()});
  const std::vector<Tensor> before = gan.discriminator.get_weights();
  critic.step(data());  // flags do not matter to a Trainer
  CHECK_FALSE(bit_equal(gan.discriminator.get_weights()[0], before[0]));
}

TEST_CASE("row 27: freezing a BatchNormalization: its weights, its statistics and its mode are three switches") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const BatchNormalization norm({.momentum = 0.5, .name = "norm"});
  const Dense head = dense("head", 1);
  const SymbolicTensor y = head(norm(x));
  const auto step = [&](const Variables& update, Statistics own, Statistics elsewhere) {
    const std::vector<Tensor> before = norm.get_weights();
    Trainer trainer({.inputs = x,
                     .loss = mean(square(y - 1)),
                     .update = update,
                     .optimizer = SGD({.learning_rate = 0.1}),
                     .batch_norm = own,
                     .batch_norm_elsewhere = elsewhere});
    trainer.step(data());
    const std::vector<Tensor> after = norm.get_weights();
    return std::pair(!bit_equal(after[0], before[0]), !bit_equal(after[2], before[2]));  // gamma, moving mean
  };
  const Variables all = norm.trainable_variables(), none = head.weights();
  CHECK(step(all, Statistics::update, Statistics::frozen) == std::pair(true, true));
  CHECK(step(all, Statistics::batch_only, Statistics::frozen) == std::pair(true, false));
  CHECK(step(all, Statistics::frozen, Statistics::frozen) == std::pair(true, false));
  CHECK(step(none, Statistics::update, Statistics::update) == std::pair(false, true));
  CHECK(step(none, Statistics::update, Statistics::batch_only) == std::pair(false, false));

  // Keras 3's default: a frozen one keeps its statistics and runs on them.
  const Model model(x, y, {.name = "net"});
  norm.set_trainable(false);
  model.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  const std::vector<Tensor> before = norm.get_weights();
  const float trained = model.train_on_batch(data(), ones())["loss"];
  CHECK(same(norm.get_weights(), before));
  CHECK(trained == doctest::Approx(model.test_on_batch(data(), ones())["loss"]).epsilon(1e-6));
}

TEST_CASE("row 28: batches of a shared discriminator move its statistics where that is meant") {
  const Gan gan;
  const SymbolicTensor of_real = gan.discriminator.output(), of_fake = gan.whole.output();
  const auto moved = [&](const Variables& update, Statistics elsewhere) {
    const std::vector<Tensor> before = gan.discriminator.get_weights();
    Trainer trainer({.inputs = gan.z,
                     .loss = mean(-log(of_fake)),
                     .update = update,
                     .optimizer = SGD({.learning_rate = 0.1}),
                     .batch_norm_elsewhere = elsewhere});
    trainer.step(noise());
    return !same(gan.discriminator.get_weights(), before);
  };
  CHECK_FALSE(moved(gan.generator.weights(), Statistics::frozen));      // the generator's turn: nothing of it moves,
  CHECK_FALSE(moved(gan.generator.weights(), Statistics::batch_only));  // whichever statistics it runs on

  // Within one step, call by call: the moving mean follows the real pictures alone.
  const SymbolicTensor picture = Input({.shape = {2}, .name = "real"});
  const SymbolicTensor fake = gan.discriminator(gan.generator(gan.z), CallArguments{.training = false});
  const SymbolicTensor both = mean(-log(gan.discriminator(picture))) + mean(-log(1 - fake));
  CHECK(lint(Model({picture, gan.z}, both)).empty());
  const SymbolicTensor twice = mean(gan.discriminator(picture)) + mean(of_fake);
  CHECK(lint(Model({picture, gan.z}, twice))[0].str().starts_with(
      "shared_statistics: discriminator/norm moves its statistics 2 times in a training step, once for each of the "
      "calls "
      "discriminator/norm and discriminator@1/norm, called at keras_traps_training_test.cpp:"));
}

TEST_CASE("row 29: a VAE's loss and metric are symbolic values of a model, and of a model of models") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const SymbolicTensor mu = dense("mu")(x), log_var = dense("log_var")(x);
  const SymbolicTensor code = mu + exp(log_var * 0.5) * random_normal(mu);
  const SymbolicTensor kl = mean(square(mu) + exp(log_var) - log_var - 1) * 0.5;
  const Model encoder(x, SymbolicTensors{mu, log_var, code}, {.name = "encoder"});
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  const Model decoder(z, dense("out")(z), {.name = "decoder"});

  const Model flat(x, replay(decoder, code), {.name = "flat"});
  flat.add_loss(kl);
  flat.add_metric(kl, "kl");
  flat.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  const Logs logs = flat.train_on_batch(data(), data());
  CHECK(logs["kl"] > 0);
  CHECK(logs["loss"] > logs["kl"]);

  const SymbolicTensor image = Input({.shape = {2}, .name = "image"});
  const SymbolicTensors parts = encoder(image);
  const Model vae(image, decoder(parts[2]), {.name = "vae"});
  vae.add_loss(mean(square(parts[0]) + exp(parts[1]) - parts[1] - 1) * 0.5);
  vae.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  flat.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  CHECK(vae.test_on_batch(data(), data())["loss"] > flat.test_on_batch(data(), data())["kl"]);
  CHECK(contains(error_text<GraphError>([&] { vae.add_loss(kl); }),
                 "[Model \"vae\" add_loss] the model is disconnected: its output from Rescaling needs Input \"x\""));

  encoder.add_loss(kl);  // the encoder's own, which Keras would count in the whole
  CHECK(error_text<ConfigError>([&] { vae.compile({.optimizer = "sgd", .loss = "mse"}); }) ==
        "[Model \"vae\"] Model \"encoder\", which is nested in it, has an added loss or metric (add_loss, add_metric) "
        "that "
        "would not count.\n"
        "  Hint: make the tensors that it is computed from outputs of \"encoder\", and add it to \"vae\"; clone(inner, "
        "Weights::share) is the inner model without it.");
}

}  // namespace graft::test
