// Training that real Keras 3 did step by step (tests/data/keras3_training.tar.xz): Graft must report the same numbers
// and end at the same weights, within the tolerance that the meta.json of each case states.

#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/fixtures.h"
#include "tests/support/keras_compile.h"

using namespace graft;
using namespace graft::test;

namespace {

using Json = nlohmann::ordered_json;

constexpr double kUnit = 1.1920929e-7;  // of the last place of a float near 1

TensorList rows_between(const TensorList& list, int64_t begin, int64_t end) {
  TensorList part;
  for (const Tensor& tensor : list) part.push_back(tensor.rows(begin, end));
  return part;
}

/// One case, trained and compared.
class Case {
 public:
  explicit Case(const std::string& name)
      : folder_(fixture_path(name)), meta_(Json::parse(read_file(folder_ / "meta.json"))) {
    weights_ = Tensor::load_npy(folder_ / "weights.npy");
    model_ = load_model(folder_ / "model.keras");
    model_.compile(keras_compile_config(meta_["compile"], meta_["outputs"]));
    const int64_t training = meta_["training_rows"];
    x_ = rows_between(tensors("x"), 0, training);
    y_ = rows_between(tensors("y"), 0, training);
    weight_ = rows_between(tensors("sample_weight"), 0, training);
  }

  void run() {
    check_weights("at the start", 0);
    if (meta_["kind"] == "steps")
      run_steps();
    else
      run_fit();
    check_logs("evaluate after", evaluate(), meta_["evaluate_after"], 1e-4);
    check_slots();
  }

 private:
  TensorList tensors(const char* key) const {
    TensorList list;
    if (meta_["files"].contains(key))
      for (const Json& name : meta_["files"][key]) list.push_back(Tensor::load_npy(folder_ / name.get<std::string>()));
    return list;
  }

  Logs evaluate() const {
    return model_.evaluate(x_, y_, {.batch_size = meta_["batch_size"], .sample_weight = weight_});
  }

  // -- running --------------------------------------------------------------------------------------------------------

  void run_steps() {
    check_logs("evaluate before", evaluate(), meta_["evaluate_before"], 1e-5);
    const Json& steps = meta_["steps"];
    for (size_t i = 0; i < steps.size(); ++i) {
      const int64_t begin = steps[i]["rows"][0], end = steps[i]["rows"][1];
      const Logs logs = model_.train_on_batch(rows_between(x_, begin, end), rows_between(y_, begin, end),
                                              rows_between(weight_, begin, end));
      check_logs(cat("step ", i + 1), logs, steps[i]["logs"], i == 0 ? 1e-5 : 1e-4);
      if (i == 0) check_weights("after step 1", 1);
    }
    check_weights("after the last step", 2);
  }

  FitConfig fit_config() const {
    const Json& fit = meta_["fit"];
    const Json& given = fit["arguments"];
    FitConfig config{.batch_size = given.value("batch_size", int64_t{32}),
                     .epochs = given.value("epochs", int64_t{1}),
                     .verbose = 0,
                     .validation_split = given.value("validation_split", 0.0),
                     .shuffle = false,
                     .sample_weight = weight_,
                     .initial_epoch = given.value("initial_epoch", int64_t{0}),
                     .validation_freq = given.value("validation_freq", int64_t{1})};
    if (given.contains("validation_batch_size")) config.validation_batch_size = given["validation_batch_size"];
    if (!meta_["class_weight"].is_null())
      for (const auto& [key, value] : meta_["class_weight"].items()) config.class_weight[std::stoll(key)] = value;
    if (!fit["validation"].is_null()) {
      const auto rest = [&](const char* key) {
        const TensorList all = tensors(key);
        return all.empty() ? all : rows_between(all, meta_["training_rows"], all[0].shape()[0]);
      };
      config.validation_data = {rest("x"), rest("y"), {}};
      if (fit["validation"] == "weighted") config.validation_data.sample_weight = rest("sample_weight");
    }
    for (const Json& callback : fit["callbacks"]) config.callbacks.push_back(callback_of(callback));
    return config;
  }

  static Callback callback_of(const Json& json) {
    const Json& c = json["config"];
    const std::string monitor = c.value("monitor", "val_loss"), mode = c.value("mode", "auto");
    if (json["class_name"] == "TerminateOnNaN") return TerminateOnNaN();
    if (json["class_name"] == "EarlyStopping")
      return EarlyStopping({.monitor = monitor,
                            .min_delta = c.value("min_delta", 0.0),
                            .patience = c.value("patience", 0),
                            .mode = mode,
                            .restore_best_weights = c.value("restore_best_weights", false),
                            .start_from_epoch = c.value("start_from_epoch", 0)});
    if (json["class_name"] == "ReduceLROnPlateau")
      return ReduceLROnPlateau({.monitor = monitor,
                                .factor = c.value("factor", 0.1),
                                .patience = c.value("patience", 10),
                                .mode = mode,
                                .min_delta = c.value("min_delta", 1e-4),
                                .cooldown = c.value("cooldown", 0),
                                .min_lr = c.value("min_lr", 0.0)});
    REQUIRE(json["class_name"] == "LearningRateScheduler");
    return LearningRateScheduler([factor = c.at("factor").get<double>(), first = c.at("from_epoch").get<int64_t>()](
                                     int64_t epoch, double rate) { return epoch >= first ? rate * factor : rate; });
  }

  void run_fit() {
    const Json& expected = meta_["fit"]["expected"];
    FitConfig config = fit_config();
    const auto last = static_cast<size_t>(weights_.shape()[0]) - 1;
    size_t epoch = 0;
    config.callbacks.push_back(LambdaCallback({.on_epoch_end = [&](FitProgress&, int64_t, Logs&) {
      if (++epoch < last) check_weights(cat("after epoch ", epoch), epoch);
    }}));
    const History history = model_.fit(x_, y_, config);
    CHECK(Json(history.epoch) == expected["epochs"]);
    for (const auto& [name, values] : expected["history"].items()) {
      REQUIRE(history.history.has(name));
      const std::vector<float>& own = history.history[name];
      REQUIRE(own.size() == values.size());
      for (size_t i = 0; i < own.size(); ++i) check(cat(name, " of epoch ", i), own[i], values[i], 1e-4);
    }
    check_weights("after fit", last);
  }

  // -- comparing ------------------------------------------------------------------------------------------------------

  void check(const std::string& what, double own, const Json& expected, double tolerance) const {
    INFO(what, " is ", own, ", in Keras ", expected.dump());
    if (expected == "nan") {
      CHECK(std::isnan(own));
      return;
    }
    REQUIRE(expected.is_number());
    const double theirs = expected, wider = std::max(1.0, meta_["tolerance"].get<double>() / 1e-4);
    CHECK(std::abs(own - theirs) <= wider * tolerance * std::max(std::abs(theirs), 0.1));
  }

  void check_logs(const std::string& when, const Logs& logs, const Json& expected, double tolerance) const {
    CHECK(logs.size() == expected.size());
    for (const auto& [name, value] : expected.items()) check(cat(when, ": ", name), logs[name], value, tolerance);
  }

  // Each variable against a row of weights.npy, relative to how far it moved from the first row. One that is 0 at first
  // and has no gradient but rounding, such as the bias of an attention's key, is measured by the largest of all
  // weights.
  void check_weights(const std::string& when, size_t row) const {
    const std::vector<Tensor> own = model_.get_weights();
    const Json& list = meta_["weights"];
    REQUIRE(own.size() == list.size());
    const double tolerance = std::max(meta_["tolerance"].get<double>(), 4 * meta_["sensitivity"].get<double>());
    const std::span<const float> all = weights_.data<float>(),
                                 after = all.subspan(row * static_cast<size_t>(weights_.shape()[1]));
    double largest = 0;
    for (const float first : all.first(static_cast<size_t>(weights_.shape()[1])))
      if (std::isfinite(first)) largest = std::max<double>(largest, std::abs(first));
    size_t at = 0;
    for (size_t i = 0; i < own.size(); ++i) {
      double apart = 0, moved = 0, size = 0;
      for (const float mine : own[i].data<float>()) {
        const double theirs = after[at], first = all[at];
        ++at;
        CHECK(std::isfinite(mine) == std::isfinite(theirs));
        if (!std::isfinite(mine) || !std::isfinite(theirs)) continue;
        apart = std::max(apart, std::abs(mine - theirs));
        moved = std::max(moved, std::abs(theirs - first));
        size = std::max(size, std::abs(first));
      }
      INFO(list[i]["path"].get<std::string>(), " ", when, " is ", apart, " off, it moved by ", moved);
      const double rounding = moved <= kUnit * largest ? kUnit * largest : 0;
      CHECK(apart <= tolerance * moved + 4 * kUnit * size + rounding);
    }
  }

  // The optimizer's variables by their names in Keras, such as body_kernel_momentum, which optimizer.npy holds one
  // after the other.
  void check_slots() const {
    std::map<std::string, std::pair<size_t, size_t>> places;  // begin and size
    size_t total = 0;
    for (const Json& variable : meta_["optimizer_variables"]) {
      size_t size = 1;
      for (const Json& dim : variable["shape"]) size *= dim.get<size_t>();
      const auto path = variable["path"].get<std::string>();
      places[path.substr(path.find('/') + 1)] = {total, size};
      total += size;
    }
    if (places.empty()) return;
    const Tensor all = Tensor::load_npy(folder_ / "optimizer.npy");
    const auto weights = model_.named_weights();
    for (size_t i = 0; i < weights.size(); ++i) {
      auto path = meta_["weights"][i]["path"].get<std::string>();
      std::ranges::replace(path, '/', '_');
      for (const auto& [slot, variable] : model_.optimizer().slots(weights[i].second)) {
        const auto found = places.find(path + "_" + slot);
        REQUIRE(found != places.end());
        const auto [begin, count] = found->second;
        check_slot(found->first, variable.value(), all.data<float>().subspan(begin, count));
      }
    }
  }

  static void check_slot(const std::string& name, const Tensor& own, std::span<const float> theirs) {
    const std::span<const float> mine = own.data<float>();
    REQUIRE(mine.size() == theirs.size());
    double apart = 0, size = 1e-6;
    for (size_t k = 0; k < mine.size(); ++k) {
      apart = std::max<double>(apart, std::abs(mine[k] - theirs[k]));
      size = std::max<double>(size, std::abs(theirs[k]));
    }
    INFO(name, " is ", apart, " off");
    CHECK(apart <= 3e-4 * size);
  }

  std::filesystem::path folder_;
  Json meta_;
  Tensor weights_;
  Model model_;
  TensorList x_, y_, weight_;
};

// All cases whose names begin so; `least` of them are there.
void check_cases(const std::string& prefix, size_t least) {
  size_t checked = 0;
  for (const std::string& name : fixture_names("keras3_training")) {
    if (!name.starts_with("keras3_training/" + prefix)) continue;
    INFO(name);
    try {
      Case(name).run();
    } catch (const Error& error) {
      FAIL_CHECK(std::string(error.what()));
    }
    ++checked;
  }
  CHECK(checked >= least);
}

}  // namespace

TEST_CASE("trained as in Keras: penalties on activities") { check_cases("activity_", 12); }
TEST_CASE("trained as in Keras: constraints") { check_cases("constraint_", 8); }
TEST_CASE("trained as in Keras: regularizers") { check_cases("regularizer_", 4); }
TEST_CASE("trained as in Keras: masks in losses and metrics") { check_cases("mask_", 2); }
TEST_CASE("trained as in Keras: losses of steps, with weights for each") { check_cases("steps_", 2); }
TEST_CASE("trained as in Keras: losses") { check_cases("loss_", 6); }
TEST_CASE("trained as in Keras: crossentropies of shares that are 0 or 1") { check_cases("saturated_", 3); }
TEST_CASE("trained as in Keras: metrics, also weighted ones") { check_cases("metrics_", 2); }
TEST_CASE("trained as in Keras: optimizers") { check_cases("opt_", 3); }
TEST_CASE("trained as in Keras: schedules") { check_cases("schedule_", 5); }
TEST_CASE("trained as in Keras: several outputs") { check_cases("outputs_", 4); }
TEST_CASE("trained as in Keras: sequences and attention") { check_cases("net_", 4); }
TEST_CASE("trained as in Keras: frozen layers") { check_cases("frozen_", 2); }
TEST_CASE("trained as in Keras: mixed precision") { check_cases("mixed_", 2); }
TEST_CASE("trained as in Keras: fit") { check_cases("fit_", 6); }
