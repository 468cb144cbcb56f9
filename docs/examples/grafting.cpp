// Models joined, cut and changed: the program of docs/grafting.md.

#include <graft/graft.h>

#include <iostream>

using namespace graft;

static Conv2D conv(const char* name, int64_t filters, int64_t strides = 1) {
  return Conv2D({.filters = filters,
                 .kernel_size = 3,
                 .strides = strides,
                 .padding = "same",
                 .activation = "relu",
                 .name = name});
}

static Model make_backbone() {
  auto image = Input({.shape = {32, 32, 3}, .name = "image"});
  auto p3 = conv("p3", 8, 2)(conv("stem", 8, 2)(image));
  auto p4 = conv("p4", 16, 2)(p3);
  return Model(image, SymbolicTensors{p3, p4}, {.name = "backbone"});
}

static Model make_head() {
  auto coarse = Input({.shape = {4, 4, 16}, .name = "coarse"}), fine = Input({.shape = {8, 8, 8}, .name = "fine"});
  auto x = Concatenate()({UpSampling2D({.size = 2})(coarse), fine});
  auto scores = Dense({.units = 10, .name = "scores"})(GlobalAveragePooling2D({.name = "pool"})(conv("mix", 8)(x)));
  return Model(SymbolicTensors{coarse, fine}, scores, {.name = "head"});
}

int main() {
  const Model backbone = make_backbone(), head = make_head();
  const Tensor images(Shape{4, 32, 32, 3});

  Model net = splice(backbone, head, {.name = "net", .map = {{"p3", "fine"}, {"p4", "coarse"}}});

  auto image = Input({.shape = {32, 32, 3}}), other = Input({.shape = {32, 32, 3}});
  auto left = replay(backbone, image, {.scope = "left"});             // all its outputs
  auto right = replay(net, other, {.scope = "right", .to = "pool"});  // up to a tensor inside
  auto deeper = replay(net, left[0], {.from = "p3", .to = "p4"});     // a part of it, on another tensor

  Model pair(image, net(image) - net(image * 0.5), {.name = "pair"});
  SymbolicTensor mixed = pair.at("net@1/mix").output();  // inside the second call of the nested model
  TensorList found = pair.predict(images, {.taps = {"net@1/mix", "net@0/pool"}});  // the output, then the taps

  auto [front, back] = cut(net, {"p3", "p4"});                      // back takes p3, then p4
  Model wider = replace(net, "scores", Dense({.units = 100}));      // a layer, by a layer or a model
  Model plain = replace(net, "image", "p3", conv("direct", 8, 4));  // all calls between these two
  Model larger = with_input_shape(net, {64, 64, 3});
  Model named = rename(net, "left");  // "left/stem", "left/p3", ...

  std::cout << named.summary() << "taps " << found[1].shape() << ' ' << found[2].shape() << '\n';
}
