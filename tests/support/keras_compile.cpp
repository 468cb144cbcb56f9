#include "tests/support/keras_compile.h"

#include <functional>
#include <optional>

#include "graft/core/error.h"

namespace graft::test {

using Json = nlohmann::ordered_json;

namespace {

bool given(const Json& config, const char* key) { return config.contains(key) && !config[key].is_null(); }

std::optional<double> number(const Json& config, const char* key) {
  return given(config, key) ? std::optional(config[key].get<double>()) : std::nullopt;
}

bool is_object_of_class(const Json& json) { return json.is_object() && json.contains("class_name"); }

// -- losses and metrics -----------------------------------------------------------------------------------------------

// The name of a function, or of a class of which Graft takes no settings.
std::string plain_name(const Json& json) {
  if (json.is_string()) return json;
  return json["class_name"] == "function" ? json["config"] : json["class_name"];
}

Loss loss_of(const Json& json) {
  if (json.is_null()) return {};
  const std::string name = plain_name(json);
  if (!is_object_of_class(json) || json["class_name"] == "function") return name;
  const Json& c = json["config"];
  const CrossentropyConfig crossentropy{.from_logits = c.value("from_logits", false),
                                        .label_smoothing = c.value("label_smoothing", 0.0)};
  if (name == "BinaryCrossentropy") return BinaryCrossentropy(crossentropy);
  if (name == "CategoricalCrossentropy") return CategoricalCrossentropy(crossentropy);
  if (name == "SparseCategoricalCrossentropy")
    return SparseCategoricalCrossentropy({.from_logits = crossentropy.from_logits});
  if (name == "Huber") return Huber({.delta = c.value("delta", 1.0)});
  return name;
}

Metric metric_of(const Json& json) {
  if (!is_object_of_class(json) || json["class_name"] == "function") return plain_name(json);
  const std::string name = json["class_name"];
  const Json& c = json["config"];
  const auto named = [&](const Metric& metric) {
    return Metric(c.at("name").get<std::string>(), metric.loss(), metric.loss().targets());
  };
  if (name == "BinaryAccuracy") return named(BinaryAccuracy({.threshold = c.at("threshold")}));
  if (name == "TopKCategoricalAccuracy") return named(TopKCategoricalAccuracy({.k = c.at("k")}));
  if (name == "SparseTopKCategoricalAccuracy") return named(SparseTopKCategoricalAccuracy({.k = c.at("k")}));
  if (name.ends_with("Crossentropy")) return named(loss_of(json));
  return named(name);
}

std::vector<Metric> metrics_of(const Json& json) {
  std::vector<Metric> metrics;
  for (const Json& one : json.is_array() ? json : Json::array({json}))
    if (!one.is_null()) metrics.push_back(metric_of(one));
  return metrics;
}

// Calls `take` for what is given for each output: by name, or in their order.
void spread(const Json& json, const std::vector<std::string>& outputs,
            const std::function<void(const std::string&, const Json&)>& take) {
  for (size_t i = 0; i < outputs.size(); ++i)
    take(outputs[i], json.is_object() ? json.value(outputs[i], Json()) : json[i]);
}

void take_metrics(const Json& json, const std::vector<std::string>& outputs, std::vector<Metric>& metrics,
                  std::map<std::string, std::vector<Metric>>& metrics_by_output) {
  if (json.is_null()) return;
  if (outputs.size() > 1)
    return spread(json, outputs,
                  [&](const std::string& name, const Json& some) { metrics_by_output[name] = metrics_of(some); });
  metrics = metrics_of(json.is_object() && !is_object_of_class(json) ? json.begin().value() : json);
}

// -- optimizers -------------------------------------------------------------------------------------------------------

LearningRate rate_of(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const std::string name = json["class_name"];
  const Json& c = json["config"];
  const double first = c.value("initial_learning_rate", 0.0);
  const int64_t steps = c.value("decay_steps", int64_t{0});
  if (name == "ExponentialDecay")
    return ExponentialDecay({first, steps, c.at("decay_rate").get<double>(), c.at("staircase").get<bool>()});
  if (name == "InverseTimeDecay")
    return InverseTimeDecay({first, steps, c.at("decay_rate").get<double>(), c.at("staircase").get<bool>()});
  if (name == "PiecewiseConstantDecay")
    return PiecewiseConstantDecay({.boundaries = c.at("boundaries"), .values = c.at("values")});
  if (name == "PolynomialDecay")
    return PolynomialDecay({.initial_learning_rate = first,
                            .decay_steps = steps,
                            .end_learning_rate = c.at("end_learning_rate"),
                            .power = c.at("power"),
                            .cycle = c.at("cycle")});
  if (name == "CosineDecay")
    return CosineDecay({.initial_learning_rate = first,
                        .decay_steps = steps,
                        .alpha = c.at("alpha"),
                        .warmup_target = number(c, "warmup_target").value_or(-1),
                        .warmup_steps = c.at("warmup_steps")});
  throw ConfigError(cat("there is no schedule ", name));
}

// With the settings that all optimizers have.
template <class Config>
Config with_common(Config config, const Json& c) {
  config.learning_rate = rate_of(c.at("learning_rate"));
  config.clipnorm = number(c, "clipnorm");
  config.clipvalue = number(c, "clipvalue");
  config.global_clipnorm = number(c, "global_clipnorm");
  if constexpr (requires { config.weight_decay.reset(); })
    config.weight_decay = number(c, "weight_decay");
  else
    config.weight_decay = c.at("weight_decay");
  if constexpr (requires { config.beta_1; }) config.beta_1 = c.at("beta_1"), config.beta_2 = c.at("beta_2");
  if constexpr (requires { config.epsilon; }) config.epsilon = c.at("epsilon");
  if constexpr (requires { config.amsgrad; }) config.amsgrad = c.at("amsgrad");
  if constexpr (requires { config.rho; }) config.rho = c.at("rho");
  if constexpr (requires { config.momentum; }) config.momentum = c.at("momentum");
  if constexpr (requires { config.nesterov; }) config.nesterov = c.at("nesterov");
  if constexpr (requires { config.centered; }) config.centered = c.at("centered");
  return config;
}

}  // namespace

Optimizer keras_optimizer(const Json& json) {
  const std::string name = json["class_name"];
  const Json& c = json["config"];
  if (c.value("use_ema", false) || given(c, "gradient_accumulation_steps"))
    throw ConfigError(cat("use_ema and gradient_accumulation_steps do not exist; received ", name, " with one"));
  if (name == "SGD") return SGD(with_common(SGDConfig{}, c));
  if (name == "RMSprop") return RMSprop(with_common(RMSpropConfig{}, c));
  if (name == "Adam") return Adam(with_common(AdamConfig{}, c));
  if (name == "AdamW") return AdamW(with_common(AdamWConfig{}, c));
  if (name == "Adamax") return Adamax(with_common(AdamaxConfig{}, c));
  if (name == "Adadelta") return Adadelta(with_common(AdadeltaConfig{}, c));
  if (name == "Lion") return Lion(with_common(LionConfig{}, c));
  if (name == "Adagrad") {
    const AdagradConfig config{.initial_accumulator_value = c.at("initial_accumulator_value")};
    return Adagrad(with_common(config, c));
  }
  throw ConfigError(cat("there is no optimizer ", name));
}

CompileConfig keras_compile_config(const Json& json, const std::vector<std::string>& outputs) {
  CompileConfig config;
  config.optimizer = keras_optimizer(json["optimizer"]);
  const Json& loss = json["loss"];
  if (loss.is_array() || (loss.is_object() && !is_object_of_class(loss)))
    spread(loss, outputs, [&](const std::string&, const Json& one) { config.loss.push_back(loss_of(one)); });
  else
    config.loss.push_back(loss_of(loss));
  if (given(json, "loss_weights"))
    spread(json["loss_weights"], outputs,
           [&](const std::string&, const Json& one) { config.loss_weights.push_back(one.get<float>()); });
  take_metrics(json.value("metrics", Json()), outputs, config.metrics, config.metrics_of);
  take_metrics(json.value("weighted_metrics", Json()), outputs, config.weighted_metrics, config.weighted_metrics_of);
  return config;
}

}  // namespace graft::test
