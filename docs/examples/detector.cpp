// A detector grafted onto a classifier: the convolutions of a trained classifier run on larger scenes, two maps of
// features are tapped inside them, and two heads read both. The scenes are composed of Fashion-MNIST items in two
// sizes. Writes detector_scenes.png: boxes found in scenes of test images, a colour for each class. Run by
// `tools/example detector`; --small trains for a few steps.
#include <graft/graft.h>

#include <array>
#include <cmath>
#include <iostream>

#include "graft/tools/data/fashion_mnist.h"
#include "graft/tools/data/images.h"

using namespace graft;
using tools::kClasses;

// -- scenes -----------------------------------------------------------------------------------------------------------

constexpr int64_t kScene = 64, kBatch = 32;
// Small items are found on the map with a cell for every 4 pixels, large ones on that for every 8.
constexpr std::array<int64_t, 2> kStrides{4, 8};

struct Box {
  float x, y, w, h;  // the centre, the size, in pixels
  int64_t label = 0;
  float score = 1;
};

static float overlap(const Box& a, const Box& b) {  // intersection over union
  const auto along = [](float x, float w, float other_x, float other_w) {
    return std::max(0.f, std::min(x + w / 2, other_x + other_w / 2) - std::max(x - w / 2, other_x - other_w / 2));
  };
  const float common = along(a.x, a.w, b.x, b.w) * along(a.y, a.h, b.y, b.h);
  return common / (a.w * a.h + b.w * b.h - common);
}

struct Scenes {
  Tensor images;                        // pixels from -1 to 1
  std::vector<std::vector<Box>> boxes;  // of each scene
  std::array<Tensor, kStrides.size()> heat,
      geometry;  // for each map: which class has its centre in a cell; its box there
};

class Composer {
 public:
  Composer(const Tensor& items, const Tensor& labels, uint64_t seed)
      : items_(tools::pixels(items)), labels_(labels), random_(seed) {}

  Scenes compose(int64_t count) {
    Scenes scenes{Tensor::full(Shape{count, kScene, kScene, 1}, -1),
                  std::vector<std::vector<Box>>(static_cast<size_t>(count)),
                  {},
                  {}};
    for (size_t m = 0; m < kStrides.size(); ++m) {
      const int64_t cells = kScene / kStrides[m];
      scenes.heat[m] = Tensor(Shape{count, cells, cells, kClasses});
      scenes.geometry[m] = Tensor(Shape{count, cells, cells, 4});
    }
    for (int64_t scene = 0; scene < count; ++scene)
      for (int attempt = 0; attempt < 4; ++attempt) place(scenes, scene);
    return scenes;
  }

 private:
  int64_t below(int64_t end) {
    return std::min(end - 1, static_cast<int64_t>(random_.uniform(0, 1) * static_cast<float>(end)));
  }

  // An item in its own size or half of it, unless it would cover another.
  void place(Scenes& scenes, int64_t scene) {
    const int64_t item = below(items_.shape()[0]), shrink = 1 + below(2), size = 28 / shrink;
    const int64_t left = below(kScene - size), top = below(kScene - size);
    std::vector<float> patch(static_cast<size_t>(size * size));
    Box box = draw(item, shrink, patch);
    box.x += static_cast<float>(left), box.y += static_cast<float>(top);
    std::vector<Box>& boxes = scenes.boxes[static_cast<size_t>(scene)];
    for (const Box& other : boxes)
      if (overlap(box, other) > 0.05f) return;
    for (int64_t y = 0; y < size; ++y)
      for (int64_t x = 0; x < size; ++x) {
        float& pixel =
            scenes.images.data<float>()[static_cast<size_t>(((scene * kScene) + top + y) * kScene + left + x)];
        pixel = std::max(pixel, 2 * patch[static_cast<size_t>(y * size + x)] - 1);
      }
    mark(scenes, scene, shrink == 2 ? 0 : 1, box);
    boxes.push_back(box);
  }

  // Its pixels, and the box around those that are not dark.
  Box draw(int64_t item, int64_t shrink, std::vector<float>& patch) const {
    const int64_t size = 28 / shrink;
    int64_t left = size, right = -1, top = size, bottom = -1;
    for (int64_t y = 0; y < size; ++y)
      for (int64_t x = 0; x < size; ++x) {
        float sum = 0;
        for (int64_t k = 0; k < shrink * shrink; ++k)
          sum += items_.data<float>()[static_cast<size_t>((item * 28 + y * shrink + k / shrink) * 28 + x * shrink +
                                                          k % shrink)];
        const float pixel = patch[static_cast<size_t>(y * size + x)] = sum / static_cast<float>(shrink * shrink);
        if (pixel < 0.15f) continue;
        left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
      }
    const auto from = [](int64_t a, int64_t b) { return static_cast<float>(a + b + 1) / 2; };
    const auto extent = [](int64_t a, int64_t b) { return static_cast<float>(std::max<int64_t>(b - a + 1, 1)); };
    return {from(left, right), from(top, bottom), extent(left, right), extent(top, bottom),
            labels_.data<int32_t>()[static_cast<size_t>(item)]};
  }

  static void mark(Scenes& scenes, int64_t scene, size_t map, const Box& box) {
    const int64_t stride = kStrides[map], cells = kScene / stride;
    const auto pixels = static_cast<float>(stride);
    const int64_t row = static_cast<int64_t>(box.y / pixels), column = static_cast<int64_t>(box.x / pixels);
    const int64_t cell = (scene * cells + row) * cells + column;
    scenes.heat[map].data<float>()[static_cast<size_t>(cell * kClasses + box.label)] = 1;
    const float geometry[] = {box.x / pixels - static_cast<float>(column) - 0.5f,
                              box.y / pixels - static_cast<float>(row) - 0.5f, std::log(box.w / pixels),
                              std::log(box.h / pixels)};
    std::copy_n(geometry, 4, scenes.geometry[map].data<float>().begin() + cell * 4);
  }

  Tensor items_, labels_;
  Random random_;
};

// -- networks ---------------------------------------------------------------------------------------------------------

static SymbolicTensor stage(SymbolicTensor x, int64_t filters, int64_t stride, const std::string& name) {
  x = Conv2D(
      {.filters = filters, .kernel_size = {3, 3}, .strides = {stride, stride}, .padding = "same", .use_bias = false})(
      x);
  x = BatchNormalization()(x);
  return Activation({.activation = "relu", .name = name})(x);
}

static Model make_classifier() {
  auto image = Input({.shape = {32, 32, 1}});
  auto x = stage(image, 16, 2, "stage1");
  x = stage(stage(x, 32, 2, "stage2a"), 32, 1, "stage2");
  x = stage(stage(x, 64, 2, "stage3a"), 64, 1, "stage3");
  x = GlobalAveragePooling2D()(x);
  return Model(image, Dense({.units = kClasses, .activation = "softmax"})(x), {.name = "classifier"});
}

// For each cell the class that has its centre there, and the box.
static Model make_head(const std::string& name, int64_t outputs, double bias) {
  auto features = Input({.shape = {Shape::none, Shape::none, 64}});
  auto x = stage(features, 64, 1, "hidden");
  x = Conv2D({.filters = outputs, .kernel_size = {1, 1}, .bias_initializer = Constant(bias)})(x);
  return Model(features, x, {.name = name});
}

static Model graft_detector(const Model& classifier) {
  auto scene = Input({.shape = {kScene, kScene, 1}, .name = "scene"});
  const SymbolicTensors maps = replay(classifier, scene, {.to = {"stage2", "stage3"}});
  const Model classes = make_head("classes", kClasses, -4), geometry = make_head("geometry", 4, 0);
  auto fine = stage(maps[0], 64, 1, "neck2"), coarse = stage(maps[1], 64, 1, "neck3");
  return Model(scene, SymbolicTensors{classes(fine), geometry(fine), classes(coarse), geometry(coarse)},
               {.name = "detector"});
}

// The cross-entropy of every cell and class, where a centre counts ten times, and the error of the boxes at centres.
static SymbolicTensor loss_of(const SymbolicTensor& logits, const SymbolicTensor& geometry, const SymbolicTensor& heat,
                              const SymbolicTensor& wanted) {
  auto centre = max(heat, {-1}, true);
  auto classes = (softplus(logits) - logits * heat) * (heat * 9.0 + 1.0);
  auto boxes = sum(abs(geometry - wanted) * centre) / (sum(centre) + 1.0);
  return sum(classes) / (sum(centre) + 1.0) + boxes;
}

// -- boxes ------------------------------------------------------------------------------------------------------------

static void read_map(const Tensor& logits, const Tensor& geometry, int64_t scene, int64_t stride,
                     std::vector<Box>& found) {
  const int64_t cells = kScene / stride;
  for (int64_t cell = 0; cell < cells * cells; ++cell) {
    const auto at = static_cast<size_t>(scene * cells * cells + cell);
    const auto scores = logits.data<float>().subspan(at * kClasses, kClasses);
    const auto best = std::max_element(scores.begin(), scores.end());
    const float score = 1 / (1 + std::exp(-*best));
    if (score < 0.5f) continue;
    const auto g = geometry.data<float>().subspan(at * 4, 4);
    const auto pixels = static_cast<float>(stride);
    found.push_back({(static_cast<float>(cell % cells) + 0.5f + g[0]) * pixels,
                     (static_cast<float>(cell / cells) + 0.5f + g[1]) * pixels, std::exp(g[2]) * pixels,
                     std::exp(g[3]) * pixels, best - scores.begin(), score});
  }
}

// Keeps the surest of boxes that overlap.
static std::vector<Box> boxes_of(const TensorList& outputs, int64_t scene) {
  std::vector<Box> found, kept;
  for (size_t m = 0; m < kStrides.size(); ++m) read_map(outputs[2 * m], outputs[2 * m + 1], scene, kStrides[m], found);
  std::sort(found.begin(), found.end(), [](const Box& a, const Box& b) { return a.score > b.score; });
  for (const Box& box : found)
    if (std::none_of(kept.begin(), kept.end(), [&](const Box& other) { return overlap(box, other) > 0.4f; }))
      kept.push_back(box);
  return kept;
}

static void report(const Scenes& scenes, const TensorList& outputs) {
  int right = 0, found = 0, there = 0;
  for (size_t scene = 0; scene < scenes.boxes.size(); ++scene) {
    const std::vector<Box> boxes = boxes_of(outputs, static_cast<int64_t>(scene));
    found += static_cast<int>(boxes.size()), there += static_cast<int>(scenes.boxes[scene].size());
    for (const Box& truth : scenes.boxes[scene])
      right += std::any_of(boxes.begin(), boxes.end(),
                           [&](const Box& box) { return box.label == truth.label && overlap(box, truth) > 0.5f; });
  }
  std::cout << scenes.boxes.size() << " scenes of test images: " << there << " items, " << found << " boxes, " << right
            << " items found with their class and a box that overlaps by half\n";
}

static void outline(Tensor& picture, const Box& box, std::array<float, 3> colour, int64_t scale) {
  const auto at = [&](float v) {
    return std::clamp<int64_t>(std::lround(v * static_cast<float>(scale)), 0, kScene * scale - 1);
  };
  const int64_t left = at(box.x - box.w / 2), right = at(box.x + box.w / 2), top = at(box.y - box.h / 2),
                bottom = at(box.y + box.h / 2);
  for (int64_t y = top; y <= bottom; ++y)
    for (int64_t x = left; x <= right; ++x)
      if (y == top || y == bottom || x == left || x == right)
        std::copy(colour.begin(), colour.end(), picture.data<float>().begin() + (y * kScene * scale + x) * 3);
}

static Tensor picture_of(const Scenes& scenes, const TensorList& outputs, int64_t scene) {
  constexpr int64_t kScale = 4, kEdge = kScene * kScale;
  constexpr std::array<std::array<float, 3>, kClasses> kColours{{{1, .3f, .3f},
                                                                 {.3f, 1, .3f},
                                                                 {.4f, .5f, 1},
                                                                 {1, 1, .3f},
                                                                 {1, .4f, 1},
                                                                 {.3f, 1, 1},
                                                                 {1, .6f, .2f},
                                                                 {.7f, .5f, 1},
                                                                 {.6f, .9f, .5f},
                                                                 {.9f, .7f, .7f}}};
  Tensor picture(Shape{kEdge, kEdge, 3});
  for (int64_t i = 0; i < kEdge * kEdge; ++i)
    std::fill_n(
        picture.data<float>().begin() + i * 3, 3,
        (scenes.images
             .data<float>()[static_cast<size_t>((scene * kScene + i / kEdge / kScale) * kScene + i % kEdge / kScale)] +
         1) /
            2);
  for (const Box& box : boxes_of(outputs, scene))
    outline(picture, box, kColours[static_cast<size_t>(box.label)], kScale);
  return picture.reshaped(Shape{1, kEdge, kEdge, 3});
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  const tools::FashionMnist data = tools::load_fashion_mnist();

  Model classifier = make_classifier();
  classifier.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const int64_t rows = small ? 4 * kBatch : data.train.shape()[0];
  classifier.fit(data.train.rows(0, rows), data.train_labels.rows(0, rows), {.batch_size = 64, .verbose = 2});

  Model detector = graft_detector(classifier);
  SymbolicTensors inputs{detector.input()};
  SymbolicTensor loss;
  for (size_t m = 0; m < kStrides.size(); ++m) {
    const int64_t cells = kScene / kStrides[m];
    auto heat = Input({.shape = {cells, cells, kClasses}}), geometry = Input({.shape = {cells, cells, 4}});
    auto of_map = loss_of(detector.outputs()[2 * m], detector.outputs()[2 * m + 1], heat, geometry);
    loss = loss ? loss + of_map : of_map;
    inputs.push_back(heat), inputs.push_back(geometry);
  }
  Trainer trainer({.inputs = inputs, .loss = loss, .update = detector.trainable_variables(), .optimizer = Adam()});
  Composer train_scenes(data.train, data.train_labels, 3);
  const int steps = small ? 4 : 1200;
  double running = 0;
  for (int step = 1; step <= steps; ++step) {
    const Scenes scenes = train_scenes.compose(kBatch);
    running += trainer.step({scenes.images, scenes.heat[0], scenes.geometry[0], scenes.heat[1], scenes.geometry[1]});
    if (step % std::max(1, steps / 8) == 0) {
      std::cout << "step " << step << ": loss " << running / std::max(1, steps / 8) << std::endl;
      running = 0;
    }
  }

  const Scenes scenes = Composer(data.test, data.test_labels, 4).compose(small ? 12 : 500);
  const TensorList outputs = detector.predict(scenes.images);
  report(scenes, outputs);
  std::vector<Tensor> shown;
  for (int64_t row = 0; row < 3; ++row) {
    Tensor pictures(Shape{4, kScene * 4, kScene * 4, 3});
    for (int64_t k = 0; k < 4; ++k) {
      const Tensor picture = picture_of(scenes, outputs, row * 4 + k);
      std::copy(picture.data<float>().begin(), picture.data<float>().end(),
                pictures.data<float>().begin() + k * picture.elements());
    }
    shown.push_back(pictures);
  }
  tools::write_png("detector_scenes.png", tools::image_grid(shown));
}
