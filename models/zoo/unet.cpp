#include "graft/models/zoo/unet.h"

#include "graft/graph/layers/layers.h"

namespace graft::zoo {

namespace {

SymbolicTensor level(SymbolicTensor x, int64_t filters, const std::string& name) {
  for (const char* number : {"1", "2"}) {
    x = Conv2D({.filters = filters,
                .kernel_size = 3,
                .padding = "same",
                .use_bias = false,
                .kernel_initializer = "he_normal",
                .name = name + "_conv" + number})(x);
    x = BatchNormalization({.name = name + "_bn" + number})(x);
    x = Activation({.activation = "relu", .name = name + "_relu" + number})(x);
  }
  return x;
}

SymbolicTensor twice_as_large(const SymbolicTensor& x, int64_t filters, const std::string& name) {
  return Conv2DTranspose({.filters = filters, .kernel_size = 2, .strides = 2, .padding = "same", .name = name})(x);
}

SymbolicTensor mask(const SymbolicTensor& x, int64_t classes) {
  const ActivationFunction activation = classes == 1 ? ActivationName("sigmoid") : ActivationName("softmax");
  return Conv2D({.filters = classes, .kernel_size = 1, .activation = activation, .name = "mask"})(x);
}

void check(const UNetConfig& config) {
  check_at_least("UNetConfig::size", config.size, 1);
  check_at_least("UNetConfig::channels", config.channels, 1);
  check_at_least("UNetConfig::classes", config.classes, 1);
  check_at_least("UNetConfig::base_filters", config.base_filters, 1);
  check_at_least("UNetConfig::depth", config.depth, 1);
  const bool halves = config.depth < 32 && config.size % (int64_t{1} << config.depth) == 0;
  if (!halves)
    throw ConfigError(cat("UNetConfig::size must be a multiple of 2^depth; received size ", config.size, " and depth ",
                          config.depth));
}

}  // namespace

Model unet(const UNetConfig& config) {
  check(config);
  auto image = Input({.shape = {config.size, config.size, config.channels}, .name = "image"});
  auto x = image;
  int64_t filters = config.base_filters;
  std::vector<SymbolicTensor> skips;
  for (int64_t i = 1; i <= config.depth; ++i, filters *= 2) {
    skips.push_back(level(x, filters, cat("down", i)));
    x = MaxPooling2D({.name = cat("down", i, "_pool")})(skips.back());
  }
  x = level(x, filters, "bottom");
  for (int64_t i = config.depth; i >= 1; --i) {
    filters /= 2;
    x = twice_as_large(x, filters, cat("up", i, "_transpose"));
    x = Concatenate({.name = cat("up", i, "_concat")})({skips[static_cast<size_t>(i - 1)], x});
    x = level(x, filters, cat("up", i));
  }
  return Model(image, mask(x, config.classes), {.name = "unet"});
}

}  // namespace graft::zoo
