// A Siamese network on Fashion-MNIST: one stack of layers is called on two images, and learns to put what is alike
// close together. Writes siamese_neighbours.png, test images of each kind beside those nearest to them. Run by
// `tools/example siamese`; --small trains for a moment.
#include <graft/graft.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <numeric>

#include "graft/tools/data/fashion_mnist.h"
#include "graft/tools/data/images.h"

using namespace graft;

constexpr int64_t kDimensions = 16;
constexpr float kMargin = 1;

// The left and right images of pairs, and 1 where both show the same kind of thing.
struct Pairs {
  Tensor left, right, same;
};

// Half of the pairs show the same kind.
static Pairs draw_pairs(const Tensor& images, const Tensor& labels, int64_t count, Random& random) {
  const auto kinds = labels.data<int32_t>();
  std::vector<std::vector<int64_t>> of_kind(tools::kClasses);
  for (size_t i = 0; i < kinds.size(); ++i) of_kind[static_cast<size_t>(kinds[i])].push_back(static_cast<int64_t>(i));
  std::vector<int64_t> left, right;
  std::vector<float> same;
  while (static_cast<int64_t>(same.size()) < count) {
    const size_t a = random.below(kinds.size()), b = random.below(kinds.size());
    const auto& others = of_kind[static_cast<size_t>(kinds[a])];
    const bool alike = same.size() % 2 == 0;
    if (!alike && kinds[a] == kinds[b]) continue;
    left.push_back(static_cast<int64_t>(a));
    right.push_back(alike ? others[random.below(others.size())] : static_cast<int64_t>(b));
    same.push_back(alike ? 1.f : 0.f);
  }
  return {images.gathered(left), images.gathered(right), Tensor({count, 1}, std::move(same))};
}

static Model make_tower() {
  auto image = Input({.shape = {28, 28, 1}, .name = "image"});
  auto x = image;
  for (int64_t filters : {16, 32, 64})
    x = Conv2D({.filters = filters, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "relu"})(x);
  x = Dense({.units = kDimensions, .name = "place"})(Flatten()(x));
  return Model(image, x, {.name = "tower"});
}

// Pairs that are alike are drawn together, others are pushed apart until they are a margin away.
static SymbolicTensor contrastive(const SymbolicTensor& same, const SymbolicTensor& distance) {
  return same * square(distance) + (1 - same) * square(relu(kMargin - distance));
}

// The share of pairs whose distance shows correctly whether they are alike.
static double accuracy(const Tensor& distances, const Tensor& same) {
  const auto d = distances.data<float>(), s = same.data<float>();
  int64_t right = 0;
  for (size_t i = 0; i < d.size(); ++i) right += (d[i] < kMargin / 2) == (s[i] == 1) ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(d.size());
}

// The numbers of the images whose places are nearest to that of the given one, which comes first.
static std::vector<int64_t> nearest(const Tensor& places, int64_t to, size_t count) {
  const auto values = places.data<float>();
  const auto place = [&](int64_t i) { return values.subspan(static_cast<size_t>(i * kDimensions), kDimensions); };
  std::vector<std::pair<float, int64_t>> distances;
  for (int64_t i = 0; i < places.shape()[0]; ++i)
    distances.emplace_back(std::transform_reduce(place(i).begin(), place(i).end(), place(to).begin(), 0.f, std::plus(),
                                                 [](float a, float b) { return (a - b) * (a - b); }),
                           i);
  std::ranges::partial_sort(distances, distances.begin() + static_cast<ptrdiff_t>(count));
  std::vector<int64_t> found;
  for (size_t i = 0; i < count; ++i) found.push_back(distances[i].second);
  return found;
}

// A row for each kind: its first test image and those nearest to it.
static Tensor neighbours(const Tensor& places, const Tensor& images, const Tensor& labels) {
  const auto kinds = labels.data<int32_t>();
  std::vector<Tensor> rows;
  for (int32_t kind = 0; kind < tools::kClasses; ++kind) {
    const auto first = std::ranges::find(kinds, kind) - kinds.begin();
    rows.push_back(images.gathered(nearest(places, first, 12)));
  }
  return tools::image_grid(rows, {.scale = 2});
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  Random random(2);
  const tools::FashionMnist data = tools::load_fashion_mnist();
  const Tensor train = tools::pixels(data.train), test = tools::pixels(data.test);
  const Pairs pairs = draw_pairs(train, data.train_labels, small ? 2000 : 60000, random);
  const Pairs unseen = draw_pairs(test, data.test_labels, small ? 1000 : 10000, random);

  const Model tower = make_tower();
  auto left = Input({.shape = {28, 28, 1}, .name = "left"}), right = Input({.shape = {28, 28, 1}, .name = "right"});
  auto difference = tower(left) - tower(right);  // the same weights twice
  auto distance = sqrt(sum(square(difference), {-1}, true) + 1e-8);
  Model siamese({left, right}, distance, {.name = "siamese"});
  siamese.compile({.optimizer = Adam({.learning_rate = 1e-3}), .loss = contrastive});

  const auto measure = [&] {
    return accuracy(siamese.predict({unseen.left, unseen.right}, {.batch_size = 200}), unseen.same);
  };
  const double before = measure();
  siamese.fit({pairs.left, pairs.right}, pairs.same, {.batch_size = 100, .epochs = small ? 2 : 6});
  const double after = measure();
  std::cout << "pairs of test images told alike or not: " << before << ", after training " << after << '\n';

  const Tensor places = tower.predict(test, {.batch_size = 200});  // the tower learned with the whole
  tools::write_png("siamese_neighbours.png", neighbours(places, test, data.test_labels));
  return after > before ? 0 : 1;
}
