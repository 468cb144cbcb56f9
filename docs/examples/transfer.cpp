// Transfer learning on Fashion-MNIST: a classifier of five kinds is cut, and what it learned to see is used for the
// other five, of which there are few samples. Writes transfer_sorted.png, how test images are sorted. Run by
// `tools/example transfer`; --small trains for a moment.
#include <graft/graft.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "graft/tools/data/fashion_mnist.h"
#include "graft/tools/data/images.h"

using namespace graft;

constexpr int64_t kKinds = 5;
using Kinds = std::array<int32_t, kKinds>;
constexpr Kinds kKnown{0, 1, 2, 5, 7};  // T-shirts, trousers, pullovers, sandals, sneakers
constexpr Kinds kNew{3, 4, 6, 8, 9};    // dresses, coats, shirts, bags, boots

struct Samples {
  Tensor images, labels;  // labels are places in Kinds
};

// Images of these kinds, at most `of_each` of each.
static Samples choose(const Kinds& kinds, const Tensor& images, const Tensor& labels, int64_t of_each) {
  std::vector<int64_t> rows, taken(kKinds, 0);
  std::vector<int32_t> places;
  for (int64_t i = 0; i < labels.shape()[0]; ++i) {
    const auto place = std::ranges::find(kinds, labels.data<int32_t>()[static_cast<size_t>(i)]) - kinds.begin();
    if (place == kKinds || taken[static_cast<size_t>(place)]++ >= of_each) continue;
    rows.push_back(i);
    places.push_back(static_cast<int32_t>(place));
  }
  const auto count = static_cast<int64_t>(rows.size());
  return {tools::pixels(images.gathered(rows)), Tensor(Shape{count}, std::move(places))};
}

static Model make_classifier(const std::string& name) {
  auto image = Input({.shape = {28, 28, 1}, .name = "image"});
  auto x = image;
  for (int64_t filters : {24, 48, 96}) {
    x = Conv2D({.filters = filters, .kernel_size = 3, .strides = 2, .padding = "same", .use_bias = false})(x);
    x = ReLU()(BatchNormalization()(x));
  }
  x = Flatten({.name = "seen"})(x);
  x = Dense({.units = 64, .activation = "relu"})(x);
  return Model(image, Dense({.units = kKinds, .activation = "softmax"})(x), {.name = name});
}

static void train(const Model& model, const Samples& samples, const FitConfig& config) {
  model.compile({.optimizer = Adam({.learning_rate = 1e-3}), .loss = "sparse_categorical_crossentropy"});
  model.fit(samples.images, samples.labels, config);
}

static std::vector<int64_t> sorted_as(const Model& model, const Tensor& images) {
  const Tensor shares = model.predict(images, {.batch_size = 200});
  const auto values = shares.data<float>();
  std::vector<int64_t> kinds;
  for (auto row = values.begin(); row != values.end(); row += kKinds)
    kinds.push_back(std::max_element(row, row + kKinds) - row);
  return kinds;
}

static double accuracy(const Model& model, const Samples& samples) {
  const std::vector<int64_t> found = sorted_as(model, samples.images);
  int64_t right = 0;
  for (size_t i = 0; i < found.size(); ++i) right += found[i] == samples.labels.data<int32_t>()[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(found.size());
}

// A row for each kind: the first images that were classified as it; images of another kind are shown inverted.
static Tensor picture(const Model& model, const Samples& samples) {
  const std::vector<int64_t> found = sorted_as(model, samples.images);
  std::vector<std::vector<int64_t>> rows(kKinds);
  Tensor shown = samples.images.clone();
  for (size_t i = 0; i < found.size(); ++i) {
    rows[static_cast<size_t>(found[i])].push_back(static_cast<int64_t>(i));
    if (found[i] == samples.labels.data<int32_t>()[i]) continue;
    const auto pixels = shown.data<float>().subspan(i * 28 * 28, 28 * 28);
    std::ranges::transform(pixels, pixels.begin(), [](float pixel) { return 1 - pixel; });
  }
  std::vector<Tensor> pictures;
  for (std::vector<int64_t>& row : rows) {
    row.resize(std::min<size_t>(row.size(), 20));
    if (!row.empty()) pictures.push_back(shown.gathered(row));
  }
  return tools::image_grid(pictures, {.scale = 2});
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  const tools::FashionMnist data = tools::load_fashion_mnist();
  const Samples many = choose(kKnown, data.train, data.train_labels, small ? 200 : 6000);
  const Samples few = choose(kNew, data.train, data.train_labels, 5);
  const Samples test = choose(kNew, data.test, data.test_labels, small ? 100 : 1000);

  const Model classifier = make_classifier("classifier");
  train(classifier, many, {.batch_size = 100, .epochs = small ? 1 : 5});

  const Model front = cut(classifier, "seen").first;
  front.set_trainable(false);  // BatchNormalization keeps its statistics as well
  auto image = Input({.shape = {28, 28, 1}, .name = "image"});
  Model transferred(image, Dense({.units = kKinds, .activation = "softmax", .name = "new_head"})(front(image)));
  train(transferred, few, {.batch_size = 5, .epochs = 150, .verbose = 0});

  const Model from_scratch = make_classifier("from_scratch");
  train(from_scratch, few, {.batch_size = 5, .epochs = 150, .verbose = 0});
  std::cout << few.images.shape()[0] << " samples of five new kinds; accuracy on " << test.images.shape()[0]
            << " test images:\n  a new head on the frozen layers  " << accuracy(transferred, test)
            << "\n  the same network from scratch    " << accuracy(from_scratch, test) << '\n';
  tools::write_png("transfer_sorted.png", picture(transferred, test));
}
