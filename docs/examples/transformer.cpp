// A Transformer sorts: it reads numbers in any order and writes at each place the number that belongs there. Attention
// compares every place with all others, which a layer that sees only neighbours could not. Run by
// `tools/example transformer`; --small trains for a moment.
#include <graft/graft.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

using namespace graft;

constexpr int64_t kLength = 10, kNumbers = 20;

// Rows of numbers, and the same rows in order.
struct Rows {
  Tensor given, sorted;
};

static Rows draw_rows(int64_t count, Random& random) {
  std::vector<int32_t> given(static_cast<size_t>(count * kLength));
  for (int32_t& number : given) number = static_cast<int32_t>(random.below(kNumbers));
  std::vector<int32_t> sorted = given;
  for (auto row = sorted.begin(); row != sorted.end(); row += kLength) std::sort(row, row + kLength);
  return {Tensor(Shape{count, kLength}, std::move(given)), Tensor(Shape{count, kLength}, std::move(sorted))};
}

// Attention, then two layers on each place alone; both are added to what came in, which is normalized for them.
static SymbolicTensor encoder_block(SymbolicTensor x, int64_t heads) {
  const int64_t size = x.shape()[-1];
  auto y = LayerNormalization()(x);
  x = x + MultiHeadAttention({.num_heads = heads, .key_dim = size / heads})({y, y});
  y = Dense({.units = 4 * size, .activation = "gelu"})(LayerNormalization()(x));
  return x + Dense({.units = size})(y);
}

static Model make_transformer(int64_t size, int64_t heads, int64_t blocks) {
  auto numbers = Input({.shape = {kLength}, .dtype = DType::s32, .name = "numbers"});
  auto places = cumsum(ones_like(numbers), 1) - 1;  // 0, 1, 2, ...
  auto x = Embedding({.input_dim = kNumbers, .output_dim = size})(numbers) +
           Embedding({.input_dim = kLength, .output_dim = size})(places);
  for (int64_t i = 0; i < blocks; ++i) x = encoder_block(x, heads);
  x = LayerNormalization()(x);
  return Model(numbers, Dense({.units = kNumbers, .activation = "softmax"})(x), {.name = "transformer"});
}

// The most likely number of each place.
static std::vector<int32_t> answer(const Model& model, const Tensor& given) {
  const Tensor likely = Model(model.inputs(), argmax(model.output())).predict(given, {.batch_size = 100});
  const auto numbers = likely.data<int32_t>();
  return {numbers.begin(), numbers.end()};
}

static std::string text(std::span<const int32_t> numbers) {
  std::ostringstream out;
  for (const int32_t number : numbers) out << std::setw(3) << number;
  return out.str();
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  Random random(2);
  const Rows train = draw_rows(small ? 3000 : 20000, random), test = draw_rows(1000, random);

  const Model transformer = make_transformer(32, 4, 2);
  transformer.compile(
      {.optimizer = Adam({.learning_rate = 3e-3}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  transformer.fit(train.given, train.sorted, {.batch_size = 50, .epochs = small ? 4 : 5, .verbose = 2});

  const std::vector<int32_t> answers = answer(transformer, test.given);
  const auto given = test.given.data<int32_t>(), sorted = test.sorted.data<int32_t>();
  int64_t rows = 0;
  for (size_t at = 0; at < answers.size(); at += kLength) {
    const bool right = std::equal(answers.begin() + at, answers.begin() + at + kLength, sorted.begin() + at);
    rows += right ? 1 : 0;
    if (at < 4 * kLength)
      std::cout << text(given.subspan(at, kLength)) << "   ->" << text(std::span(answers).subspan(at, kLength)) << '\n';
  }
  const float places = transformer.evaluate(test.given, test.sorted)["accuracy"];
  std::cout << "numbers at their places, of unseen rows: " << places << " (by chance " << 1. / kNumbers
            << "); whole rows: " << static_cast<double>(rows) / 1000 << '\n';
  transformer.save("transformer");
  return places > (small ? 0.6f : 0.95f) ? 0 : 1;
}
