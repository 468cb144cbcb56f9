#include "graft/models/zoo/resnet50.h"

#include "graft/graph/layers/layers.h"

namespace graft::zoo {

namespace {

SymbolicTensor normalize(const SymbolicTensor& x, const std::string& name) {
  return BatchNormalization({.epsilon = 1.001e-5, .name = name + "_bn"})(x);
}

SymbolicTensor relu(const SymbolicTensor& x, const std::string& name) {
  return Activation({.activation = "relu", .name = name})(x);
}

// A 1x1 convolution and its normalization.
SymbolicTensor project(const SymbolicTensor& x, int64_t filters, int64_t stride, const std::string& name) {
  return normalize(Conv2D({.filters = filters, .kernel_size = 1, .strides = stride, .name = name + "_conv"})(x), name);
}

// 1x1, 3x3, 1x1 beside the input, which a stage's first block brings to the new size.
SymbolicTensor bottleneck(const SymbolicTensor& input, int64_t filters, int64_t stride, bool first,
                          const std::string& name) {
  const SymbolicTensor shortcut = first ? project(input, 4 * filters, stride, name + "_0") : input;
  auto x = relu(project(input, filters, stride, name + "_1"), name + "_1_relu");
  x = Conv2D({.filters = filters, .kernel_size = 3, .padding = "same", .name = name + "_2_conv"})(x);
  x = relu(normalize(x, name + "_2"), name + "_2_relu");
  x = project(x, 4 * filters, 1, name + "_3");
  return relu(Add({.name = name + "_add"})({shortcut, x}), name + "_out");
}

SymbolicTensor stage(SymbolicTensor x, int64_t filters, int64_t blocks, int64_t stride, const std::string& name) {
  for (int64_t i = 1; i <= blocks; ++i) x = bottleneck(x, filters, i == 1 ? stride : 1, i == 1, cat(name, "_block", i));
  return x;
}

}  // namespace

Model resnet50(const ResNet50Config& config) {
  check_at_least("ResNet50Config::size", config.size, 32);  // five halvings
  check_at_least("ResNet50Config::channels", config.channels, 1);
  check_at_least("ResNet50Config::classes", config.classes, 1);
  auto image = Input({.shape = {config.size, config.size, config.channels}});
  auto x = ZeroPadding2D({.padding = 3, .name = "conv1_pad"})(image);
  x = Conv2D({.filters = 64, .kernel_size = 7, .strides = 2, .name = "conv1_conv"})(x);
  x = relu(normalize(x, "conv1"), "conv1_relu");
  x = ZeroPadding2D({.padding = 1, .name = "pool1_pad"})(x);
  x = MaxPooling2D({.pool_size = 3, .strides = 2, .name = "pool1_pool"})(x);
  x = stage(x, 64, 3, 1, "conv2");
  x = stage(x, 128, 4, 2, "conv3");
  x = stage(x, 256, 6, 2, "conv4");
  x = stage(x, 512, 3, 2, "conv5");
  if (config.include_top) {
    x = GlobalAveragePooling2D({.name = "avg_pool"})(x);
    x = Dense({.units = config.classes, .activation = "softmax", .name = "predictions"})(x);
  }
  return Model(image, x, {.name = "resnet50"});
}

}  // namespace graft::zoo
