#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graft/graph/layers/layers.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_check.h"

using namespace graft;
using graft::test::run_layer;
using graft::test::spaced;

namespace {

using Values = std::vector<float>;

Values values(const Tensor& tensor) { return {tensor.data<float>().begin(), tensor.data<float>().end()}; }

// The same image (height, width, channels), as often as `count`.
Tensor copies(int64_t count, const Shape& image, const Values& pixels) {
  Values all;
  for (int64_t i = 0; i < count; ++i) all.insert(all.end(), pixels.begin(), pixels.end());
  return Tensor(Shape{count, image[0], image[1], image[2]}, std::move(all));
}

// The pixel at this place of each image.
Values pixel(const Tensor& images, int64_t place) {
  const int64_t size = images.shape().elements() / images.shape()[0];
  Values found;
  for (int64_t i = 0; i < images.shape()[0]; ++i)
    found.push_back(images.data<float>()[static_cast<size_t>(i * size + place)]);
  return found;
}

double mean(const Values& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0) / static_cast<double>(numbers.size());
}

double part(const Values& numbers, float value) {
  return static_cast<double>(std::ranges::count(numbers, value)) / static_cast<double>(numbers.size());
}

// In training, of 1000 copies of this image.
Tensor trained(const Layer& layer, const Shape& image, const Values& pixels) {
  return run_layer(layer, {copies(1000, image, pixels)}, true);
}

void check_even(const Values& numbers, double low, double high) {
  const auto [least, most] = std::ranges::minmax(numbers);
  const double width = high - low;
  CHECK(least >= low - 1e-5);
  CHECK(most <= high + 1e-5);
  CHECK(least < low + 0.05 * width);
  CHECK(most > high - 0.05 * width);
  CHECK(std::abs(mean(numbers) - (low + high) / 2) < 0.05 * width);
}

std::vector<Layer> random_layers() {
  return {RandomBrightness({.factor = 0.5}),
          RandomContrast({.factor = 0.5}),
          RandomInvert(),
          RandomPosterization({.factor = 4}),
          Solarization({.addition_factor = 0.5, .threshold_factor = 0.5}),
          RandomColorDegeneration({.factor = 0.5}),
          RandomColorJitter(
              {.brightness_factor = 0.5, .contrast_factor = 0.5, .saturation_factor = 0.5, .hue_factor = 0.5}),
          RandomGrayscale(),
          RandomHue({.factor = 0.5}),
          RandomSaturation({.factor = 0.5}),
          RandomGaussianBlur(),
          RandomSharpness({.factor = 0.5}),
          RandomFlip(),
          RandomRotation({.factor = 0.5}),
          RandomTranslation({.height_factor = 0.5, .width_factor = 0.5}),
          RandomZoom({.height_factor = 0.5}),
          RandomShear({.x_factor = {0, 0.5}, .y_factor = {0, 0.5}}),
          RandomPerspective(),
          RandomElasticTransform({.factor = {1, 1}, .scale = {0.5, 1}}),
          Equalization(),
          AugMix(),
          RandAugment({.num_ops = 4}),
          CutMix(),
          MixUp(),
          RandomErasing()};
}

}  // namespace

TEST_CASE("Augmentations: images pass in inference and change in training, within the shape") {
  const Tensor images = spaced({6, 5, 7, 3}, 200, 120);
  for (const Layer& layer : random_layers()) {
    CAPTURE(layer.class_name());
    CHECK(values(run_layer(layer, {images})) == values(images));
    const Tensor changed = run_layer(layer, {images}, true);
    CHECK(changed.shape() == images.shape());
    CHECK(values(changed) != values(images));
    CHECK(std::ranges::all_of(values(changed), [](float x) { return std::isfinite(x); }));
    CHECK(values(run_layer(layer, {images}, true)) == values(changed));  // the seed of a run decides
  }
}

TEST_CASE("Augmentations: images that are channels first are changed in the same way") {
  const Tensor images = spaced({1, 1, 4, 5}, 200, 120);
  const Tensor last(Shape{1, 4, 5, 1}, values(images));
  const RandomRotation turned({.factor = {0.125, 0.126}}),
      first({.factor = {0.125, 0.126}, .data_format = "channels_first"});
  CHECK(values(run_layer(turned, {last}, true)) == values(run_layer(first, {images}, true)));
}

TEST_CASE("AutoContrast stretches each channel of each image; an even one stays") {
  const Tensor image(Shape{1, 1, 3, 2}, {2, 7, 4, 7, 6, 7});
  CHECK(values(run_layer(AutoContrast({.value_range = {0, 8}}), {image})) == Values{0, 7, 4, 7, 8, 7});
}

TEST_CASE("ContrastLimitedAdaptiveHistogramEqualization: of one tile without a limit it ranks the pixels") {
  const Tensor image(Shape{1, 2, 2, 1}, {10, 20, 20, 30});
  const ContrastLimitedAdaptiveHistogramEqualization clahe({.clip_limit = 0, .tile_grid_size = 1});
  CHECK(values(run_layer(clahe, {image})) == Values{63.75, 191.25, 191.25, 255});
}

TEST_CASE("Equalization gives brightnesses their ranks, for each channel of the batch") {
  const Tensor images(Shape{2, 1, 2, 2}, {10, 9, 20, 9, 20, 9, 30, 9});
  CHECK(values(run_layer(Equalization({.bins = 128}), {images}, true)) == Values{0, 9, 170, 9, 170, 9, 255, 9});
}

TEST_CASE("RandomFlip mirrors about half of the images, in all axes of its mode") {
  const Tensor both = trained(RandomFlip(), {2, 2, 1}, {1, 2, 3, 4});
  CHECK(part(pixel(both, 0), 4) == doctest::Approx(0.5).epsilon(0.1));
  CHECK(part(pixel(both, 0), 1) + part(pixel(both, 0), 4) == 1);
  CHECK(part(pixel(trained(RandomFlip({.mode = "horizontal"}), {2, 2, 1}, {1, 2, 3, 4}), 0), 2) > 0.4);
  CHECK(part(pixel(trained(RandomFlip({.mode = "vertical"}), {2, 2, 1}, {1, 2, 3, 4}), 0), 3) > 0.4);
}

TEST_CASE("Colours of images: what training draws has the ends that the settings name") {
  check_even(pixel(trained(RandomBrightness({.factor = 0.25}), {1, 1, 1}, {100}), 0), 36.25, 163.75);
  check_even(pixel(trained(RandomContrast({.factor = {0.5, 0.25}}), {1, 2, 1}, {80, 120}), 1), 115, 130);
  check_even(pixel(trained(RandomColorDegeneration({.factor = {0, 1}}), {1, 1, 3}, {100, 0, 0}), 0), 29.89, 100);
  const Values inverted = pixel(trained(RandomInvert({.factor = {0.25, 0.26}}), {1, 1, 1}, {55}), 0);
  CHECK(part(inverted, 200) == doctest::Approx(0.25).epsilon(0.2));
  CHECK(part(inverted, 55) + part(inverted, 200) == 1);
  const Values grey = pixel(trained(RandomGrayscale({.factor = 0.75}), {1, 1, 3}, {10, 20, 30}), 0);
  CHECK(part(grey, 10) == doctest::Approx(0.25).epsilon(0.2));
  const Values bits = pixel(trained(RandomPosterization({.factor = {1, 3}}), {1, 1, 1}, {255}), 0);
  CHECK(part(bits, 128) + part(bits, 192) == 1);
  CHECK(part(bits, 128) == doctest::Approx(0.5).epsilon(0.1));
  CHECK(part(pixel(trained(Solarization(), {1, 1, 1}, {55}), 0), 200) == 1);
  CHECK(pixel(trained(RandomSaturation({.factor = {0, 0}}), {1, 1, 3}, {100, 50, 50}), 2)[0] == doctest::Approx(100));
  CHECK(part(pixel(trained(RandomSharpness({.factor = {0.5, 0.5}}), {1, 2, 1}, {10, 20}), 0), 10) == 1);
}

TEST_CASE("Augmentations that move images read them at Keras's places") {
  const Shape row{1, 4, 1};
  const Values numbers{1, 2, 3, 4};
  const RandomTranslation right({.height_factor = 0, .width_factor = {0.25, 0.25}, .fill_mode = "nearest"});
  CHECK(values(run_layer(right, {copies(1, row, numbers)}, true)) == Values{1, 1, 2, 3});
  const RandomZoom larger({.height_factor = {-0.5, -0.5}});
  CHECK(values(run_layer(larger, {copies(1, row, numbers)}, true)) == Values{1.75, 2.25, 2.75, 3.25});
  const Values turned = values(run_layer(RandomRotation({.factor = {0.5, 0.5}}), {copies(1, row, numbers)}, true));
  for (size_t i = 0; i < 4; ++i) CHECK(turned[i] == doctest::Approx(4 - static_cast<double>(i)));
  const RandomPerspective still({.scale = 0});
  const Tensor images = spaced({2, 3, 4, 1}, 200, 120);
  const Values seen = values(run_layer(still, {images}, true)), given = values(images);
  for (size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == doctest::Approx(given[i]).epsilon(1e-4));
}

TEST_CASE("MixUp and CutMix keep the mean over a batch of two kinds, and alpha decides how much they mix") {
  Values kinds(1000);
  for (size_t i = 500; i < 1000; ++i) kinds[i] = 1;
  const Tensor images(Shape{1000, 1, 1, 1}, std::move(kinds));
  const Values even = values(run_layer(MixUp({.alpha = 1}), {images}, true));
  const auto in_the_middle = [](const Values& numbers) {
    return std::ranges::count_if(numbers, [](float x) { return x > 0.25F && x < 0.75F; });
  };
  CHECK(mean(even) == doctest::Approx(0.5).epsilon(0.1));
  CHECK(in_the_middle(even) == doctest::Approx(250).epsilon(0.25));  // half of those that meet the other kind
  CHECK(in_the_middle(values(run_layer(MixUp({.alpha = 1e-4}), {images}, true))) < 10);
  CHECK(in_the_middle(values(run_layer(MixUp({.alpha = 50}), {images}, true))) > 400);
  CHECK(in_the_middle(values(run_layer(CutMix(), {images}, true))) == 0);
}

TEST_CASE("RandomErasing fills a rectangle of the area that scale names") {
  const RandomErasing erasing({.factor = {1, 1}, .scale = {0.25, 0.25}, .fill_value = 7});
  const Values erased = values(run_layer(erasing, {Tensor(Shape{50, 8, 8, 1})}, true));
  CHECK(part(erased, 7) == doctest::Approx(0.25).epsilon(0.01));
  CHECK(part(erased, 0) == doctest::Approx(0.75).epsilon(0.01));
}

TEST_CASE("Pipeline applies its layers in order, and MaxNumBoundingBoxes passes images on") {
  const Pipeline both(
      {.layers = {Rescaling({.scale = 2}), MaxNumBoundingBoxes({.max_number = 3}), ZeroPadding2D({.padding = 1})}});
  const Tensor padded = run_layer(both, {Tensor(Shape{1, 1, 1, 1}, {5})});
  CHECK(padded.shape() == Shape({1, 3, 3, 1}));
  CHECK(values(padded)[4] == 10);
}

TEST_CASE("Augmentations: errors name the setting") {
  const auto text = [](auto make) { return test::error_text<ConfigError>(make); };
  CHECK(text([] {
          RandomBrightness({.factor = 2});
        }).find("factor must be a number or two numbers in [-1, 1]; received 2") != std::string::npos);
  CHECK(text([] { RandomInvert({.value_range = 1}); }).find("value_range must be two different numbers; received 1") !=
        std::string::npos);
  CHECK(text([] { RandomGaussianBlur({.kernel_size = 4}); }).find("kernel_size must be odd") != std::string::npos);
  CHECK(text([] { MixUp({.alpha = 0}); }).find("alpha must be above 0; received 0") != std::string::npos);
}
