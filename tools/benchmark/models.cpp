#include "graft/tools/benchmark/models.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "graft/core/random.h"
#include "graft/graft.h"
#include "graft/models/zoo/autoencoder.h"
#include "graft/models/zoo/mlp.h"
#include "graft/models/zoo/mobilenet_v2.h"
#include "graft/models/zoo/resnet50.h"
#include "graft/models/zoo/unet.h"
#include "graft/tools/benchmark/networks.h"

namespace graft::bench {

namespace {

enum class Target { input, class_number, mask };

struct Entry {
  std::string name, loss;
  Target target;
  std::function<Model()> make;
  int64_t words = 0;  // inputs are numbers of words below it, or, if it is 0, any from -1 to 1
};

// The seed's: dim 512 at 64x64x3.
Model autoencoder() {
  const Model encoder = zoo::encoder();
  return zoo::graft_layers(encoder, zoo::decoder(encoder));
}

const std::vector<Entry>& entries() {
  const std::string classes = "sparse_categorical_crossentropy";
  static const std::vector<Entry> all = {
      {"autoencoder", "mse", Target::input, autoencoder},
      {"resnet50", classes, Target::class_number, [] { return zoo::resnet50(); }},
      {"mobilenet_v2", classes, Target::class_number, [] { return zoo::mobilenet_v2(); }},
      {"unet", "binary_crossentropy", Target::mask, [] { return zoo::unet(); }},
      {"mlp", classes, Target::class_number, [] { return zoo::mlp(); }},
      {"lstm", classes, Target::class_number, lstm, kWords},
      {"bidirectional_lstm", classes, Target::class_number, bidirectional_lstm, kWords},
      {"gru", classes, Target::class_number, gru, kWords},
      {"transformer", classes, Target::class_number, transformer},
      {"conv1d", classes, Target::class_number, conv1d},
      {"conv3d", classes, Target::class_number, conv3d},
  };
  return all;
}

const Entry& entry(const std::string& name) {
  std::string names;
  for (const Entry& e : entries()) {
    if (e.name == name) return e;
    names += (names.empty() ? "" : ", ") + e.name;
  }
  throw ConfigError(cat("there is no network \"", name, "\" to measure; the networks are ", names));
}

Tensor random_tensor(const Shape& shape, uint64_t seed) {
  Tensor values(shape);
  Random random(seed);
  for (float& v : values.data<float>()) v = random.uniform(-1, 1);
  return values;
}

Tensor random_words(const Shape& shape, int64_t words) {
  Tensor values = random_tensor(shape, 4);
  for (float& v : values.data<float>()) v = std::floor((v + 1) / 2 * static_cast<float>(words - 1));
  return values;
}

// A copy of the network without momentum: one step sets its moving statistics to those of the batch.
Model forgetful(const Model& model) {
  auto json = nlohmann::json::parse(model.to_json());
  for (auto& layer : json["config"]["layers"])
    if (layer["class_name"] == "BatchNormalization") layer["config"]["momentum"] = 0;
  const Model copy = model_from_json(json.dump());
  copy.set_weights(model.get_weights());
  return copy;
}

void settle_statistics(const Model& model) {
  const Model copy = forgetful(model);
  copy.compile({.optimizer = SGD({.learning_rate = 0}), .loss = "mse"});
  constexpr int64_t rows = 4;
  copy.train_on_batch(random_tensor(model.input().shape().with_batch(rows), 2),
                      Tensor::full(model.output().shape().with_batch(rows), 0));
  model.set_weights(copy.get_weights());
}

void draw_weights(const Model& model) {
  Random random(3);
  bool normalizes = false;
  for (const auto& [path, variable] : model.named_weights()) {
    const bool scale = path.ends_with("/gamma"), shift = path.ends_with("/beta") || path.ends_with("/bias");
    normalizes = normalizes || scale;
    if (!scale && !shift) continue;
    Tensor values(variable.shape());
    for (float& v : values.data<float>()) v = scale ? random.uniform(0.5f, 1.5f) : random.uniform(-0.2f, 0.2f);
    Variable(variable).assign(values);
  }
  if (normalizes) settle_statistics(model);
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Entry& e : entries()) names.push_back(e.name);
  return names;
}

Model make_model(const std::string& name) {
  set_random_seed(1);
  const Model model = entry(name).make();
  draw_weights(model);
  return model;
}

std::string loss_of(const std::string& name) { return entry(name).loss; }

void save(const Model& model, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "model.json") << model.to_json();
  model.save_weights(folder / "weights.safetensors");
}

Batch draw_batch(const std::string& name, const Model& model, int64_t rows) {
  const Shape shape = model.input().shape().with_batch(rows);
  const int64_t words = entry(name).words;
  Batch batch{words > 0 ? random_words(shape, words) : random_tensor(shape, 4), {}};
  switch (entry(name).target) {
    case Target::input:
      batch.target = batch.input;
      break;
    case Target::class_number: {
      batch.target = Tensor(Shape{rows, 1});
      const int64_t classes = model.output().shape()[-1];
      for (int64_t k = 0; float& v : batch.target.data<float>()) v = static_cast<float>(7 * k++ % classes);
      break;
    }
    case Target::mask:
      batch.target = random_tensor(model.output().shape().with_batch(rows), 5);
      for (float& v : batch.target.data<float>()) v = v > 0 ? 1.f : 0.f;
      break;
  }
  return batch;
}

void compile_for_training(const std::string& name, const Model& model, Precision precision) {
  model.compile({.optimizer = Adam({.learning_rate = 1e-4}), .loss = entry(name).loss, .precision = precision});
}

Executable make_executable(const std::string& name, const Model& model, const ContextOptions& options) {
  if (options.training) compile_for_training(name, model, options.precision);
  return compile(model, {.batch = options.batch,
                         .threads = options.threads,
                         .training = options.training,
                         .precision = options.precision,
                         .tune = options.tune});
}

Context make_context(const Executable& executable, const Batch& batch) {
  Context context = executable.context();
  for (size_t i = 0; i < context.inputs(); ++i) {
    const Binding input = context.input(i);
    if (i == 0)
      input.copy_from(batch.input);
    else if (input.name() == "learning_rate")
      input.data<float>()[0] = 1e-6f;  // so small that thousands of steps change little
    else
      input.copy_from(batch.target);
  }
  return context;
}

}  // namespace graft::bench
