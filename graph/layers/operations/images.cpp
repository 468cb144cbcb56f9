#include <algorithm>
#include <cmath>
#include <limits>

#include "graft/graph/layers/operations/tables.h"
#include "graft/graph/layers/operations/windows.h"

namespace graft {

using Type = Operation::Type;

// -- batches of images -----------------------------------------------------------------------------------------------

// Applies a function of images (N, C, H, W) to the first operand, which may be a single image without N.
template <class Function>
static Value on_batch(In in, const Function& function) {
  const Dims dims = in.dims(0);
  if (dims.size() != 3 && dims.size() != 4)
    throw ShapeError(cat("images must have rank 3 or 4; received ", Shape(dims)));
  const bool single = dims.size() == 3;
  const Value y = images_back(in, function(images_first(in, single ? expanded(in, in[0], 0) : in[0])));
  Dims result = in.b.dims(y);
  if (single) result.erase(result.begin());
  return in.shaped(y, result);
}

// -- colours ---------------------------------------------------------------------------------------------------------

static Value channel(In in, Value x, int64_t i) { return cut(in, x, 1, i, 1); }

static void check_colours(In in, Value x) {
  if (in.b.dims(x)[1] != 3) throw ShapeError(cat("images must have 3 channels; received ", Shape(in.dims(0))));
}

static Value grayscale(In in, Value x) {
  if (in.b.dims(x)[1] == 1) return x;
  check_colours(in, x);
  const Value weights = in.b.reshape(constant_of(in, {0.2989f, 0.587f, 0.114f}), {1, 3, 1, 1});
  return sum_of(in, in.b.mul(x, weights), {1});
}

static Value hue(In in, Value red, Value green, Value blue, Value most, Value range) {
  ops::Builder& b = in.b;
  const Value some = compared(in, Binary::gt, range, 0);
  const Value unit = b.div(b.scalar(1.f / 6), b.where(some, range, b.scalar(1)));
  const Value of_green = b.scale(b.mul(unit, b.sub(blue, red)), 1, 2.f / 6);
  const Value of_blue = b.scale(b.mul(unit, b.sub(red, green)), 1, 4.f / 6);
  const Value other = b.where(b.binary(Binary::eq, most, green), of_green, of_blue);
  const Value turn = b.where(b.binary(Binary::eq, most, red), b.mul(unit, b.sub(green, blue)), other);
  return b.add(b.where(some, turn, b.scalar(0)), b.binary(Binary::lt, turn, b.scalar(0)));
}

static Value to_hsv(In in, Value given) {
  ops::Builder& b = in.b;
  check_colours(in, given);
  const Value size = b.eltwise(given, Eltwise::abs);
  const Value x = b.where(compared(in, Binary::lt, size, std::numeric_limits<float>::epsilon()), b.scalar(0), given);
  const Value most = b.reduce(Reduction::max, x, {1}), range = b.sub(most, b.reduce(Reduction::min, x, {1}));
  const Value bright = compared(in, Binary::gt, most, 0);
  const Value saturation = b.where(bright, b.div(range, b.where(bright, most, b.scalar(1))), b.scalar(0));
  const Value turn = hue(in, channel(in, x, 0), channel(in, x, 1), channel(in, x, 2), most, range);
  return b.concat({turn, saturation, most}, 1);
}

// Each colour is value (1 - saturation + saturation d), where d rises and falls around its place on the circle of hues.
static Value to_rgb(In in, Value x) {
  ops::Builder& b = in.b;
  check_colours(in, x);
  const Value saturation = channel(in, x, 1), value = channel(in, x, 2);
  const Value turn = b.scale(b.binary(Binary::mod, channel(in, x, 0), b.scalar(1)), 6);
  const auto colour = [&](float place, float sign, float offset) {
    const Value distance = b.eltwise(b.scale(turn, 1, -place), Eltwise::abs);
    const Value share = b.eltwise(b.scale(distance, sign, offset), Eltwise::clip, 0.f, 1.f);
    return b.mul(value, b.add(b.scale(saturation, -1, 1), b.mul(saturation, share)));
  };
  return b.concat({colour(3, 1, -1), colour(2, -1, 2), colour(4, -1, 2)}, 1);
}

// -- borders ---------------------------------------------------------------------------------------------------------

// The pixels before and after one axis, of which one may follow from the size that the axis is to have.
static std::pair<int64_t, int64_t> border(In in, const std::string& first, const std::string& second,
                                          const std::string& target, int64_t change) {
  const Literal &before = in.setting(first), &after = in.setting(second), &size = in.setting(target);
  if (before.is_none() + after.is_none() + size.is_none() != 1)
    throw ConfigError(cat("two of ", first, ", ", second, " and ", target, " must be given"));
  const int64_t total = size.is_none() ? before.integer() + after.integer() : std::abs(size.integer() - change);
  const int64_t begin = before.is_none() ? total - after.integer() : before.integer();
  const int64_t end = after.is_none() ? total - before.integer() : after.integer();
  if (begin < 0 || end < 0)
    throw ShapeError(cat(first, " and ", second, " must not be negative; they are ", begin, " and ", end));
  return {begin, end};
}

static Value padded(In in, Value x) {
  const Dims dims = in.b.dims(x);
  const auto [top, bottom] = border(in, "top_padding", "bottom_padding", "target_height", dims[2]);
  const auto [left, right] = border(in, "left_padding", "right_padding", "target_width", dims[3]);
  return in.b.pad(x, {0, 0, top, left}, {0, 0, bottom, right});
}

static Value cropped(In in, Value x) {
  const Dims dims = in.b.dims(x);
  const auto [top, bottom] = border(in, "top_cropping", "bottom_cropping", "target_height", dims[2]);
  const auto [left, right] = border(in, "left_cropping", "right_cropping", "target_width", dims[3]);
  const int64_t height = dims[2] - top - bottom, width = dims[3] - left - right;
  if (height < 1 || width < 1) throw ShapeError(cat("the images would be empty; received ", Shape(in.dims(0))));
  return cut(in, cut(in, x, 2, top, height), 3, left, width);
}

// -- sizes -----------------------------------------------------------------------------------------------------------

static ops::Interpolation interpolation(const std::string& word) {
  using ops::Interpolation;
  for (const auto& [name, value] :
       {std::pair{"bilinear", Interpolation::linear}, std::pair{"nearest", Interpolation::nearest},
        std::pair{"bicubic", Interpolation::cubic}, std::pair{"lanczos3", Interpolation::lanczos3},
        std::pair{"lanczos5", Interpolation::lanczos5}, std::pair{"area", Interpolation::area}})
    if (word == name) return value;
  throw ConfigError(
      cat("interpolation must be \"bilinear\", \"nearest\", \"bicubic\", \"lanczos3\", \"lanczos5\" or "
          "\"area\"; received \"",
          word, '"'));
}

// The largest part in the middle, or the smallest frame around the images, that has the shape of the result.
static Value to_aspect_ratio(In in, Value x, const Dims& size) {
  const int64_t height = in.b.dims(x)[2], width = in.b.dims(x)[3];
  const int64_t fitting_height = width * size[0] / size[1], fitting_width = height * size[1] / size[0];
  if (in.flag("crop_to_aspect_ratio")) {
    const int64_t rows = std::clamp<int64_t>(fitting_height, 1, height),
                  columns = std::clamp<int64_t>(fitting_width, 1, width);
    return cut(in, cut(in, x, 2, (height - rows) / 2, rows), 3, (width - columns) / 2, columns);
  }
  if (!in.flag("pad_to_aspect_ratio")) return x;
  const int64_t down = (std::max(height, fitting_height) - height) / 2,
                right = (std::max(width, fitting_width) - width) / 2;
  return in.b.pad(x, {0, 0, down, right}, {0, 0, down, right}, in.number("fill_value"));
}

static Value resized(In in, Value x) {
  const Dims size = spatial_setting(in, "size", 2);
  if (size[0] < 1 || size[1] < 1)
    throw ConfigError(cat("size must be at least 1; received ", in.setting("size").str()));
  const Value y = in.b.resize(to_aspect_ratio(in, x, size), size, interpolation(in.setting("interpolation").string()),
                              in.flag("antialias"));
  return is_floating(in.dtype(0)) ? y : in.b.eltwise(y, Eltwise::round);
}

// -- patches ---------------------------------------------------------------------------------------------------------

// (N, C, spatial) -> (N, pixels C, windows), channels next to each other, for as many spatial axes as size has.
static Value patches(In in) {
  const Literal& written = in.setting("size");
  const size_t axes = written.is_list() ? written.list().size() : 2;
  const bool single = in.dims(0).size() == axes + 1;
  const Value x = images_first(in, single ? expanded(in, in[0], 0) : in[0]);
  const Dims dims = in.b.dims(x);
  if (dims.size() != axes + 2)
    throw ShapeError(cat("images must have rank ", axes + 1, " or ", axes + 2, "; received ", Shape(in.dims(0))));
  const Dims size = spatial_setting(in, "size", axes), strides = spatial_setting(in, "strides", axes, size);
  const PaddedWindows windows = padded_windows(in, dims, size, strides, spatial_setting(in, "dilation_rate", axes));
  const Value pixels = moved(in, window_pixels(in, x, windows), {1}, {2});
  Dims flat = in.b.dims(pixels);
  flat[1] *= flat[2];
  flat.erase(flat.begin() + 2);
  const Value y = images_back(in, in.b.reshape(pixels, flat));
  Dims result = in.b.dims(y);
  if (single) result.erase(result.begin());
  return in.b.reshape(y, result);
}

// -- places between pixels -------------------------------------------------------------------------------------------

static ops::MapArgs map_args(In in, bool linear) {
  const std::string& word = in.setting("fill_mode").string();
  using ops::FillMode;
  for (const auto& [name, mode] : {std::pair{"constant", FillMode::constant}, std::pair{"nearest", FillMode::nearest},
                                   std::pair{"wrap", FillMode::wrap}, std::pair{"mirror", FillMode::mirror},
                                   std::pair{"reflect", FillMode::reflect}})
    if (word == name) return {linear, mode, in.number("fill_value")};
  throw ConfigError(
      cat("fill_mode must be \"constant\", \"nearest\", \"wrap\", \"mirror\" or \"reflect\"; received \"", word, '"'));
}

// The pixel (x, y) of the result is read at (a0 x + a1 y + a2, b0 x + b1 y + b2); c0 and c1 of the transform are 0.
static Value affine(In in, Value x) {
  ops::Builder& b = in.b;
  const int64_t height = b.dims(x)[2], width = b.dims(x)[3];
  const Dims given = in.dims(1);
  if (given.empty() || given.size() > 2 || given.back() != 8)
    throw ShapeError(cat("transform must have shape (8) or (N, 8); received ", Shape(given)));
  const int64_t count = given.size() == 1 ? 1 : given[0];
  const Value transform = b.reshape(in[1], {count, 8, 1, 1});
  const Value row = b.reshape(counting(in, height), {1, 1, height, 1});
  const Value column = b.reshape(counting(in, width), {1, 1, 1, width});
  const auto place = [&](int64_t first) {
    const Value across = b.mul(column, cut(in, transform, 1, first, 1)),
                down = b.mul(row, cut(in, transform, 1, first + 1, 1));
    return b.add(b.add(across, down), cut(in, transform, 1, first + 2, 1));
  };
  const std::string& word = in.setting("interpolation").string();
  if (word != "bilinear" && word != "nearest")
    throw ConfigError(cat("interpolation must be \"bilinear\" or \"nearest\"; received \"", word, '"'));
  return b.map_coordinates(x, b.concat({place(3), place(0)}, 1), map_args(in, word == "bilinear"));
}

// Coordinates (rank of the inputs, ...) of single elements.
static Value mapped(In in) {
  const Dims dims = in.dims(0), places = in.dims(1);
  const int64_t order = in.setting("order").integer();
  if (order != 0 && order != 1) throw ConfigError(cat("order must be 0 or 1; received ", order));
  if (places.empty() || places[0] != std::ssize(dims))
    throw ShapeError(cat("coordinates must have a first dimension of ", dims.size(), "; received ", Shape(places)));
  Dims image{1, 1}, coordinates{1};
  image.insert(image.end(), dims.begin(), dims.end());
  coordinates.insert(coordinates.end(), places.begin(), places.end());
  const Value y =
      in.b.map_coordinates(in.b.reshape(in[0], image), in.b.reshape(in[1], coordinates), map_args(in, order == 1));
  return in.shaped(y, Dims(places.begin() + 1, places.end()));
}

// -- blur ------------------------------------------------------------------------------------------------------------

static std::vector<double> gaussian(int64_t size, double sigma) {
  std::vector<double> weights;
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double distance = (static_cast<double>(i) - static_cast<double>(size - 1) / 2) / sigma;
    weights.push_back(std::exp(-0.5 * distance * distance));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

static Value blurred(In in, Value x) {
  const Dims size = spatial_setting(in, "kernel_size", 2), ones{1, 1};
  std::vector<double> sigma = in.setting("sigma").numbers();
  if (sigma.size() == 1) sigma.push_back(sigma[0]);
  std::vector<float> kernel;
  for (const double down : gaussian(size[1], sigma[1]))
    for (const double across : gaussian(size[0], sigma[0])) kernel.push_back(static_cast<float>(down * across));
  const Dims dims = in.b.dims(x);
  const int64_t channels = dims[1];
  const Value one = in.b.constant(Tensor(Shape{1, 1, size[0], size[1]}, kernel));
  const Value weights = in.b.broadcast_to(one, {channels, 1, size[0], size[1]});
  const Dims before{(size[0] - 1) / 2, (size[1] - 1) / 2}, after{size[0] / 2, size[1] / 2};
  return in.b.conv(x, weights, {},
                   {.strides = ones, .dilates = {0, 0}, .padding_l = before, .padding_r = after, .groups = channels});
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation image(const char* name, Value (*function)(In, Value), Literals settings = {},
                       std::vector<std::string> operands = {"images"}) {
  settings.emplace("data_format", Literal());
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = [function](In in) { return on_batch(in, [&](Value x) { return function(in, x); }); },
          .type = Type::first};
}

static Literals border_settings(const std::string& what) {
  Literals settings{{"target_height", {}}, {"target_width", {}}};
  for (const char* side : {"top_", "left_", "bottom_", "right_"}) settings[side + what] = Literal();
  return settings;
}

static std::vector<Operation> image_rows() {
  Operation patch =
      image("ExtractPatches", nullptr, {{"size", 1}, {"strides", {}}, {"dilation_rate", 1}, {"padding", "valid"}});
  patch.emit = patches;
  Operation map{.name = "MapCoordinates",
                .operands = {"inputs", "coordinates"},
                .settings = {{"order", 1}, {"fill_mode", "constant"}, {"fill_value", 0}},
                .emit = mapped,
                .type = Type::first};
  const Literal pair(std::vector<int64_t>{3, 3}), unit(Literal::List{1.0, 1.0});
  return {
      image("RGBToGrayscale", grayscale),
      image("RGBToHSV", to_hsv),
      image("HSVToRGB", to_rgb),
      image("PadImages", padded, border_settings("padding")),
      image("CropImages", cropped, border_settings("cropping")),
      image("Resize", resized,
            {{"size", 1},
             {"interpolation", "bilinear"},
             {"antialias", false},
             {"crop_to_aspect_ratio", false},
             {"pad_to_aspect_ratio", false},
             {"fill_mode", "constant"},
             {"fill_value", 0.0}}),
      image("AffineTransform", affine, {{"interpolation", "bilinear"}, {"fill_mode", "constant"}, {"fill_value", 0}},
            {"images", "transform"}),
      image("GaussianBlur", blurred, {{"kernel_size", pair}, {"sigma", unit}}),
      std::move(patch),
      std::move(map),
  };
}

const std::vector<Operation>& image_operations() {
  static const auto table = image_rows();
  return table;
}

}  // namespace graft
