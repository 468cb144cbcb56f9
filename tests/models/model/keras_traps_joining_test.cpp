#include <doctest/doctest.h>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_names.h"
#include "tests/support/random_tensor.h"
#include "tests/support/temporary_folder.h"

// Questions of Keras users who join models, cut them and name their layers. Each row of the list of their mistakes
// works here, or gets one error that says what to write instead. Training is in keras_traps_training_test.cpp.

namespace graft::test {

namespace {

bool contains(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  CHECK_MESSAGE(found, text);
  return found;
}

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

Tensor data() { return random_tensor({3, 2}, 1); }

// x -> a -> + -> b, with a skip around a.
struct Residual {
  SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  Dense a = dense("a"), b = dense("b");
  Model model = Model(x, b(Add({.name = "sum"})({a(x), x})), {.name = "residual"});
};

Model conv_net(const char* name, int64_t channels = 3) {
  const SymbolicTensor image = Input({.shape = {8, 8, channels}, .name = "image"});
  SymbolicTensor y = Conv2D({.filters = 4, .kernel_size = 3, .padding = "same", .name = "conv1"})(image);
  y = BatchNormalization({.name = "norm"})(y);
  y = Conv2D({.filters = 4, .kernel_size = 3, .padding = "same", .name = "conv2"})(y);
  return Model(image, GlobalAveragePooling2D({.name = "pool"})(y), {.name = name});
}

}  // namespace

TEST_CASE("row 1: a part of one model feeds another") {
  const Residual first;
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  const Model second(z, dense("head", 1)(z), {.name = "second"});
  const Model joined(first.x, second(first.model.at("sum").output()));
  const Model front(first.x, first.model.at("sum").output());
  CHECK(bit_equal(joined.predict(data()), second.predict(front.predict(data()))));
  const std::string text = error_text<GraphError>([&] { Model(z, second(first.model.at("sum").output())); });
  CHECK(contains(text,
                 "the model is disconnected: its output from Functional \"second\" needs Input \"x\" (None, 2), "
                 "which is not among its inputs (Input \"z\")"));
  CHECK(contains(text, "Hint: add Input \"x\" to the inputs, or record that part on one of them."));
}

TEST_CASE("row 2: encoder, decoder and the whole are three models over one set of layers, BatchNormalization too") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"}), code = Input({.shape = {3}, .name = "code"});
  const Model encoder(x, BatchNormalization()(dense("e", 3)(x)), {.name = "encoder"});
  const Model decoder(code, dense("d")(code), {.name = "decoder"});
  const Model whole(x, decoder(encoder(x)));
  const std::vector<Tensor> before = encoder.get_weights();
  whole.compile({.optimizer = "sgd", .loss = "mse"});
  whole.train_on_batch(data(), data());
  CHECK_FALSE(bit_equal(encoder.get_weights()[4], before[4]));  // the moving mean
  CHECK(bit_equal(whole.predict(data()), decoder.predict(encoder.predict(data()))));
  const SymbolicTensor p = Input({.shape = {2}}), q = Input({.shape = {2}});
  const Model siamese({p, q}, encoder(p) - encoder(q));  // the same BatchNormalization twice in one model
  CHECK(bit_equal(siamese.predict({data(), data()}), Tensor(Shape{3, 3})));
  CHECK(lint(siamese)[0].rule == "shared_statistics");
}

TEST_CASE("row 3: the last layers of a model that branches are no stack") {
  const Residual nets;
  const LayerList all = nets.model.layers();
  const std::vector<Layer> last(all.begin() + 2, all.end());
  CHECK(names(nets.model) == "x a sum b");
  CHECK(contains(error_text<GraphError>([&] { Sequential(std::vector<Layer>(last)); }),
                 "[Sequential] must begin with an Input; received Add \"sum\"."));
  std::vector<Layer> with_input = last;
  with_input.insert(with_input.begin(), Input({.shape = {2}}).node()->layer());
  CHECK(contains(
      error_text<GraphError>([&] { Sequential(std::vector<Layer>(with_input)); }),
      "[Sequential] Add \"sum\" joins several tensors, but a stack gives each layer one.\n"
      "  Hint: cut(model, \"layer\") gives the rest of a model as a Model of its own, also where it branches."));
  const std::string looped = error_text<ShapeError>([&] {
    SymbolicTensor y = Input({.shape = {2}});
    for (const Layer& layer : all.drop_input()) y = layer(y);
  });
  CHECK(contains(looped,
                 "[Add \"sum\"] joins two tensors or more; received 1.\n  Hint: replay(model, x) records a model "
                 "that branches again; its layers one after the other do not."));
  CHECK(contains(error_text<GraphError>([&] { nets.model.chain(); }), "x = replay(model, x)"));
  const auto [front, back] = cut(nets.model, "sum");
  CHECK(bit_equal(back.predict(front.predict(data())), nets.model.predict(data())));
}

TEST_CASE("row 4: a file that calls a model with Concatenate a Sequential") {
  const std::string json = R"({"class_name": "Sequential", "config": {"name": "net", "layers": [
      {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 2]}},
      {"class_name": "Dense", "config": {"name": "a", "units": 2}},
      {"class_name": "Concatenate", "config": {"name": "join"}}]}})";
  CHECK(error_text<FormatError>([&] { model_from_json(json); }) ==
        "JSON: Concatenate \"join\" joins several tensors, but a stack gives each layer one.");
  const SymbolicTensor x = Input({.shape = {2}});
  const Model model(x, Concatenate()({dense("a")(x), x}));
  CHECK(model_from_json(model.to_json()).output().shape() == Shape{Shape::none, 4});
}

TEST_CASE("row 5: skips from an encoder into a decoder are further outputs of the one and inputs of the other") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const SymbolicTensor early = dense("early", 3)(x), late = dense("late", 4)(early);
  const SymbolicTensor code = Input({.shape = {4}, .name = "code"}), skip = Input({.shape = {3}, .name = "skip"});
  const SymbolicTensor y = Concatenate()({dense("up", 3)(code), skip});
  const std::string text =
      error_text<GraphError>([&] { Model(code, Concatenate()({dense("up", 3)(code), early}), {.name = "decoder"}); });
  CHECK(contains(text, "needs Input \"x\" (None, 2), which is not among its inputs (Input \"code\")"));
  const Model encoder(x, SymbolicTensors{late, early}, {.name = "encoder"});
  const Model decoder(SymbolicTensors{code, skip}, y, {.name = "decoder"});
  const Model whole = splice(encoder, decoder);
  CHECK(bit_equal(whole.predict(data()), decoder.predict(encoder.predict(data()))));
  CHECK(bit_equal(Model(x, decoder(encoder(x))).predict(data()), whole.predict(data())));
}

TEST_CASE("row 6: the outputs of the first half are kept, and the second half is trained on them") {
  const Model model = conv_net("net");
  const Tensor images = random_tensor({6, 8, 8, 3}, 2), targets = random_tensor({6, 4}, 3);
  const auto [front, back] = cut(model, "norm");
  const Tensor cached = front.predict(images);
  const std::vector<Tensor> before = front.get_weights(), rest = back.get_weights();
  back.compile({.optimizer = SGD({.learning_rate = 0.1}), .loss = "mse"});
  back.fit(cached, targets, {.epochs = 2, .verbose = 0});
  CHECK(bit_equal(front.get_weights()[0], before[0]));
  CHECK_FALSE(bit_equal(back.get_weights()[0], rest[0]));
  CHECK(bit_equal(model.predict(images), back.predict(cached)));  // the whole learned with its half
}

TEST_CASE("row 7: the first layers of a trained network are replaced by others") {
  const Model net = conv_net("net");
  const Tensor images = random_tensor({2, 8, 8, 3}, 2);
  const SymbolicTensor image = Input({.shape = {8, 8, 1}, .name = "grey"});
  const Conv2D stem({.filters = 4, .kernel_size = 5, .padding = "same", .name = "stem"});
  const auto [front, back] = cut(net, "conv1");
  const Model grey(image, replay(back, stem(image)), {.name = "grey_net"});
  CHECK(names(grey) == "grey stem norm conv2 pool");
  CHECK(grey.layers().at("conv2").weights() == net.layers().at("conv2").weights());
  const Tensor greys = random_tensor({2, 8, 8, 1}, 3);
  const Tensor in_two_runs = back.predict(Model(image, stem(image)).predict(greys));
  CHECK(relative_difference(grey.predict(greys), in_two_runs) < 1e-5);
  const Conv2D narrow({.filters = 4, .kernel_size = 1, .name = "narrow"});
  CHECK(names(replace(net, "conv1", narrow)) == "image narrow norm conv2 pool");
  CHECK(contains(error_text<ShapeError>([&] { replace(net, "conv1", Conv2D({.filters = 5, .kernel_size = 3})); }),
                 "(None, 6, 6, 5)"));
}

TEST_CASE("row 8: surgery is made of functions that leave the given model as it is") {
  const Residual nets;
  const Tensor before = nets.model.predict(data());
  const Model longer = insert_after(nets.model, "sum", Activation("relu"));
  CHECK(names(longer) == "x a sum activation b");
  CHECK(names(remove(longer, "activation")) == "x a sum b");
  CHECK(names(replace(nets.model, "b", dense("c", 5))) == "x a sum c");
  const SymbolicTensor y = Input({.shape = {2}, .name = "y"});
  CHECK(names(Model(y, replay(nets.model, y))) == "y a sum b");
  CHECK(names(nets.model) == "x a sum b");
  CHECK(bit_equal(nets.model.predict(data()), before));
}

TEST_CASE("row 9: a block in the middle is replaced and joined at both ends") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const SymbolicTensor stem = dense("stem")(x), inside = dense("inside")(stem);
  const SymbolicTensor end = Add({.name = "end"})({inside, stem});
  const Model model(x, dense("top")(end), {.name = "net"});
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  const Model block(z, dense("second")(dense("first", 5)(z)), {.name = "block"});
  const Model changed = replace(model, "stem", "end", block);
  CHECK(names(changed) == "x stem block top");
  CHECK(names(flatten(changed)) == "x stem block/first block/second top");
  const Model expected(x, model.at("top")(block(stem)));
  CHECK(bit_equal(changed.predict(data()), expected.predict(data())));
  CHECK(contains(
      error_text<GraphError>([&] { replace(model, "inside", "end", block); }),
      "the block from \"inside\" to \"end\" takes other inputs too: it is bypassed by Input \"x\" -> Dense \"stem\" -> "
      "Add \"end\".\n  Hint: name a tensor on that path too, such as \"stem\"."));
}

TEST_CASE("row 10: layers of a built model are inserted, replaced and dropped by path, skips included") {
  const Residual nets;
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  const Model outer(z, nets.model(z), {.name = "outer"});
  CHECK(names(insert_before(outer, "residual/a", Dropout(0.5))) ==
        "z residual/dropout residual/a residual/sum residual/b");
  CHECK(names(remove(outer, "residual/a")) == "z residual/sum residual/b");
  CHECK(contains(error_text<GraphError>([&] { remove(outer, "residual/sum"); }),
                 "Add \"sum\" takes 2 tensors and gives 1; only a layer of one each can be left out"));
  CHECK(contains(error_text<GraphError>([&] { remove(outer, "residual/c"); }), "the nearest are"));
}

TEST_CASE("row 11: another input size keeps the weights, and the error names the layer that cannot take it") {
  const Model net = conv_net("net");
  const Model larger = with_input_shape(net, {16, 12, 3});
  CHECK(larger.weights() == net.weights());
  CHECK(larger.predict(random_tensor({1, 16, 12, 3}, 1))[0].shape() == Shape{1, 4});
  const SymbolicTensor image = Input({.shape = {8, 8, 1}, .name = "image"});
  const Model flat(image, dense("scores")(Flatten()(image)), {.name = "flat"});
  CHECK(contains(error_text<ShapeError>([&] { with_input_shape(flat, {9, 8, 1}); }),
                 "[Dense \"scores\"] the kernel was made for 64 inputs; received (None, 72) from Flatten"));
}

TEST_CASE("row 12: two models whose layers have the same names are connected") {
  const Residual one, two;
  const Model both = splice(one.model, two.model, {.name = "both"});
  CHECK(names(both) == "x a sum b residual/a residual/sum residual/b");
  CHECK(bit_equal(both.predict(data()), two.model.predict(one.model.predict(data()))));
}

TEST_CASE("row 12: outputs and inputs are connected by name, and missing names are reported") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const Model first(x, SymbolicTensors{dense("low", 3)(x), dense("high", 4)(x)}, {.name = "first"});
  const SymbolicTensor a = Input({.shape = {4}, .name = "a"}), b = Input({.shape = {3}, .name = "b"});
  const Model second({a, b}, Concatenate({.name = "all"})({dense("top")(a), b}), {.name = "second"});
  const Model joined = splice(first, second, {.map = {{"high", "a"}, {"low", "b"}}});
  const TensorList parts = first.predict(data());
  CHECK(bit_equal(joined.predict(data()), second.predict({parts[1], parts[0]})));
  CHECK(contains(error_text<GraphError>([&] { splice(first, second, {.map = {{"hihg", "a"}, {"low", "b"}}}); }),
                 "Model \"first\" has no output \"hihg\"; it has \"low\" (None, 3), \"high\" (None, 4)"));
  CHECK(contains(error_text<ShapeError>([&] { splice(first, second); }),
                 "Dense \"low\" of Model \"first\" gives (None, 3) where Model \"second\" has Input \"a\" (None, 4)"));
}

TEST_CASE("row 13: a clone says whether its weights are new, copied or shared") {
  const Residual nets;
  const Tensor expected = nets.model.predict(data());
  CHECK(bit_equal(clone(nets.model, Weights::copy).predict(data()), expected));
  CHECK_FALSE(bit_equal(clone(nets.model, Weights::fresh).predict(data()), expected));
  CHECK(clone(nets.model, Weights::share).weights() == nets.model.weights());
  CHECK_FALSE(clone(nets.model, Weights::copy).weights() == nets.model.weights());
}

TEST_CASE("row 14: a clone on your own tensors really depends on them") {
  const Residual nets;
  const SymbolicTensor z = Input({.shape = {5}, .name = "z"});
  const Model copy = clone(nets.model, Weights::copy);
  const Dense before = dense("before");
  const Model on_z(z, replay(copy, before(z)));
  CHECK(names(on_z) == "z before a sum b");
  const Tensor wide = random_tensor({3, 5}, 4);
  CHECK(bit_equal(on_z.predict(wide), copy.predict(Model(z, before(z)).predict(wide))));
}

TEST_CASE("row 15: changing the list that a layer was called on does not change the graph") {
  const SymbolicTensor a = Input({.shape = {2}, .name = "a"}), b = Input({.shape = {3}, .name = "b"});
  SymbolicTensors parts{a, b};
  const SymbolicTensor y = Concatenate()(parts);
  parts[0] = b;
  parts.clear();
  const Model model({a, b}, y);
  CHECK(model.output().shape() == Shape{Shape::none, 5});
  CHECK(model.layers()[-1].inputs(0) == SymbolicTensors{a, b});
}

TEST_CASE("row 16: the same pretrained net twice in one model") {
  const Model net = conv_net("net"), again = clone(net, Weights::copy);
  const SymbolicTensor p = Input({.shape = {8, 8, 3}, .name = "p"}), q = Input({.shape = {8, 8, 3}, .name = "q"});
  const Tensor x = random_tensor({2, 8, 8, 3}, 1), y = random_tensor({2, 8, 8, 3}, 2);
  const TensorList expected{net.predict(x), net.predict(y)};
  const auto gives_both = [&](const SymbolicTensors& outputs) {
    const TensorList out = Model({p, q}, outputs).predict({x, y});
    return bit_equal(out[0], expected[0]) && bit_equal(out[1], expected[1]);
  };
  CHECK(gives_both({net(p), net(q)}));  // one set of weights
  CHECK(gives_both({replay(net, p), replay(net, q)}));
  CHECK(gives_both({replay(net, p, {.scope = "left"}), replay(again, q, {.scope = "right"})}));  // two
  CHECK(contains(error_text<GraphError>([&] { Model({p, q}, {net(p)[0], again(q)[0]}); }),
                 "two layers are named \"net\": Functional \"net\" called at keras_traps_joining_test.cpp:"));
  const std::string text = error_text<GraphError>([&] { Model({p, q}, {replay(net, p)[0], replay(again, q)[0]}); });
  CHECK(contains(text, "two layers are named \"conv1\": Conv2D \"conv1\" called at keras_traps_joining_test.cpp:"));
  CHECK(contains(text, "Hint: replay(model, tensors, {.scope = \"left\"}) puts a scope before the names of one part."));
}

TEST_CASE("row 17: all names of a model are put behind a prefix, and files follow") {
  const Residual one, two;
  const Model renamed = rename(two.model, "left");
  CHECK(names(renamed) == "left/x left/a left/sum left/b");
  CHECK(renamed.weights() == two.model.weights());
  CHECK(names(two.model) == "x a sum b");
  const TemporaryFolder folder;
  renamed.save(folder / "model");
  CHECK(names(load_model(folder / "model")) == names(renamed));
  CHECK(load_model(folder / "model").named_weights()[0].first == "left/a/kernel");
  CHECK(names(splice(one.model, renamed)) == "x a sum b left/a left/sum left/b");  // no clash any more
}

TEST_CASE("row 18: a prefix is given where a model is called") {
  const Residual nets;
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  const Model model(z, replay(nets.model, replay(nets.model, z, {.scope = "left"}), {.scope = "left"}));
  CHECK(names(model) == "z left/a left/sum left/b");
  CHECK(model.named_weights()[0].first == "left/a/kernel");
  const TemporaryFolder folder;
  model.save(folder / "model");
  CHECK(names(load_model(folder / "model")) == names(model));
}

}  // namespace graft::test
