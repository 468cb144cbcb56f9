// Shows Graft on Fashion-MNIST: two models are built apart, grafted layer by layer, trained as one and in parts,
// compared with simple baselines, drawn and saved.

#include <CLI/CLI.hpp>
#include <chrono>
#include <iomanip>
#include <iostream>

#include "graft/graft.h"
#include "graft/models/zoo/autoencoder.h"
#include "graft/tools/data/fashion_mnist.h"
#include "graft/tools/data/images.h"
#include "graft/tools/demonstration/baselines.h"
#include "graft/tools/demonstration/curves.h"

using namespace graft;
using namespace graft::tools;

namespace {

struct Options {
  std::filesystem::path out = "build/demo", data = kFashionMnist;
  int64_t dim = 128, epochs = 8, part_epochs = 3, batch_size = 128;
  uint64_t seed = 1;
};

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Computes the loss of every single batch from the running mean that fit reports.
class BatchLosses {
 public:
  Callback callback() {
    return LambdaCallback({.on_batch_end = [this](FitProgress&, int64_t batch, const Logs& logs) {
      const double sum = static_cast<double>(logs["loss"]) * static_cast<double>(batch + 1);
      losses_.push_back(batch == 0 ? sum : sum - sum_);
      sum_ = sum;
    }});
  }
  Curve curve(const std::string& name) const {
    constexpr size_t kWindow = 25;
    Curve curve{name, {}, smoothed(losses_, kWindow)};
    for (size_t i = 0; i < losses_.size(); ++i) curve.x.push_back(static_cast<double>(i + 1));
    return curve;
  }

 private:
  double sum_ = 0;
  std::vector<double> losses_;
};

class Demo {
 public:
  explicit Demo(const Options& options) : options_(options) {
    if (options.dim % 16 != 0) throw ConfigError(cat("--dim must be a multiple of 16; received ", options.dim));
    set_random_seed(options.seed);
    std::filesystem::create_directories(options.out);
  }

  void run() {
    const Clock::time_point start = Clock::now();
    load();
    train_jointly();
    train_decoder_alone();
    train_classifier();
    measure_baselines();
    draw();
    save();
    report();
    std::cout << "\nIn " << options_.out.string() << ":\n"
              << "  reconstructions.png   originals, the autoencoder's, and those of the new decoder\n"
              << "  loss_curves.svg       the loss of every batch\n"
              << "  encoder, decoder, autoencoder, classifier   pictures (.svg) and saved models (folders)\n"
              << std::fixed << std::setprecision(0) << seconds_since(start) << " s in all.\n";
  }

 private:
  struct Row {
    std::string what;
    double value;
    std::string remark;
  };

  static void heading(const std::string& text) { std::cout << "\n== " << text << std::endl; }

  void load() {
    data_ = load_fashion_mnist(options_.data);
    heading(cat("Fashion-MNIST: ", data_.train.shape()[0], " images to train on, ", data_.test.shape()[0],
                " to test on, padded to ", data_.train.shape().without_batch()));
    truth_ = pixels(data_.test);
  }

  FitConfig fit_config(int64_t epochs, BatchLosses& losses) const {
    return {.batch_size = options_.batch_size, .epochs = epochs, .callbacks = {losses.callback()}};
  }

  // The rate falls to 0 by the end, so that the moving statistics of BatchNormalization settle too.
  Optimizer optimizer(int64_t epochs) const {
    const int64_t batches = (data_.train.shape()[0] + options_.batch_size - 1) / options_.batch_size;
    return Adam({.learning_rate = CosineDecay({.initial_learning_rate = 4e-3, .decay_steps = epochs * batches})});
  }

  double reconstruction_error(const Model& model) const {
    return mean_squared_error(pixels(model.predict(data_.test, {.batch_size = 100})), truth_);
  }

  // Encoder and decoder are models of their own; the whole applies their layers, one after the other, to a new input.
  void train_jointly() {
    heading("encoder and decoder, grafted layer by layer and trained jointly");
    const zoo::AutoencoderConfig config{.dim = options_.dim, .size = 32, .channels = 1};
    encoder_ = zoo::encoder(config);
    decoder_ = zoo::decoder(encoder_, config);
    autoencoder_ = zoo::graft_layers(encoder_, decoder_);
    autoencoder_.compile({.optimizer = optimizer(options_.epochs), .loss = "mse"});
    autoencoder_.fit(data_.train, data_.train, fit_config(options_.epochs, joint_losses_));
    errors_.push_back({"autoencoder, trained jointly", reconstruction_error(autoencoder_), ""});
  }

  void train_decoder_alone() {
    heading("a new decoder, trained alone behind the frozen encoder");
    const std::vector<Tensor> before = encoder_.get_weights();
    encoder_.set_trainable(false);
    const Model fresh = zoo::decoder(encoder_, {.dim = options_.dim, .size = 32, .channels = 1});
    second_ = zoo::graft_layers(encoder_, fresh, {.name = "second_autoencoder"});
    second_.compile({.optimizer = optimizer(options_.part_epochs), .loss = "mse"});
    second_.fit(data_.train, data_.train, fit_config(options_.part_epochs, decoder_losses_));
    expect_unmoved(before);
    errors_.push_back({"a new decoder behind the frozen encoder", reconstruction_error(second_), ""});
  }

  void train_classifier() {
    heading("a classifier, grafted onto the frozen encoder");
    const std::vector<Tensor> before = encoder_.get_weights();
    auto image = Input({.shape = data_.train.shape().without_batch(), .name = "image"});
    SymbolicTensor x = image;
    for (const Layer& layer : encoder_.chain()) x = layer(x);
    x = Dense({.units = 256, .activation = "relu"})(x);
    x = Dense({.units = kClasses, .activation = "softmax", .name = "scores"})(x);
    classifier_ = Model(image, x, {.name = "classifier"});
    classifier_.compile({.optimizer = optimizer(options_.part_epochs),
                         .loss = "sparse_categorical_crossentropy",
                         .metrics = {"accuracy"}});
    classifier_.fit(data_.train, data_.train_labels, fit_config(options_.part_epochs, classifier_losses_));
    expect_unmoved(before);
    encoder_.set_trainable(true);
    accuracies_.push_back({"classifier on the frozen encoder", accuracy(classifier_), ""});
    run_classifier_in_bf16();
  }

  void run_classifier_in_bf16() {
    try {
      const Tensor scores = classifier_.predict(data_.test, {.batch_size = 100, .precision = "bf16"});
      accuracies_.push_back({"the same, run in bf16", agreement(most_likely(scores), data_.test_labels), ""});
    } catch (const ConfigError& no_bf16) {
      std::cout << "bf16 is not run: " << no_bf16.what() << '\n';
    }
  }

  static Tensor most_likely(const Tensor& scores) {
    std::vector<int32_t> classes;
    const auto values = scores.data<float>();
    for (auto row = values.begin(); row != values.end(); row += kClasses)
      classes.push_back(static_cast<int32_t>(std::max_element(row, row + kClasses) - row));
    const auto rows = static_cast<int64_t>(classes.size());
    return Tensor(Shape{rows}, std::move(classes));
  }

  double accuracy(const Model& model) const {
    const auto scores = model.evaluate(data_.test, data_.test_labels, {.batch_size = 100});
    return static_cast<double>(scores["accuracy"]);
  }

  void expect_unmoved(const std::vector<Tensor>& before) const {
    const std::vector<Tensor> after = encoder_.get_weights();
    for (size_t i = 0; i < before.size(); ++i)
      if (!bit_equal(before[i], after[i])) throw DataError(cat("the frozen encoder moved: its weight ", i, " changed"));
    std::cout << "the encoder's " << before.size() << " weights and statistics are the same, bit for bit\n";
  }

  void measure_baselines() {
    heading("the baselines");
    const Tensor train = pixels(data_.train);
    const Tensor centroids = class_means(train, data_.train_labels, kClasses);
    const Tensor mean = mean_row(train).reshaped({1, -1});
    const auto each_as = [&](const Tensor& rows, const Tensor& numbers) {
      const auto n = numbers.data<int32_t>();
      const std::vector<int64_t> indices(n.begin(), n.end());
      return rows.gathered(indices).reshaped(truth_.shape());
    };
    const Tensor all_one_class(data_.test_labels.shape(), DType::s32);
    errors_.push_back({"the mean image", mean_squared_error(each_as(mean, all_one_class), truth_), ""});
    errors_.push_back({"the mean image of its class", mean_squared_error(each_as(centroids, data_.test_labels), truth_),
                       "given the class"});
    constexpr int64_t kFitted = 10000;
    const auto components = principal_components(train.rows(0, kFitted), 64, Random(options_.seed));
    for (const int64_t k : {8, 16, 64})
      errors_.push_back(
          {cat(k, " principal components"), mean_squared_error(components.reconstruct(truth_, k), truth_), ""});
    accuracies_.push_back(
        {"nearest class mean, on pixels", agreement(nearest(centroids, truth_), data_.test_labels), ""});
    accuracies_.push_back({"linear classifier, on pixels", linear_accuracy(), ""});
    accuracies_.push_back({"guessing", 1.0 / kClasses, ""});
  }

  double linear_accuracy() const {
    auto image = Input({.shape = data_.train.shape().without_batch()});
    Model linear(image, Dense({.units = kClasses, .activation = "softmax"})(Flatten()(image)), {.name = "linear"});
    linear.compile({.optimizer = Adam(), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    linear.fit(data_.train, data_.train_labels,
               {.batch_size = options_.batch_size, .epochs = options_.epochs, .verbose = 0});
    return accuracy(linear);
  }

  void draw() const {
    const Tensor some = first_of_each_class();
    const auto shown = [&](const Model& model) { return pixels(model.predict(some)); };
    write_png(options_.out / "reconstructions.png",
              image_grid({pixels(some), shown(autoencoder_), shown(second_)}, {.scale = 3, .gap = 6}));
    write_curves(options_.out / "loss_curves.svg",
                 {{.title = "Reconstruction",
                   .x_label = "batch",
                   .y_label = "mean squared error",
                   .logarithmic = true,
                   .curves = {joint_losses_.curve("jointly"), decoder_losses_.curve("decoder alone, encoder frozen")}},
                  {.title = "Classifier on the frozen encoder",
                   .x_label = "batch",
                   .y_label = "cross-entropy",
                   .logarithmic = true,
                   .curves = {classifier_losses_.curve("classifier")}}});
    for (const Model* model : {&encoder_, &decoder_, &autoencoder_, &classifier_})
      plot_model(*model, options_.out / (model->name() + ".svg"), {.show_shapes = true});
  }

  Tensor first_of_each_class() const {
    std::vector<int64_t> rows;
    const auto labels = data_.test_labels.data<int32_t>();
    for (int32_t c = 0; c < kClasses; ++c) rows.push_back(std::find(labels.begin(), labels.end(), c) - labels.begin());
    return data_.test.gathered(rows);
  }

  void save() const {
    const Tensor some = first_of_each_class();
    for (const Model* model : {&encoder_, &decoder_, &autoencoder_, &classifier_})
      model->save(options_.out / model->name());
    const Model loaded = load_model(options_.out / autoencoder_.name());
    if (!bit_equal(loaded.predict(some), autoencoder_.predict(some)))
      throw DataError("the saved autoencoder gives other images than the one in memory");
  }

  static void table(const std::string& title, const std::vector<Row>& rows, int digits) {
    std::cout << '\n' << title << '\n';
    for (const Row& row : rows)
      std::cout << "  " << std::left << std::setw(44) << row.what << std::right << std::fixed
                << std::setprecision(digits) << row.value << (row.remark.empty() ? "" : "  (" + row.remark + ")")
                << '\n';
  }

  void report() const {
    table("Reconstruction error: mean squared error per pixel of the test images, pixels from 0 to 1", errors_, 5);
    table("Accuracy on the test images", accuracies_, 4);
  }

  Options options_;
  FashionMnist data_;
  Tensor truth_;
  Model encoder_, decoder_, autoencoder_, second_, classifier_;
  BatchLosses joint_losses_, decoder_losses_, classifier_losses_;
  std::vector<Row> errors_, accuracies_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Grafts an encoder and a decoder, trains them on Fashion-MNIST, and shows what came of it",
               "graft-demo");
  app.add_option("--out", options.out, "folder for the pictures and models")->capture_default_str();
  app.add_option("--data", options.data, "folder of the data set")->capture_default_str();
  const auto count = [&](const char* name, int64_t& value, const char* what, int most) {
    app.add_option(name, value, what)->capture_default_str()->check(CLI::Range(1, most));
  };
  count("--dim", options.dim, "length of the code; a multiple of 16", 4096);
  count("--epochs", options.epochs, "epochs of the joint training", 1000);
  count("--part-epochs", options.part_epochs, "epochs of the training in parts", 1000);
  count("--batch-size", options.batch_size, "images per step", 60000);
  app.add_option("--seed", options.seed)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    Demo(options).run();
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
