#include <doctest/doctest.h>

#include <cmath>

#include "graft/graft.h"
#include "tests/support/error_text.h"

namespace graft::test {

namespace {

using Words = std::vector<std::string>;
using Integers = std::vector<int64_t>;

Tensor words(const Words& values) { return Tensor(Shape{std::ssize(values), 1}, values); }
Tensor integers(const Integers& values) { return Tensor(Shape{std::ssize(values), 1}, values); }

// What a layer gives for data, through a model of it alone.
Tensor result(const Layer& layer, const Tensors& data) {
  SymbolicTensors inputs;
  for (const Tensor& tensor : data)
    inputs.push_back(Input({.shape = tensor.shape().without_batch(), .dtype = tensor.dtype()}));
  return Model(inputs, layer(inputs)).predict(data);
}

Integers numbers(const Layer& layer, const Tensors& data) {
  const Tensor found = result(layer, data).cast(DType::s64);
  return {found.data<int64_t>().begin(), found.data<int64_t>().end()};
}

std::vector<float> values(const Layer& layer, const Tensors& data) {
  const Tensor found = result(layer, data);
  return {found.data<float>().begin(), found.data<float>().end()};
}

}  // namespace

// -- strings and integers: the numbers are those of the examples in Keras's documentation ---------------------------

TEST_CASE("Hashing puts words and integers into Keras's bins") {
  const Tensor letters = words({"A", "B", "C", "D", "E"}), blank = words({"A", "B", "", "C", "D"});
  CHECK(numbers(Hashing({.num_bins = 3}), letters) == Integers{1, 0, 1, 1, 2});
  CHECK(numbers(Hashing({.num_bins = 3, .mask_value = ""}), blank) == Integers{1, 1, 0, 2, 2});
  CHECK(numbers(Hashing({.num_bins = 3, .salt = Literal::List{133, 137}}), letters) == Integers{1, 2, 1, 0, 2});
  CHECK(numbers(Hashing({.num_bins = 3, .salt = 133}), letters) == Integers{0, 0, 2, 1, 0});
  CHECK(result(Hashing({.num_bins = 3}), letters).dtype() == DType::s64);
  CHECK(values(Hashing({.num_bins = 3, .output_mode = "one_hot"}), words({"A", "E"})) ==
        std::vector<float>{0, 1, 0, 0, 0, 1});
  CHECK(error_text<ConfigError>([] { Hashing({.num_bins = 0}); }).find("num_bins must be at least 1; received 0") !=
        std::string::npos);
  CHECK(error_text<ConfigError>([] { Hashing({.num_bins = 3, .salt = "x"}); }).find("salt must be a whole number") !=
        std::string::npos);
}

TEST_CASE("HashedCrossing gives one bin for two features") {
  const Tensor a = words({"A", "B", "A", "B", "A"}), b = integers({101, 101, 101, 102, 102});
  CHECK(numbers(HashedCrossing({.num_bins = 5}), {a, b}) == Integers{1, 4, 1, 1, 3});
  const SymbolicTensor x = Input({.shape = {2}, .dtype = DType::s64});
  CHECK(error_text<ShapeError>([&] { HashedCrossing({.num_bins = 5})({x, x}); }).find("inputs must be (N) or (N, 1)") !=
        std::string::npos);
}

TEST_CASE("StringLookup numbers words, in every form, and back") {
  const Words vocabulary{"a", "b", "c", "d"};
  const Tensor data(Shape{2, 3}, {"a", "c", "d", "d", "z", "b"});
  CHECK(numbers(StringLookup({.vocabulary = vocabulary}), data) == Integers{1, 3, 4, 4, 0, 2});
  CHECK(numbers(StringLookup({.mask_token = "a", .vocabulary = {"b", "c", "d"}}), data) == Integers{0, 3, 4, 4, 1, 2});
  const Tensor more(Shape{2, 4}, {"a", "c", "d", "d", "d", "z", "b", "z"});
  CHECK(values(StringLookup({.vocabulary = vocabulary, .output_mode = "multi_hot"}), more) ==
        std::vector<float>{0, 1, 0, 1, 1, 1, 0, 1, 0, 1});
  CHECK(values(StringLookup({.vocabulary = vocabulary, .output_mode = "count"}), more) ==
        std::vector<float>{0, 1, 0, 1, 2, 2, 0, 1, 0, 1});
  CHECK(values(StringLookup({.vocabulary = vocabulary, .idf_weights = {0.25, 0.75, 0.5, 0.5}, .output_mode = "tf_idf"}),
               more) == std::vector<float>{0, 0.25, 0, 0.5, 1, 1, 0, 0.75, 0, 0.5});
  const Tensor back =
      result(StringLookup({.vocabulary = vocabulary, .invert = true}), Tensor(Shape{2, 2}, Integers{1, 4, 0, 9}));
  CHECK(bit_equal(back, Tensor(Shape{2, 2}, {"a", "d", "[UNK]", "[UNK]"})));
}

TEST_CASE("StringLookup refuses what it cannot number") {
  const Tensor data = words({"a", "z"});
  CHECK(error_text<DataError>([&] {
          result(StringLookup({.num_oov_indices = 0, .vocabulary = {"a"}, .name = "s"}), data);
        }).find("[StringLookup \"s\"] the vocabulary does not hold \"z\", and num_oov_indices is 0.") == 0);
  CHECK(error_text<ConfigError>([] { StringLookup({.vocabulary = {"a", "b", "a"}}); }).find("holds \"a\" twice") !=
        std::string::npos);
  CHECK(error_text<ConfigError>([&] { result(StringLookup(), data); }).find("has no vocabulary") != std::string::npos);
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  CHECK(error_text<ShapeError>([&] {
          StringLookup({.vocabulary = {"a"}})(x);
        }).find("takes strings; received float32") != std::string::npos);
}

TEST_CASE("IntegerLookup keeps integers exact, and shares numbers for unknown ones") {
  const int64_t large = (int64_t{1} << 60) + 1;
  CHECK(numbers(IntegerLookup({.vocabulary = {large, 36}}), integers({large, large - 1, 36})) == Integers{1, 0, 2});
  const Integers unknown{100, 300, 700, 1100, 1700, 2000};
  CHECK(numbers(IntegerLookup({.num_oov_indices = 4, .vocabulary = {10, 20, 30}, .oov_method = "farmhash"}),
                integers(unknown)) == Integers{3, 3, 2, 2, 0, 1});
  CHECK(numbers(IntegerLookup({.num_oov_indices = 4, .vocabulary = {10}}), integers({-1, 6, 10})) == Integers{3, 2, 4});
  const Tensor back = result(IntegerLookup({.vocabulary = {12, 36}, .invert = true}), integers({1, 2, 0}));
  CHECK(bit_equal(back, integers({12, 36, -1})));
}

TEST_CASE("IntegerLookup is a part of the Program where its input is") {
  const SymbolicTensor x = Input({.shape = {2}, .dtype = DType::s32});
  const Model model(x, IntegerLookup({.mask_token = 7, .vocabulary = {2, 4, 9}})(x + x));
  const Tensor found = model.predict(Tensor(Shape{2, 2}, std::vector<int32_t>{1, 2, 3, 5}));
  CHECK(bit_equal(found, Tensor(Shape{2, 2}, Integers{2, 3, 1, 1})));
}

TEST_CASE("TextVectorization standardizes, splits, numbers and pads") {
  const Tensor texts = words({"Earth, WIND & fire!", "wind  wind\tearth", ""});
  const Words vocabulary{"earth", "wind", "and", "fire"};
  CHECK(numbers(TextVectorization({.output_sequence_length = 4, .vocabulary = vocabulary}), texts) ==
        Integers{2, 3, 5, 0, 3, 3, 2, 0, 0, 0, 0, 0});
  CHECK(result(TextVectorization({.vocabulary = vocabulary}), texts).shape() == Shape{3, 3});
  CHECK(values(TextVectorization({.output_mode = "count", .vocabulary = vocabulary}), texts) ==
        std::vector<float>{0, 1, 1, 0, 1, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0});
  CHECK(numbers(TextVectorization({.standardize = {}, .split = "character", .vocabulary = {"\xc3\xa9", "a"}}),
                words({"a\xc3\xa9", "A"})) == Integers{3, 2, 1, 0});
  CHECK(numbers(TextVectorization({.ngrams = 2, .vocabulary = {"a b", "b"}}), words({"a b"})) == Integers{1, 3, 2});
}

TEST_CASE("vocabularies are learnt, the most frequent tokens first") {
  const TextVectorization vectors({.max_tokens = 5});
  vectors.adapt({"b a c", "c b", "c d"});
  CHECK(vectors.get_vocabulary() == Words{"", "[UNK]", "c", "b", "d"});
  CHECK(vectors.vocabulary_size() == 5);
  CHECK(vectors.get_vocabulary(false) == Words{"c", "b", "d"});
  const StringLookup lookup({.output_mode = "tf_idf"});
  lookup.adapt(Tensor(Shape{3, 2}, {"a", "a", "a", "b", "b", "c"}));
  CHECK(lookup.get_vocabulary() == Words{"[UNK]", "a", "b", "c"});
  CHECK(lookup.vocabulary_size() == 4);
  const std::vector<float> weights = values(lookup, Tensor(Shape{1, 2}, {"a", "c"}));
  CHECK(weights[1] == doctest::Approx(std::log(1 + 3.0 / 3)));
  CHECK(weights[3] == doctest::Approx(std::log(1 + 3.0 / 2)));
  const IntegerLookup places;
  places.adapt(integers({7, 5, 7, -1}));
  CHECK(places.get_vocabulary() == Integers{-1, 7, 5});
  CHECK(places.vocabulary_size() == 3);
  CHECK(error_text<ConfigError>([] { TextVectorization({.vocabulary = {"a"}}).adapt({"b"}); }) ==
        "[TextVectorization] has a vocabulary of its own, so adapt() has nothing to learn.");
}

// -- numbers ---------------------------------------------------------------------------------------------------------

TEST_CASE("Normalization takes what it was given, or what it has learnt") {
  const Normalization learnt;
  learnt.adapt(Tensor(Shape{4, 3}, {{0, 7, 4}, {2, 9, 6}, {0, 7, 4}, {2, 9, 6}}));
  CHECK(values(learnt, Tensor(Shape{1, 3}, {0, 7, 4})) == std::vector<float>{-1, -1, -1});
  const Normalization inverse({.invert = true});
  inverse.adapt(Tensor(Shape{4, 3}, {{0, 7, 4}, {2, 9, 6}, {0, 7, 4}, {2, 9, 6}}));
  CHECK(values(inverse, Tensor(Shape{1, 3}, {1, 2, 3})) == std::vector<float>{2, 10, 8});
  CHECK(learnt.weights().size() == 3);
  const Tensor single(Shape{3, 1}, {1, 2, 3});
  CHECK(values(Normalization({.mean = 3.0, .variance = 4.0}), single) == std::vector<float>{-1, -0.5f, 0});
  const Normalization whole({.axis = {}});
  whole.adapt(Tensor(Shape{2, 2}, {{1, 3}, {5, 7}}));
  CHECK(values(whole, Tensor(Shape{1, 2}, {4, 4})) == std::vector<float>{0, 0});
  CHECK(error_text<ConfigError>([] { Normalization({.mean = 1.0}); }).find("mean and variance must both be given") !=
        std::string::npos);
  CHECK(error_text<ShapeError>([&] { learnt.adapt(Tensor(Shape{2, 2})); }).find("the weights were made for (3,)") !=
        std::string::npos);
}

TEST_CASE("Discretization numbers bins, and learns their boundaries") {
  const Tensor data(Shape{2, 4}, {-1.5f, 1, 3.4f, 0.5f, 0, 3, 1.3f, 0});
  CHECK(numbers(Discretization({.bin_boundaries = {0, 1, 2}}), data) == Integers{0, 2, 3, 1, 1, 3, 2, 1});
  CHECK(result(Discretization({.bin_boundaries = {0, 1, 2}}), data).dtype() == DType::s32);
  CHECK(values(Discretization({.bin_boundaries = {0, 1, 2}, .output_mode = "count"}), data) ==
        std::vector<float>{1, 1, 1, 1, 0, 2, 1, 1});
  const Discretization learnt({.num_bins = 4, .epsilon = 0.01});
  learnt.adapt(data);
  CHECK(learnt.bin_boundaries() == std::vector<double>{0, 0.5, static_cast<double>(1.3f)});
  CHECK(numbers(learnt, data) == Integers{0, 2, 3, 2, 1, 3, 3, 1});
  CHECK(error_text<ConfigError>([] {
          Discretization(DiscretizationConfig{});
        }).find("bin_boundaries or num_bins must be given") != std::string::npos);
}

TEST_CASE("CategoryEncoding makes vectors of numbers") {
  const Tensor data(Shape{2, 2}, std::vector<int32_t>{0, 1, 1, 1});
  CHECK(values(CategoryEncoding({.num_tokens = 3}), data) == std::vector<float>{1, 1, 0, 0, 1, 0});
  CHECK(values(CategoryEncoding({.num_tokens = 3, .output_mode = "count"}), data) ==
        std::vector<float>{1, 1, 0, 0, 2, 0});
  CHECK(values(CategoryEncoding({.num_tokens = 2, .output_mode = "one_hot"}), integers({1, 0})) ==
        std::vector<float>{0, 1, 1, 0});
  const SymbolicTensor x = Input({.shape = {2}, .dtype = "int32"}), factors = Input({.shape = {2}});
  const Model model({x, factors},
                    CategoryEncoding({.num_tokens = 3, .output_mode = "count"})(x, {.count_weights = factors}));
  const Tensor counted = model.predict({data, Tensor(Shape{2, 2}, {0.5, 2, 3, 4})});
  CHECK(bit_equal(counted, Tensor(Shape{2, 3}, {0.5, 2, 0, 0, 7, 0})));
  CHECK(error_text<ShapeError>([&] {
          CategoryEncoding({.num_tokens = 3})(x, {.count_weights = factors});
        }).find("count_weights are of output_mode \"count\" alone") != std::string::npos);
}

TEST_CASE("Rescaling takes a number for each channel") {
  CHECK(values(Rescaling({.scale = {2, 3}, .offset = {1, -1}}), Tensor(Shape{2, 2}, {{1, 2}, {3, 4}})) ==
        std::vector<float>{3, 5, 7, 11});
  const SymbolicTensor x = Input({.shape = {3}});
  CHECK(error_text<ShapeError>([&] { Rescaling({.scale = {2, 3}})(x); }).find("scale has 2 numbers") !=
        std::string::npos);
}

// -- sounds ----------------------------------------------------------------------------------------------------------

TEST_CASE("STFTSpectrogram finds the frequency of a wave") {
  // A cosine with 2 periods in 8 samples: without a window all of it is in bin 2, half of 8 high.
  Tensor wave(Shape{1, 16, 1});
  for (int i = 0; i < 16; ++i)
    wave.data<float>()[static_cast<size_t>(i)] = static_cast<float>(std::cos(i * 2 * 3.14159265358979 / 4));
  const std::vector<float> found =
      values(STFTSpectrogram({.mode = "real", .frame_length = 8, .frame_step = 8, .window = {}}), wave);
  REQUIRE(found.size() == 2 * 5);
  for (size_t i = 0; i < found.size(); ++i) CHECK(found[i] == doctest::Approx(i % 5 == 2 ? 4 : 0).epsilon(1e-5));
  CHECK(error_text<ConfigError>([] {
          STFTSpectrogram({.frame_length = 8, .frame_step = 9});
        }).find("frame_step must be 1 to frame_length, 8; received 9") != std::string::npos);
}

TEST_CASE("MelSpectrogram gives powers in bands over time") {
  const Tensor silence(Shape{2, 64});
  const MelSpectrogram decibels({.fft_length = 16, .sequence_stride = 8, .sampling_rate = 1000, .num_mel_bins = 3});
  const Tensor quiet = result(decibels, silence);
  CHECK(quiet.shape() == Shape{2, 3, 9});
  for (const float value : quiet.data<float>()) CHECK(value == doctest::Approx(-100));
  CHECK(error_text<ConfigError>([] {
          MelSpectrogram({.fft_length = 16, .sequence_length = 20});
        }).find("sequence_length must be at most fft_length, 16; received 20") != std::string::npos);
}

}  // namespace graft::test
