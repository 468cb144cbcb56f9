#include "graft/tools/benchmark/server.h"

#include <chrono>
#include <dnnl.hpp>
#include <filesystem>
#include <iostream>
#include <map>

#include "graft/graft.h"
#include "graft/tools/benchmark/conditions.h"
#include "graft/tools/benchmark/models.h"

namespace graft::bench {

namespace {

using Json = nlohmann::json;

struct Question {
  explicit Question(const Json& json)
      : what(json.at("do")),
        model(json.at("model")),
        folder(json.at("folder").get<std::string>()),
        options{.training = json.at("training"),
                .batch = json.at("batch"),
                .precision = Precision::parse(json.at("precision").get<std::string>()),
                .threads = json.at("threads")},
        calls(json.value("calls", 1)) {}

  std::string key() const {
    return cat(model, options.training ? "_train" : "_infer", options.batch, options.precision);
  }

  std::string what, model;
  std::filesystem::path folder;
  ContextOptions options;
  int calls;
};

class Server {
 public:
  Json answer(const Question& question) {
    if (question.what == "save") return save(question);
    if (question.what == "check") return question.options.training ? losses(question) : output(question);
    if (question.what == "time") return time(question);
    if (question.what == "steps") return steps(question);
    if (question.what == "report") return report(question);
    if (question.what == "fit") return fit_overhead(question.model, question.options.batch);
    if (question.what == "joint") return joint_plans(question.options.batch);
    if (question.what == "callers") return caller_scaling(question.model, question.options.batch);
    if (question.what == "neighbour")
      return busy_neighbour(question.model, question.options.batch, question.options.training);
    if (question.what == "forget") return forget();
    throw ConfigError(cat("there is no question \"", question.what, '"'));
  }

 private:
  struct Prepared {
    Executable executable;
    Context context;
  };

  Model& model(const std::string& name) {
    const auto found = models_.find(name);
    return found != models_.end() ? found->second : models_.emplace(name, make_model(name)).first->second;
  }

  Prepared& prepared(const Question& question) {
    const auto found = prepared_.find(question.key());
    if (found != prepared_.end()) return found->second;
    const Model& network = model(question.model);
    const Executable executable = make_executable(question.model, network, question.options);
    Context context = make_context(executable, draw_batch(question.model, network, question.options.batch));
    return prepared_.emplace(question.key(), Prepared{executable, std::move(context)}).first->second;
  }

  Json save(const Question& question) {
    const Model network = make_model(question.model);
    bench::save(network, question.folder);
    const Batch batch = draw_batch(question.model, network, question.options.batch);
    batch.input.save_npy(question.folder / "input.npy");
    batch.target.save_npy(question.folder / "target.npy");
    return {{"parameters", network.count_params()}, {"loss", loss_of(question.model)}};
  }

  Json losses(const Question& question) {
    const Model network = make_model(question.model);
    compile_for_training(question.model, network, question.options.precision);
    const Batch batch = draw_batch(question.model, network, question.options.batch);
    Json losses = Json::array();
    for (int i = 0; i < 3; ++i) losses.push_back(network.train_on_batch(batch.input, batch.target)["loss"]);
    return {{"losses", losses}};
  }

  Json output(const Question& question) {
    Context& context = prepared(question).context;
    context.run();
    const std::filesystem::path path = question.folder / "output_graft.npy";
    context.output(0).tensor().save_npy(path);
    return {{"output", path.string()}};
  }

  Json time(const Question& question) {
    Context& context = prepared(question).context;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < question.calls; ++i) context.run();
    const std::chrono::duration<double, std::milli> all = std::chrono::steady_clock::now() - start;
    return {{"ms", all.count() / question.calls}};
  }

  Json steps(const Question& question) {
    Context& context = prepared(question).context;
    const auto sum = [&](StepTiming timing) {
      double ms = 0;
      for (const StepReport& step : context.time_steps(15, timing)) ms += step.ms;
      return ms;
    };
    return {{"alone", sum(StepTiming::alone)}, {"in_pass", sum(StepTiming::in_pass)}};
  }

  Json report(const Question& question) {
    const Executable& exe = prepared(question).executable;
    return {{"peak", exe.peak_bytes()},
            {"bound", exe.bound_bytes()},
            {"reorders", exe.reorders()},
            {"ref", exe.ref_steps()}};
  }

  Json forget() {
    prepared_.clear();
    models_.clear();
    return Json::object();
  }

  std::map<std::string, Model> models_;
  std::map<std::string, Prepared> prepared_;
};

std::string version() {
  const dnnl_version_t* onednn = dnnl_version();
  return cat("oneDNN ", onednn->major, '.', onednn->minor, '.', onednn->patch);
}

}  // namespace

void serve() {
  std::cout << Json{{"version", version()}}.dump() << std::endl;
  Server server;
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      answer = server.answer(Question(Json::parse(line)));
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
}

}  // namespace graft::bench
