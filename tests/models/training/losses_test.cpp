#include <doctest/doctest.h>

#include <cmath>

#include "graft/graft.h"
#include "tests/support/error_text.h"

// Values and gradients of every loss against PyTorch's for the same numbers (checked by hand where Keras clips).

namespace graft::test {

namespace {

using Floats = std::vector<float>;

const Floats kOneHot{1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0};
const Floats kClasses{0, 1, 2, 1};
const Floats kProbabilities{.7f, .2f, .1f, .25f, .5f, .25f, .1f, .3f, .6f, .6f, .3f, .1f};
const Floats kLogits{1.5f, -2, .3f, .2f, .8f, -1, -.4f, .1f, 3, 2, -1, .5f};
const Floats kReal{.5f, -1.2f, 2, .3f, .9f, -.7f, 1.5f, .1f, .2f, -.8f, .4f, 1.1f};
const Floats kPredicted{.1f, -1, 3.5f, -1.3f, .5f, -.2f, 1, .6f, -1.9f, -.3f, .9f, 1};

Floats smoothed(const Floats& y) {
  Floats out;
  for (const float v : y) out.push_back(v * .8f + .1f);
  return out;
}

Tensor rows(const Floats& values) { return Tensor(Shape{4, static_cast<int64_t>(values.size()) / 4}, values); }

// A model that gives its kernel: a step of SGD with rate 1 subtracts the loss's gradient for the predictions.
struct Kernel {
  explicit Kernel(const Floats& predictions) {
    const SymbolicTensor input = Input({.shape = {4}});
    model = Model(input, Dense({.units = 3, .use_bias = false})(input));
    model.set_weights({rows(predictions)});
  }
  Model model;
  Tensor identity = Tensor(Shape{4, 4}, Floats{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
};

void check_loss(const Loss& loss, const Floats& y, const Floats& predictions, float value, const Floats& gradient,
                const TensorList& weights = {}) {
  CAPTURE(loss.name());
  const Kernel kernel(predictions);
  kernel.model.compile({.optimizer = SGD({.learning_rate = 1}), .loss = loss});
  CHECK(kernel.model.test_on_batch(kernel.identity, rows(y), weights)["loss"] == doctest::Approx(value).epsilon(1e-5));
  CHECK(kernel.model.train_on_batch(kernel.identity, rows(y), weights)["loss"] == doctest::Approx(value).epsilon(1e-5));
  const Tensor moved = kernel.model.get_weights()[0];
  for (size_t i = 0; i < predictions.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(predictions[i] - moved.data<float>()[i] - gradient[i]) <
          2e-6f * std::max(1.f, std::abs(gradient[i])));
  }
}

}  // namespace

TEST_CASE("mean squared error is PyTorch's, value and gradient") {
  check_loss("mse", kReal, kPredicted, 0.903333247f,
             {-0.06666667f, 0.033333343f, 0.25f, -0.26666665f, -0.066666663f, 0.083333336f, -0.083333336f, 0.083333336f,
              -0.34999999f, 0.083333336f, 0.083333328f, -0.016666671f});
}

TEST_CASE("mean absolute error is PyTorch's") {
  const float g = 0.083333336f;
  check_loss("mae", kReal, kPredicted, 0.733333349f, {-g, g, g, -g, -g, g, -g, g, -g, g, g, -g});
}

TEST_CASE("huber is PyTorch's for both deltas") {
  check_loss("huber", kReal, kPredicted, 0.375833303f,
             {-0.033333335f, 0.016666671f, 0.083333336f, -0.083333336f, -0.033333331f, 0.041666668f, -0.041666668f,
              0.041666668f, -0.083333336f, 0.041666668f, 0.041666664f, -0.0083333356f});
  check_loss(Huber({.delta = 0.5}), kReal, kPredicted, 0.252916664f,
             {-0.033333335f, 0.016666671f, 0.041666668f, -0.041666668f, -0.033333331f, 0.041666668f, -0.041666668f,
              0.041666668f, -0.041666668f, 0.041666668f, 0.041666664f, -0.0083333356f});
}

TEST_CASE("binary cross-entropy is PyTorch's: probabilities, logits, smoothed targets") {
  check_loss("bce", kOneHot, kProbabilities, 0.429347992f,
             {-0.11904762f, 0.10416666f, 0.092592597f, 0.11111111f, -0.16666667f, 0.11111111f, 0.092592597f,
              0.11904762f, -0.13888888f, 0.20833336f, -0.27777776f, 0.092592597f});
  check_loss(BinaryCrossentropy({.from_logits = true}), kOneHot, kLogits, 0.698788643f,
             {-0.01520213f, 0.0099335769f, 0.047870208f, 0.045819495f, -0.02583546f, 0.022411786f, 0.033442695f,
              0.043748263f, -0.0039521554f, 0.073399752f, -0.06092155f, 0.051871613f});
  check_loss(BinaryCrossentropy({.label_smoothing = 0.2}), kOneHot, kProbabilities, 0.521202087f,
             {-0.079365097f, 0.052083328f, 0, 0.06666667f, -0.13333334f, 0.06666667f, 0, 0.079365082f, -0.10416668f,
              0.17361112f, -0.23809524f, 0});
}

TEST_CASE("categorical cross-entropy is PyTorch's: probabilities, logits, smoothed targets, class numbers") {
  const Floats gradient{-0.10714287f, 0.25f, 0.25f,        0.25f, -0.25f,       0.25f,
                        0.25f,        0.25f, -0.16666666f, 0.25f, -0.58333331f, 0.25f};
  check_loss("categorical_crossentropy", kOneHot, kProbabilities, 0.691155136f, gradient);
  check_loss("sparse_categorical_crossentropy", kClasses, kProbabilities, 0.691155136f, gradient);
  const Floats of_logits{-0.062226534f, 0.0056702676f, 0.056556273f,  0.080043212f, -0.10415177f, 0.02410855f,
                         0.007665697f,  0.012638598f,  -0.020304278f, 0.19639926f,  -0.24022186f, 0.043822598f};
  check_loss(CategoricalCrossentropy({.from_logits = true}), kOneHot, kLogits, 1.03778398f, of_logits);
  check_loss(SparseCategoricalCrossentropy({.from_logits = true}), kClasses, kLogits, 1.03778398f, of_logits);
  check_loss(CategoricalCrossentropy({.from_logits = true, .label_smoothing = 0.2}), kOneHot, kLogits, 1.18611741f,
             {-0.028893203f, -0.010996399f, 0.039889604f, 0.063376546f, -0.070818439f, 0.007441882f, -0.0090009701f,
              -0.0040280698f, 0.013029054f, 0.17973259f, -0.20688853f, 0.02715593f});
}

TEST_CASE("KL divergence, Poisson and log-cosh are PyTorch's") {
  check_loss("kld", smoothed(kOneHot), kProbabilities, 0.391812712f,
             {-0.3214286f, -0.125f, -0.25f, -0.1f, -0.45000002f, -0.1f, -0.25f, -0.083333328f, -0.375f, -0.041666664f,
              -0.75f, -0.25f});
  check_loss("poisson", kOneHot, kProbabilities, 0.563718259f,
             {-0.035714269f, 0.083333336f, 0.083333336f, 0.083333336f, -0.083333291f, 0.083333336f, 0.083333336f,
              0.083333336f, -0.05555553f, 0.083333336f, -0.19444436f, 0.083333336f});
  check_loss("log_cosh", kReal, kPredicted, 0.333776832f,
             {-0.031662416f, 0.016447948f, 0.075429022f, -0.076805711f, -0.031662412f, 0.038509764f, -0.038509764f,
              0.038509764f, -0.080871001f, 0.038509764f, 0.038509764f, -0.0083056688f});
}

TEST_CASE("relative, logarithmic and directional errors are PyTorch's") {
  check_loss("mape", kReal, kPredicted, 216.733093f,
             {-16.666666f, 6.9444437f, 4.1666665f, -27.777775f, -9.2592592f, 11.904761f, -5.5555553f, 83.333328f,
              -41.666664f, 10.416666f, 20.833332f, -7.575757f});
  check_loss("msle", kOneHot, kProbabilities, 0.0661965162f,
             {-0.015933227f, 0.025322439f, 0.014440937f, 0.029752474f, -0.031964678f, 0.029752474f, 0.014440937f,
              0.033636447f, -0.02324412f, 0.048958715f, -0.055228584f, 0.014440937f});
  check_loss("cosine_similarity", kReal, kPredicted, -0.572316051f,
             {-0.012600007f, 0.016630707f, 0.005111631f, -0.064996913f, -0.128015f, 0.10244244f, -0.0933588f,
              0.0031392374f, -0.048144873f, 0.068003759f, 0.051844455f, -0.026258886f});
}

TEST_CASE("hinge losses turn targets of 0 and 1 into -1 and 1 and then equal PyTorch's") {
  const float g = 0.083333336f;
  check_loss("hinge", kOneHot, kPredicted, 1.33333337f, {-g, 0, g, 0, -g, g, g, g, -g, g, -g, g});
  Floats signs;
  for (const float v : kOneHot) signs.push_back(2 * v - 1);
  check_loss("hinge", signs, kPredicted, 1.33333337f, {-g, 0, g, 0, -g, g, g, g, -g, g, -g, g});
  check_loss("squared_hinge", kOneHot, kPredicted, 3.45166683f,
             {-0.15000001f, 0, 0.75f, 0, -0.083333336f, 0.13333334f, 0.33333334f, 0.26666668f, -0.48333335f,
              0.11666667f, -0.016666671f, 0.33333334f});
  check_loss("categorical_hinge", kOneHot, kPredicted, 2.47500014f,
             {-0.25f, 0, 0.25f, 0, -0.25f, 0, 0.25f, 0, -0.25f, 0, -0.25f, 0.25f});
}

TEST_CASE("sample weights multiply each row's loss, and the sum is divided by the number of rows") {
  check_loss("mse", kReal, kPredicted, 1.0062499f,
             {-0.033333335f, 0.016666671f, 0.125f, -0.5333333f, -0.13333333f, 0.16666667f, -0.083333336f, 0.083333336f,
              -0.34999999f, 0, 0, 0},
             Tensor(Shape{4}, Floats{.5f, 2, 1, 0}));
}

TEST_CASE("cross-entropy of a certain mistake is bounded by Keras's clipping") {
  const Kernel kernel({0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0});
  kernel.model.compile({.loss = "categorical_crossentropy"});
  const Tensor y = rows({1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0});
  CHECK(kernel.model.test_on_batch(kernel.identity, y)["loss"] == doctest::Approx(16.118095).epsilon(1e-5));
  kernel.model.compile({.loss = "binary_crossentropy"});
  // Two of three outputs are certain and wrong: 1 - 1e-7 is 0.99999988 in float32, so the two bounds differ.
  CHECK(kernel.model.test_on_batch(kernel.identity, y)["loss"] ==
        doctest::Approx((16.118095 + 15.942385) / 3).epsilon(1e-4));
}

TEST_CASE("a custom loss is a function of targets and predictions") {
  const auto fourth = [](const SymbolicTensor& y, const SymbolicTensor& p) { return square(square(y - p)); };
  const Kernel kernel(kPredicted);
  kernel.model.compile({.optimizer = "sgd", .loss = fourth});
  double expected = 0;
  for (size_t i = 0; i < 12; ++i) expected += std::pow(kReal[i] - kPredicted[i], 4) / 12;
  CHECK(kernel.model.test_on_batch(kernel.identity, rows(kReal))["loss"] == doctest::Approx(expected).epsilon(1e-5));
}

TEST_CASE("losses take class names and short names, and list the known ones for others") {
  CHECK(Loss("MeanSquaredError").name() == "mean_squared_error");
  CHECK(Loss("KLDivergence").name() == "kl_divergence");
  CHECK(Loss("sparseCategoricalCrossentropy").name() == "sparse_categorical_crossentropy");
  CHECK(error_text<ConfigError>([] { Loss("mes"); }) ==
        "there is no loss \"mes\"; known are mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, "
        "mean_squared_logarithmic_error, binary_crossentropy, categorical_crossentropy, "
        "sparse_categorical_crossentropy, kl_divergence, huber, hinge, squared_hinge, categorical_hinge, log_cosh, "
        "cosine_similarity, poisson.");
  CHECK(error_text<ConfigError>([] { BinaryCrossentropy({.label_smoothing = 1.5}); }) ==
        "[BinaryCrossentropy] label_smoothing must be in [0, 1]; received 1.5.");
}

// -- metrics ----------------------------------------------------------------------------------------------------------

static float metric(const Metric& wanted, const Floats& y, const Floats& predictions) {
  const Kernel kernel(predictions);
  const Loss none = [](const SymbolicTensor&, const SymbolicTensor& p) { return p; };
  kernel.model.compile({.loss = none, .metrics = {wanted}});
  return kernel.model.test_on_batch(kernel.identity, rows(y))[wanted.name()];
}

TEST_CASE("accuracy is binary, categorical or sparse by the shapes, as Keras resolves it") {
  CHECK(metric("accuracy", kOneHot, kProbabilities) == 0.75f);  // the last row is wrong
  CHECK(metric("acc", kClasses, kProbabilities) == 0.75f);
  CHECK(metric("categorical_accuracy", kOneHot, kProbabilities) == 0.75f);
  CHECK(metric("sparse_categorical_accuracy", kClasses, kProbabilities) == 0.75f);
  CHECK(metric("binary_accuracy", kOneHot, kProbabilities) == doctest::Approx(9.0 / 12));  // 0.5 is not above 0.5
  CHECK(metric(TopKCategoricalAccuracy({.k = 2}), kOneHot, kProbabilities) == 1.f);
  CHECK(metric(SparseTopKCategoricalAccuracy({.k = 1}), kClasses, kProbabilities) == 0.75f);
  CHECK(metric("mae", kReal, kPredicted) == doctest::Approx(0.733333349));
  CHECK(metric("cosine_similarity", kReal, kPredicted) == doctest::Approx(0.572316051));
}

TEST_CASE("accuracy of one output compares with a half") {
  const SymbolicTensor input = Input({.shape = {1}});
  const Model model(input, Dense({.units = 1, .use_bias = false, .kernel_initializer = "ones"})(input));
  model.compile({.loss = "mse", .metrics = {"accuracy"}});
  const Tensor x(Shape{4, 1}, Floats{.2f, .6f, .5f, .9f}), y(Shape{4}, Floats{0, 1, 1, 0});
  CHECK(model.evaluate(x, y)["accuracy"] == 0.5f);
}

TEST_CASE("an unknown metric lists the known ones") {
  const std::string text = error_text<ConfigError>([] { Metric("acuracy"); });
  CHECK(text.starts_with("there is no metric \"acuracy\"; known are accuracy, binary_accuracy, "));
}

}  // namespace graft::test
