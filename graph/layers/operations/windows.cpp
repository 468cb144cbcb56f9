#include "graft/graph/layers/operations/windows.h"

#include <algorithm>

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/spatial.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Type = Operation::Type;

// -- settings --------------------------------------------------------------------------------------------------------

Dims spatial_setting(In in, const std::string& name, size_t axes, const Dims& otherwise) {
  const Literal& written = in.setting(name);
  if (written.is_none() && !otherwise.empty()) return otherwise;
  Dims dims = written.integers();
  if (dims.size() == 1) dims.resize(axes, dims[0]);
  if (dims.size() != axes) throw ShapeError(cat(name, " must be one number or ", axes, "; received ", written.str()));
  if (std::ranges::any_of(dims, [](int64_t dim) { return dim < 0; }))
    throw ConfigError(cat(name, " must not be negative; received ", written.str()));
  return dims;
}

static bool channels_first(In in) {
  const Literal& written = in.setting("data_format");
  if (written.is_none() || written.string() == "channels_last") return false;
  if (written.string() == "channels_first") return true;
  throw ConfigError(
      cat("data_format must be \"channels_last\" or \"channels_first\"; received \"", written.string(), '"'));
}

Value images_first(In in, Value x) { return channels_first(in) ? x : to_channels_first(in.b, x); }
Value images_back(In in, Value x) { return channels_first(in) ? x : to_channels_last(in.b, x); }

PaddedWindows padded_windows(In in, const Dims& dims, const Dims& kernel, const Dims& strides, const Dims& dilation) {
  const std::string padding = Padding::parse(in.setting("padding").string()).str();
  const Dims sizes(dims.begin() + 2, dims.begin() + 2 + std::ssize(kernel));
  const Windows over = windows_over(sizes, {kernel, strides, dilation, padding});
  const PaddedWindows windows{kernel, strides, dilation, over.before, over.after};
  return windows;
}

// -- pixels of windows -----------------------------------------------------------------------------------------------

static ops::ConvArgs conv_args(const PaddedWindows& windows, int64_t groups) {
  Dims holes = windows.dilation;
  for (int64_t& hole : holes) --hole;
  return {.strides = windows.strides,
          .dilates = holes,
          .padding_l = windows.before,
          .padding_r = windows.after,
          .groups = groups};
}

// Kernels of which each has a single 1: as many as pixels, for each channel.
static Value pickers(In in, int64_t channels, const Dims& kernel) {
  const int64_t pixels = ops::elements(kernel);
  std::vector<float> numbers(static_cast<size_t>(pixels * pixels));
  for (int64_t i = 0; i < pixels; ++i) numbers[static_cast<size_t>(i * (pixels + 1))] = 1;
  const Value one = in.b.constant(Tensor(Shape{1, pixels, pixels}, numbers));
  Dims dims{channels * pixels, 1};
  dims.insert(dims.end(), kernel.begin(), kernel.end());
  return in.b.reshape(in.b.broadcast_to(one, {channels, pixels, pixels}), dims);
}

Value window_pixels(In in, Value x, const PaddedWindows& windows) {
  const int64_t channels = in.b.dims(x)[1];
  const Value y = in.b.conv(x, pickers(in, channels, windows.kernel), {}, conv_args(windows, channels));
  Dims dims = in.b.dims(y);
  dims[1] = ops::elements(windows.kernel);
  dims.insert(dims.begin() + 1, channels);
  return in.b.reshape(y, dims);
}

Value summed_windows(In in, Value pixels, const Dims& dims, const PaddedWindows& windows) {
  Dims flat = in.b.dims(pixels);
  flat[1] *= flat[2];
  flat.erase(flat.begin() + 2);
  return in.b.conv_backward_data(in.b.reshape(pixels, flat), pickers(in, dims[1], windows.kernel), dims,
                                 conv_args(windows, dims[1]));
}

// -- convolutions ----------------------------------------------------------------------------------------------------

// Keras's kernel (spatial..., in, out) as (out, in, spatial...).
static Value kernel_first(In in, Value kernel) {
  const auto rank = static_cast<int>(in.b.dims(kernel).size());
  std::vector<int> order{rank - 1, rank - 2};
  for (int axis = 0; axis < rank - 2; ++axis) order.push_back(axis);
  return in.b.transpose(kernel, order);
}

static Value convolved(In in, Value x, Value weights, int64_t groups) {
  const Dims dims = in.b.dims(x), kernel(in.b.dims(weights).begin() + 2, in.b.dims(weights).end());
  if (dims.size() != kernel.size() + 2)
    throw ShapeError(
        cat("the kernel must have the rank of the images, ", dims.size(), "; received ", kernel.size() + 2));
  const Dims strides = spatial_setting(in, "strides", kernel.size());
  const Dims dilation = spatial_setting(in, "dilation_rate", kernel.size());
  return in.b.conv(x, weights, {}, conv_args(padded_windows(in, dims, kernel, strides, dilation), groups));
}

static Value conv(In in) {
  const Value x = images_first(in, in[0]), weights = kernel_first(in, in[1]);
  const int64_t channels = in.b.dims(x)[1], of_group = in.b.dims(weights)[1];
  if (of_group == 0 || channels % of_group != 0)
    throw ShapeError(
        cat("the channels must be a multiple of those of the kernel, ", of_group, "; received ", channels));
  return images_back(in, convolved(in, x, weights, channels / of_group));
}

// The kernel (spatial..., C, multiplier) is one kernel for each channel and multiplier.
static Value depthwise(In in) {
  const Value x = images_first(in, in[0]);
  const Dims dims = in.dims(1);
  const int64_t channels = dims[dims.size() - 2];
  std::vector<int> order{static_cast<int>(dims.size()) - 2, static_cast<int>(dims.size()) - 1};
  Dims shape{channels * dims.back(), 1};
  for (size_t axis = 0; axis + 2 < dims.size(); ++axis) {
    order.push_back(static_cast<int>(axis));
    shape.push_back(dims[axis]);
  }
  if (in.b.dims(x)[1] != channels)
    throw ShapeError(cat("the kernel has ", channels, " channels; received ", in.b.dims(x)[1]));
  return convolved(in, x, in.b.reshape(in.b.transpose(in[1], order), shape), channels);
}

static Value separable(In in) {
  const Value pixels = depthwise(in), weights = kernel_first(in, in[2]);
  const Dims ones(in.b.dims(pixels).size() - 2, 1), zeros(ones.size(), 0);
  const PaddedWindows dense{ones, ones, ones, zeros, zeros};
  return images_back(in, in.b.conv(pixels, weights, {}, conv_args(dense, 1)));
}

// -- poolings --------------------------------------------------------------------------------------------------------

static Value pooled(In in, ops::Pooling algorithm) {
  const Value x = images_first(in, in[0]);
  const Dims dims = in.b.dims(x);
  if (dims.size() < 3)
    throw ShapeError(cat("the input must have rank 3 or more (N, ..., C); received ", Shape(in.dims(0))));
  const Dims size = spatial_setting(in, "pool_size", dims.size() - 2);
  const Dims strides = spatial_setting(in, "strides", size.size(), size);
  const PaddedWindows windows = padded_windows(in, dims, size, strides, Dims(size.size(), 1));
  return images_back(in, in.b.pool(x, {.algorithm = algorithm,
                                       .kernel = size,
                                       .strides = strides,
                                       .padding_l = windows.before,
                                       .padding_r = windows.after}));
}

static Value adaptively_pooled(In in, ops::Pooling algorithm) {
  const Value x = images_first(in, in[0]);
  return images_back(in, in.b.adaptive_pool(x, algorithm, spatial_setting(in, "output_size", in.b.dims(x).size() - 2)));
}

// -- blocks of pixels ------------------------------------------------------------------------------------------------

// PaddedWindows of PyTorch's settings over images (N, C, H, W).
static PaddedWindows torch_windows(In in) {
  const Dims padding = spatial_setting(in, "padding", 2);
  return {spatial_setting(in, "kernel_size", 2), spatial_setting(in, "stride", 2), spatial_setting(in, "dilation", 2),
          padding, padding};
}

static Value unfolded(In in) {
  if (in.rank(0) != 4) throw ShapeError(cat("the input must have rank 4 (N, C, H, W); received ", Shape(in.dims(0))));
  const Value y = window_pixels(in, in[0], torch_windows(in));
  const Dims dims = in.b.dims(y);
  return in.b.reshape(y, {dims[0], dims[1] * dims[2], dims[3] * dims[4]});
}

static Value folded(In in) {
  const PaddedWindows windows = torch_windows(in);
  const Dims size = spatial_setting(in, "output_size", 2), given = in.dims(0);
  const int64_t pixels = ops::elements(windows.kernel);
  Dims counts;
  for (size_t axis = 0; axis < 2; ++axis)
    counts.push_back((size[axis] + 2 * windows.before[axis] - windows.dilation[axis] * (windows.kernel[axis] - 1) - 1) /
                         windows.strides[axis] +
                     1);
  if (given.size() != 3 || given[1] % pixels != 0 || given[2] != ops::elements(counts))
    throw ShapeError(cat("the input must be windows (N, C times ", pixels, ", ", ops::elements(counts), "); received ",
                         Shape(given)));
  const int64_t channels = given[1] / pixels;
  const Value blocks = in.b.reshape(in[0], {given[0], channels, pixels, counts[0], counts[1]});
  return summed_windows(in, blocks, {given[0], channels, size[0], size[1]}, windows);
}

// The axes of an image in the order of the data format.
struct ImageAxes {
  int64_t n, c, h, w;
};

static ImageAxes image_axes(In in) {
  const Dims d = in.dims(0);
  if (d.size() != 4) throw ShapeError(cat("the input must have rank 4; received ", Shape(d)));
  return channels_first(in) ? ImageAxes{d[0], d[1], d[2], d[3]} : ImageAxes{d[0], d[3], d[1], d[2]};
}

static Value depth_to_space(In in) {
  const auto [n, c, h, w] = image_axes(in);
  const int64_t k = in.setting("block_size").integer(), depth = c / (k * k);
  if (c % (k * k) != 0) throw ShapeError(cat("block_size squared must divide the channels, ", c, "; received ", k));
  if (channels_first(in)) {
    const Value blocks = in.b.transpose(in.b.reshape(in[0], {n, depth, k, k, h, w}), {0, 1, 4, 2, 5, 3});
    return in.b.reshape(blocks, {n, depth, h * k, w * k});
  }
  const Value blocks = in.b.transpose(in.b.reshape(in[0], {n, h, w, k, k, depth}), {0, 1, 3, 2, 4, 5});
  return in.b.reshape(blocks, {n, h * k, w * k, depth});
}

static Value space_to_depth(In in) {
  const auto [n, c, h, w] = image_axes(in);
  const int64_t k = in.setting("block_size").integer();
  if (in.probe == 0 && (h % k != 0 || w % k != 0))
    throw ShapeError(cat("block_size must divide height and width; received ", k, " and ", Shape(in.dims(0))));
  const int64_t rows = h / k, columns = w / k;
  if (rows * k != h || columns * k != w)
    return in.b.input(channels_first(in) ? Dims{n, c * k * k, rows, columns} : Dims{n, rows, columns, c * k * k}, "x");
  if (channels_first(in)) {
    const Value blocks = in.b.transpose(in.b.reshape(in[0], {n, c, rows, k, columns, k}), {0, 1, 3, 5, 2, 4});
    return in.b.reshape(blocks, {n, c * k * k, rows, columns});
  }
  const Value blocks = in.b.transpose(in.b.reshape(in[0], {n, rows, k, columns, k, c}), {0, 1, 3, 2, 4, 5});
  return in.b.reshape(blocks, {n, rows, columns, c * k * k});
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation on_images(const char* name, std::vector<std::string> operands, Literals settings, Emit emit,
                           Type type = Type::floats) {
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = type};
}

static std::vector<Operation> window_rows() {
  const Literals conv_settings{{"strides", 1}, {"padding", "valid"}, {"data_format", {}}, {"dilation_rate", 1}};
  const Literals pool_settings{{"pool_size", 2}, {"strides", {}}, {"padding", "valid"}, {"data_format", {}}};
  const Literals adaptive{{"output_size", 1}, {"data_format", {}}};
  const Literals blocks{{"block_size", 1}, {"data_format", "channels_last"}};
  const Literals folds{{"kernel_size", 1}, {"dilation", 1}, {"padding", 0}, {"stride", 1}};
  Literals fold = folds;
  fold["output_size"] = 1;
  using ops::Pooling;
  return {
      on_images("Conv", {"inputs", "kernel"}, conv_settings, conv),
      on_images("DepthwiseConv", {"inputs", "kernel"}, conv_settings,
                [](In in) { return images_back(in, depthwise(in)); }),
      on_images("SeparableConv", {"inputs", "depthwise_kernel", "pointwise_kernel"}, conv_settings, separable),
      on_images(
          "MaxPool", {"inputs"}, pool_settings, [](In in) { return pooled(in, Pooling::max); }, Type::first),
      on_images("AveragePool", {"inputs"}, pool_settings,
                [](In in) { return pooled(in, Pooling::avg_exclude_padding); }),
      on_images(
          "AdaptiveMaxPool", {"inputs"}, adaptive, [](In in) { return adaptively_pooled(in, Pooling::max); },
          Type::first),
      on_images("AdaptiveAveragePool", {"inputs"}, adaptive,
                [](In in) { return adaptively_pooled(in, Pooling::avg_exclude_padding); }),
      on_images("Unfold", {"x"}, folds, unfolded, Type::first),
      on_images("Fold", {"x"}, fold, folded, Type::first),
      on_images("DepthToSpace", {"x"}, blocks, depth_to_space, Type::first),
      on_images("SpaceToDepth", {"x"}, blocks, space_to_depth, Type::first),
  };
}

const std::vector<Operation>& window_operations() {
  static const auto table = window_rows();
  return table;
}

}  // namespace graft
