// Recurrent and attention layers: gradients against central differences, the kernel for whole sequences against the
// steps written one by one, masks and states. Values are compared with Keras's in tests/models/io/keras3_test.cpp.

#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_check.h"

using namespace graft;
using namespace graft::test;

TEST_CASE("gradients of recurrent layers are those of central differences") {
  const Tensor sequence = spaced(Shape{2, 4, 3}, 1);
  check_layer("SimpleRNN", SimpleRNN({.units = 2}), {.inputs = {sequence}});
  check_layer("LSTM", LSTM({.units = 2, .return_sequences = true}), {.inputs = {sequence}});
  check_layer("LSTM backwards", LSTM({.units = 2, .go_backwards = true}), {.inputs = {sequence}});
  check_layer("GRU", GRU({.units = 2, .return_sequences = true}), {.inputs = {sequence}});
  check_layer("GRU reset before", GRU({.units = 2, .reset_after = false}), {.inputs = {sequence}});
  check_layer("LSTM by steps", LSTM({.units = 2, .activation = "softsign"}), {.inputs = {sequence}});
  check_layer("RNN", RNN({.cell = StackedRNNCells({.cells = {LSTMCell({.units = 2}), GRUCell({.units = 3})}})}),
              {.inputs = {sequence}});
  check_layer("Bidirectional", Bidirectional(LSTM({.units = 2, .return_sequences = true})), {.inputs = {sequence}});
  check_layer("TimeDistributed", TimeDistributed(Dense({.units = 2})), {.inputs = {sequence}});
}

TEST_CASE("gradients of convolutional LSTMs are those of central differences") {
  check_layer("ConvLSTM1D", ConvLSTM1D({.filters = 2, .kernel_size = 2, .padding = "same"}),
              {.inputs = {spaced(Shape{1, 3, 4, 2}, 1)}});
  check_layer("ConvLSTM2D", ConvLSTM2D({.filters = 1, .kernel_size = 2}),
              {.inputs = {spaced(Shape{1, 2, 3, 3, 1}, 1)}});
  check_layer("ConvLSTM3D", ConvLSTM3D({.filters = 1, .kernel_size = 1}),
              {.inputs = {spaced(Shape{1, 2, 2, 2, 2, 1}, 1)}});
}

TEST_CASE("gradients of attention layers are those of central differences") {
  const Tensor query = spaced(Shape{2, 3, 4}, 1), value = spaced(Shape{2, 5, 4}, 1, 0, 2);
  check_layer("Attention", Attention({.use_scale = true}), {.inputs = {query, value}});
  check_layer("AdditiveAttention", AdditiveAttention(), {.inputs = {query, value}});
  check_layer("MultiHeadAttention", MultiHeadAttention({.num_heads = 2, .key_dim = 3}), {.inputs = {query, value}});
  check_layer("GroupQueryAttention",
              GroupQueryAttention({.head_dim = 2, .num_query_heads = 4, .num_key_value_heads = 2}),
              {.inputs = {query, value}, .tolerance = 4e-3});  // the keys' bias has no effect: its gradient is noise
}

// The numbers are those of tf.matmul and tf.nn.softmax, by which Keras 2 computes the layer.
TEST_CASE("the samples of a batch attend to each other where there are no sequences") {
  const auto x = Input({.shape = {2}});
  const Tensor samples(Shape{3, 2}, {1, 0, 0, 2, 1, 1});
  const auto y = Attention().call({x, x}, {.return_attention_scores = true}, {}, source_location::current());
  const Tensors results = Model(x, y).predict(samples);
  CHECK(relative_difference(results[0], Tensor(Shape{3, 2}, {0.8446376f, 0.73304361f, 0.13318667f, 1.8509371f,
                                                             0.5776812f, 1.2669564f})) < 1e-6);
  CHECK(
      relative_difference(results[1], Tensor(Shape{3, 3}, {0.4223188f, 0.1553624f, 0.4223188f, 0.01587624f, 0.86681333f,
                                                           0.11731043f, 0.1553624f, 0.4223188f, 0.4223188f})) < 1e-6);
  CHECK(relative_difference(Model(x, Attention()({x, x})).predict(samples), results[0]) < 1e-6);
  CHECK(relative_difference(
            Model(x, AdditiveAttention({.use_scale = false})({x, x})).predict(samples),
            Tensor(Shape{3, 2}, {0.59463647f, 1.2160906f, 0.8076906f, 0.79472869f, 0.68318559f, 1.0096789f})) < 1e-6);
  check_layer("Attention of samples", Attention({.use_scale = true}),
              {.inputs = {spaced(Shape{3, 4}, 1), spaced(Shape{5, 4}, 1, 0, 2)}});
}

// The same cell behind RNN goes step by step where its class is not one that has a kernel: StackedRNNCells has none.
TEST_CASE("the kernel for whole sequences gives what the steps give one by one") {
  const Tensor sequence = spaced(Shape{3, 5, 4}, 1);
  const auto agree = [&](const Layer& whole, const Layer& steps) {
    run_layer(whole, {sequence});
    run_layer(steps, {sequence});
    steps.set_weights(whole.get_weights());
    CHECK(relative_difference(run_layer(whole, {sequence}), run_layer(steps, {sequence})) < 2e-6);
  };
  for (const bool backwards : {false, true}) {
    agree(SimpleRNN({.units = 3, .go_backwards = backwards}),
          RNN({.cell = StackedRNNCells({.cells = {SimpleRNNCell({.units = 3})}}), .go_backwards = backwards}));
    agree(LSTM({.units = 3, .return_sequences = true, .go_backwards = backwards}),
          RNN({.cell = StackedRNNCells({.cells = {LSTMCell({.units = 3})}}),
               .return_sequences = true,
               .go_backwards = backwards}));
    agree(GRU({.units = 3, .go_backwards = backwards}),
          RNN({.cell = StackedRNNCells({.cells = {GRUCell({.units = 3})}}), .go_backwards = backwards}));
  }
}

TEST_CASE("a masked step keeps the state, and its output is the one before it") {
  const LSTM layer({.units = 2, .return_sequences = true});
  const auto x = Input({.shape = {4, 1}});
  const Model masked(x, layer(Masking()(x)));
  const Tensor padded(Shape{1, 4, 1}, {1, 2, 0, 0});
  const Tensor y = masked.predict(padded);
  for (size_t unit = 0; unit < 2; ++unit)
    for (size_t step : {2, 3}) CHECK(y.data<float>()[2 * step + unit] == y.data<float>()[2 + unit]);
  const Model plain(x, layer(x));
  CHECK_FALSE(bit_equal(plain.predict(padded), y));
}

TEST_CASE("a mask goes through TimeDistributed") {
  const Dense dense({.units = 3});
  const auto x = Input({.shape = {4, 2}});
  const Tensor padded(Shape{1, 4, 2}, {1, 2, 3, 4, 0, 0, 0, 0});
  const Tensor whole = Model(x, GlobalAveragePooling1D()(dense(Masking()(x)))).predict(padded);
  CHECK(relative_difference(Model(x, GlobalAveragePooling1D()(TimeDistributed(dense)(Masking()(x)))).predict(padded),
                            whole) < 1e-6);
  CHECK(relative_difference(Model(x, GlobalAveragePooling1D()(dense(x))).predict(padded), whole) > 1e-3);
}

// The mask of a tensor is gone where an attention has read it, also inside a model.
TEST_CASE("MultiHeadAttention takes the masks off what it reads, for the calls after it") {
  const auto tokens = Input({.shape = {5}, .dtype = "int32"}), inner = Input({.shape = {5, 4}});
  const SymbolicTensor e = Embedding({.input_dim = 6, .output_dim = 4, .mask_zero = true})(tokens);
  const SymbolicTensor unmasked = e + Tensor(Shape{1}, {0});  // an operation, which passes no mask on
  const MultiHeadAttention first({.num_heads = 1, .key_dim = 3}), second({.num_heads = 2, .key_dim = 3});
  const Model block(inner, first({inner, inner}));
  const Tensor data = Tensor(Shape{2, 5}, {3, 1, 0, 0, 0, 2, 5, 4, 0, 0}).cast(DType::s32);
  const auto result = [&](const SymbolicTensor& y) { return Model(tokens, y).predict(data); };
  for (const bool nested : {false, true}) {
    INFO("nested: ", nested);
    const SymbolicTensor query = nested ? SymbolicTensor(block(e)) : SymbolicTensor(first({e, e}));
    const Tensor taken = result(second({query, e}));
    CHECK(bit_equal(taken, result(second({query, unmasked}))));
    CHECK(bit_equal(taken, result(second({query, Rescaling({.scale = 1})(e)}))));  // which Keras runs after the first
  }
  CHECK_FALSE(bit_equal(result(second({unmasked, e})), result(second({unmasked, unmasked}))));
}

TEST_CASE("initial states come as arguments of the call, and states go out") {
  const auto x = Input({.shape = {3, 2}}), h = Input({.shape = {2}}), c = Input({.shape = {2}});
  const LSTM layer({.units = 2, .return_state = true});
  const SymbolicTensors outputs = layer.call({x}, {.initial_state = {h, c}}, {}, source_location::current());
  REQUIRE(outputs.size() == 3);
  const Model model(SymbolicTensors{x, h, c}, outputs);
  const Tensor sequence = spaced(Shape{2, 3, 2}, 1), state = spaced(Shape{2, 2}, 1);
  const Tensors first = model.predict({sequence, Tensor(Shape{2, 2}), Tensor(Shape{2, 2})});
  CHECK(bit_equal(first[0], first[1]));
  CHECK_FALSE(bit_equal(model.predict({sequence, state, state})[0], first[0]));
}

TEST_CASE("a stateful layer goes on where the last batch ended, until it is reset") {
  const auto x = Input({.shape = {2, 1}, .batch_size = 1});
  const GRU layer({.units = 2, .stateful = true});
  const Model model(x, layer(x));
  const Tensor sequence(Shape{1, 2, 1}, {1, -1});
  const Tensor first = model.predict(sequence), second = model.predict(sequence);
  CHECK_FALSE(bit_equal(first, second));
  layer.reset_state();
  CHECK(bit_equal(model.predict(sequence), first));
}

TEST_CASE("wrong settings and shapes of sequence layers are refused") {
  CHECK(error_text<ConfigError>([] {
          RNN({.cell = Dense({.units = 2})});
        }).find("cell must be a cell such as LSTMCell") != std::string::npos);
  CHECK(error_text<ConfigError>([] { Bidirectional(Dense({.units = 2})); }).find("layer must be a recurrent layer") !=
        std::string::npos);
  CHECK(error_text<ShapeError>([] { LSTM({.units = 2})(Input({.shape = {3}})); }).find("rank 3 or more") !=
        std::string::npos);
  CHECK(error_text<ShapeError>([] {
          GRU({.units = 2, .stateful = true})(Input({.shape = {3, 1}}));
        }).find("needs a fixed batch") != std::string::npos);
}
