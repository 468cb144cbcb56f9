#include <chrono>

#include <doctest/doctest.h>
#include "graft/graft.h"

using namespace graft;

TEST_CASE("the summary aligns layers, shapes, parameters and connections") {
  auto image = Input({.shape = {8, 8, 3}, .name = "image"});
  const Conv2D shared({.filters = 3, .kernel_size = {3, 3}, .padding = "same", .name = "shared"});
  auto x = shared(shared(image));
  x = Add()({x, image});
  x = BatchNormalization()(x);
  const Model model(image, GlobalAveragePooling2D()(x), {.name = "net"});
  CHECK(model.summary() ==
        "Functional \"net\"\n"
        "Layer (type)                                       Output shape     Params  Connected to\n"
        "-----------------------------------------------------------------------------------------------\n"
        "image (InputLayer)                                 (None, 8, 8, 3)       0\n"
        "shared (Conv2D) \u00d72                                 (None, 8, 8, 3)      84  image; shared\n"
        "add (Add)                                          (None, 8, 8, 3)       0  shared@1, image\n"
        "batch_normalization (BatchNormalization)           (None, 8, 8, 3)      12  add\n"
        "global_average_pooling2d (GlobalAveragePooling2D)  (None, 3)             0  batch_normalization\n"
        "-----------------------------------------------------------------------------------------------\n"
        "Total params: 96 (384 B)\n"
        "Trainable params: 90 (360 B)\n"
        "Non-trainable params: 6 (24 B)\n");
}

TEST_CASE("nested models are indented when expanded, and a shared layer is counted once") {
  const Dense shared({.units = 3, .name = "shared"});
  auto p = Input({.shape = {3}, .name = "p"});
  const Model left(p, shared(p), {.name = "left"});
  auto q = Input({.shape = {3}, .name = "q"});
  const Model right(q, shared(Dense({.units = 3, .name = "own"})(q)), {.name = "right"});
  right.set_trainable(false);
  auto x = Input({.shape = {3}, .name = "x"});
  const Model model(x, right(left(x)), {.name = "net"});
  CHECK(model.summary({.expand_nested = true, .show_trainable = true}) ==
        "Functional \"net\"\n"
        "Layer (type)        Output shape  Params  Connected to  Trains\n"
        "--------------------------------------------------------------\n"
        "x (InputLayer)      (None, 3)          0                -\n"
        "left (Functional)   (None, 3)         12  x             no\n"
        "  p (InputLayer)    (None, 3)          0                -\n"
        "  shared (Dense)    (None, 3)         12  p             no\n"
        "right (Functional)  (None, 3)         12  left          no\n"
        "  q (InputLayer)    (None, 3)          0                -\n"
        "  own (Dense)       (None, 3)         12  q             no\n"
        "  shared (Dense)    (None, 3)     shared  own           no\n"
        "--------------------------------------------------------------\n"
        "Total params: 24 (96 B)\n"
        "Trainable params: 0 (0 B)\n"
        "Non-trainable params: 24 (96 B)\n");
}

TEST_CASE("no line of a summary is longer than asked, however long the names") {
  auto x = Input({.shape = {3}, .name = std::string(80, 'x')});
  SymbolicTensor y = x;
  for (int i = 0; i < 12; ++i)
    y = Dense({.units = 1000000 / (i + 1), .name = cat(std::string(60, 'd'), i)})(y.shape()[1] > 3 ? x : y);
  const std::string summary = Model(x, y).summary({.line_length = 100});
  size_t longest = 0;
  for (size_t begin = 0; begin < summary.size();) {
    const size_t end = summary.find('\n', begin);
    size_t columns = 0;
    for (size_t i = begin; i < end; ++i) columns += (summary[i] & 0xC0) != 0x80;
    longest = std::max(longest, columns);
    begin = end + 1;
  }
  CHECK(longest <= 100);
  CHECK(longest >= 90);
}

TEST_CASE("a chain of 100,000 layers is summed up in linear time") {
  auto input = Input({.shape = {1}});
  SymbolicTensor x = input;
  for (int i = 0; i < 100000; ++i) x = Activation("linear")(x);
  const Model model(input, x);
  const auto start = std::chrono::steady_clock::now();
  const std::string summary = model.summary();
  CHECK(std::count(summary.begin(), summary.end(), '\n') == 100001 + 7);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}
