// Reviews of films, told by their words and by their order: "not dull" is praise, and what follows a "but" counts. A
// model takes the texts themselves: TextVectorization numbers their words, Embedding makes vectors of them, and a
// bidirectional LSTM reads them both ways. A bag of words, which knows no order, stands beside it. Run by
// `tools/example text_classifier`; --small trains for a moment.
#include <graft/graft.h>

#include <algorithm>
#include <array>
#include <iomanip>
#include <iostream>
#include <set>

using namespace graft;

// Texts, and 1 for those that praise.
struct Reviews {
  std::vector<std::string> texts;
  std::vector<float> praise;
};

constexpr std::array kOpenings{"", "I saw it last night. ", "Well, ", "In my opinion, ", "Everyone talks about it: "};
constexpr std::array kThings{"the film", "the plot", "the acting", "the music", "the ending", "every scene"};
constexpr std::array kGood{"great", "lovely", "clever", "moving", "funny", "beautiful", "brilliant", "convincing"};
constexpr std::array kBad{"dull", "awful", "clumsy", "boring", "weak", "ugly", "tedious", "predictable"};
constexpr std::array kPlain{"", "very ", "really ", "always "};
constexpr std::array kNegated{"not ", "never ", "hardly ", "not at all "};

template <size_t count>
static std::string one_of(const std::array<const char*, count>& words, Random& random) {
  return words[random.below(count)];
}

// "the plot is hardly clever", which praises if `praise`.
static std::string draw_opinion(bool praise, Random& random) {
  const bool negated = random.below(3) == 0;
  return one_of(kThings, random) + " is " + (negated ? one_of(kNegated, random) : one_of(kPlain, random)) +
         (praise != negated ? one_of(kGood, random) : one_of(kBad, random));
}

// Reviews that are all different, half of which praise; in a third of them a first opinion says the opposite.
static Reviews draw_reviews(size_t count, Random& random) {
  Reviews reviews;
  std::set<std::string> drawn;
  while (drawn.size() < count) {
    const bool praise = drawn.size() % 2 == 0;
    std::string text = one_of(kOpenings, random);
    if (random.below(3) == 0) text += draw_opinion(!praise, random) + ", but ";
    text += draw_opinion(praise, random) + ".";
    if (!drawn.insert(text).second) continue;
    reviews.texts.push_back(text);
    reviews.praise.push_back(praise ? 1.f : 0.f);
  }
  return reviews;
}

// A score from 0 to 1 for each text, from the numbers of its words in their order.
static Model make_reader(const TextVectorization& words) {
  auto text = Input({.shape = {}, .dtype = DType::string, .name = "review"});
  auto x = Embedding({.input_dim = words.vocabulary_size(), .output_dim = 16, .mask_zero = true})(words(text));
  x = Bidirectional(LSTM({.units = 16}))(x);
  return Model(text, Dense({.units = 1, .activation = "sigmoid"})(x), {.name = "reader"});
}

// The same from which words there are.
static Model make_bag_of_words(const std::vector<std::string>& texts) {
  const TextVectorization words({.output_mode = "multi_hot"});
  words.adapt(texts);
  auto text = Input({.shape = {}, .dtype = DType::string, .name = "review"});
  return Model(text, Dense({.units = 1, .activation = "sigmoid"})(words(text)), {.name = "bag_of_words"});
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  Random random(2);
  const size_t trained = small ? 1000 : 4000, tested = 1000;
  const Reviews reviews = draw_reviews(trained + tested, random);
  const Tensor texts(Shape{std::ssize(reviews.texts)}, reviews.texts);
  const Tensor praise(Shape{std::ssize(reviews.praise), 1}, reviews.praise);
  const auto train = [&](const Tensor& all) { return all.rows(0, static_cast<int64_t>(trained)); };
  const auto test = [&](const Tensor& all) { return all.rows(static_cast<int64_t>(trained), all.shape()[0]); };

  const TextVectorization words;
  words.adapt(train(texts));
  const Model reader = make_reader(words), bag = make_bag_of_words(reviews.texts);
  const auto accuracy = [&](const Model& model) {
    model.compile({.optimizer = Adam({.learning_rate = 1e-2}), .loss = "binary_crossentropy", .metrics = {"accuracy"}});
    model.fit(train(texts), train(praise), {.batch_size = 50, .epochs = small ? 3 : 4, .verbose = 2});
    return model.evaluate(test(texts), test(praise))["accuracy"];
  };
  const float by_words = accuracy(bag), by_order = accuracy(reader);
  std::cout << "new reviews judged rightly: " << by_order << "; by a bag of words: " << by_words << '\n';

  const std::vector<std::string> written{"The music is not at all boring!", "THE MUSIC IS BORING",
                                         "The ending is ugly, but the film is great",
                                         "The film is great, but the ending is ugly"};
  const Tensor scores = reader.predict(Tensor(Shape{std::ssize(written)}, written));
  for (size_t i = 0; i < written.size(); ++i)
    std::cout << std::fixed << std::setprecision(2) << scores.data<float>()[i] << "  " << written[i] << '\n';

  reader.save("text_classifier");  // the vocabulary too
  return by_order > 0.9f && by_order > by_words ? 0 : 1;
}
