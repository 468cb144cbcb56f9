#include "graft/models/zoo/mobilenet_v2.h"

#include <cmath>
#include <iomanip>

#include "graft/graph/layers/layers.h"

namespace graft::zoo {

namespace {

struct Block {
  int64_t filters, stride;
};

// What the paper calls t = 6, c, n, s: the blocks behind the first.
constexpr Block kBlocks[] = {{24, 2}, {24, 1}, {32, 2}, {32, 1}, {32, 1},  {64, 2},  {64, 1},  {64, 1},
                             {64, 1}, {96, 1}, {96, 1}, {96, 1}, {160, 2}, {160, 1}, {160, 1}, {320, 1}};

// The nearest multiple of 8, at least 8, but never more than a tenth below the value.
int64_t divisible(double value) {
  const int64_t nearest = std::max<int64_t>(8, static_cast<int64_t>(value + 4) / 8 * 8);
  return static_cast<double>(nearest) < 0.9 * value ? nearest + 8 : nearest;
}

SymbolicTensor batch_norm(const SymbolicTensor& x, const std::string& name) {
  return BatchNormalization({.momentum = 0.999, .epsilon = 1e-3, .name = name})(x);
}

SymbolicTensor relu6(const SymbolicTensor& x, const std::string& name) {
  return ReLU({.max_value = 6, .name = name})(x);
}

SymbolicTensor pointwise(const SymbolicTensor& x, int64_t filters, const std::string& name) {
  return Conv2D({.filters = filters, .kernel_size = 1, .padding = "same", .use_bias = false, .name = name})(x);
}

// Pads so that windows of stride 2 cover the same pixels as with "same" at odd sizes: an even size gets no row or
// column at the top and left.
ZeroPadding2D stride_padding(const SymbolicTensor& x, const std::string& name) {
  const int64_t top = x.shape()[1] % 2, left = x.shape()[2] % 2;
  return ZeroPadding2D({.padding = {{top, 1}, {left, 1}}, .name = name});
}

SymbolicTensor depthwise(SymbolicTensor x, int64_t stride, const std::string& prefix) {
  if (stride > 1) x = stride_padding(x, prefix + "pad")(x);
  const Padding padding = stride > 1 ? Padding("valid") : Padding("same");
  x = DepthwiseConv2D(
      {.kernel_size = 3, .strides = stride, .padding = padding, .use_bias = false, .name = prefix + "depthwise"})(x);
  return relu6(batch_norm(x, prefix + "depthwise_BN"), prefix + "depthwise_relu");
}

// Expands the channels six times (except in the first block), filters each one, and projects back to few channels.
SymbolicTensor inverted_residual(const SymbolicTensor& input, Block block, double alpha, int64_t number) {
  const std::string prefix = number == 0 ? "expanded_conv_" : cat("block_", number, "_");
  const int64_t channels = input.shape()[-1];
  const int64_t filters = divisible(std::floor(static_cast<double>(block.filters) * alpha));
  auto x = input;
  if (number > 0) {
    x = pointwise(x, 6 * channels, prefix + "expand");
    x = relu6(batch_norm(x, prefix + "expand_BN"), prefix + "expand_relu");
  }
  x = depthwise(x, block.stride, prefix);
  x = batch_norm(pointwise(x, filters, prefix + "project"), prefix + "project_BN");
  return block.stride == 1 && channels == filters ? Add({.name = prefix + "add"})({input, x}) : x;
}

void check(const MobileNetV2Config& config) {
  check_at_least("MobileNetV2Config::size", config.size, 32);  // five halvings
  check_at_least("MobileNetV2Config::channels", config.channels, 1);
  check_at_least("MobileNetV2Config::classes", config.classes, 1);
  if (!(config.alpha > 0 && std::isfinite(config.alpha)))
    throw ConfigError(cat("MobileNetV2Config::alpha must be above 0; received ", config.alpha));
}

}  // namespace

Model mobilenet_v2(const MobileNetV2Config& config) {
  check(config);
  const double alpha = config.alpha;
  auto image = Input({.shape = {config.size, config.size, config.channels}});
  auto x = Conv2D({.filters = divisible(32 * alpha),
                   .kernel_size = 3,
                   .strides = 2,
                   .padding = "same",
                   .use_bias = false,
                   .name = "Conv1"})(image);
  x = relu6(batch_norm(x, "bn_Conv1"), "Conv1_relu");
  x = inverted_residual(x, {16, 1}, alpha, 0);
  for (int64_t number = 1; const Block& block : kBlocks) x = inverted_residual(x, block, alpha, number++);
  x = Conv2D(
      {.filters = divisible(1280 * std::max(alpha, 1.0)), .kernel_size = 1, .use_bias = false, .name = "Conv_1"})(x);
  x = relu6(batch_norm(x, "Conv_1_bn"), "out_relu");
  if (config.include_top) {
    x = GlobalAveragePooling2D({.name = "global_average_pooling2d"})(x);
    x = Dense({.units = config.classes, .activation = "softmax", .name = "predictions"})(x);
  }
  std::ostringstream name;
  name << "mobilenetv2_" << std::fixed << std::setprecision(2) << alpha << '_' << config.size;
  return Model(image, x, {.name = name.str()});
}

}  // namespace graft::zoo
