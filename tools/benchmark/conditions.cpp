#include "graft/tools/benchmark/conditions.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "graft/graft.h"
#include "graft/tools/benchmark/models.h"
#include "graft/tools/benchmark/timing.h"

namespace graft::bench {

namespace {

using Json = nlohmann::json;
constexpr int kRounds = 9;

/// Medians of two times measured in turns, so that a machine that is slow for a while is slow for both, and of the
/// ratios of the turns.
struct Turns {
  double one, other, ratio;  ///< other over one
};
Turns in_turns(const std::function<double()>& one, const std::function<double()>& other) {
  std::vector<double> ones, others, ratios;
  for (int round = 0; round < kRounds; ++round) {
    ones.push_back(one());
    others.push_back(other());
    ratios.push_back(others.back() / ones.back());
  }
  return {median(ones), median(others), median(ratios)};
}

Context context_of(const std::string& name, const Model& model, const ContextOptions& options) {
  return make_context(make_executable(name, model, options), draw_batch(name, model, options.batch));
}

Tensor repeated(const Tensor& rows, int64_t times) {
  Tensor all(rows.shape().with_batch(rows.shape()[0] * times));
  const std::span<const float> from = rows.data<float>();
  for (size_t i = 0; i < static_cast<size_t>(times); ++i)
    std::copy(from.begin(), from.end(), all.data<float>().begin() + static_cast<std::ptrdiff_t>(i * from.size()));
  return all;
}

/// The number of calls of `run` that take about `wanted` milliseconds.
int calls_for(double wanted, const std::function<void()>& run) {
  run();
  return std::max(1, static_cast<int>(wanted / milliseconds(run)));
}

/// Keeps the first core busy as long as it lives.
class Neighbour {
 public:
  Neighbour()
      : thread_([this] {
          cpu_set_t first;
          CPU_ZERO(&first);
          CPU_SET(0, &first);
          sched_setaffinity(0, sizeof first, &first);
          while (!stop_) {
          }
        }) {}
  ~Neighbour() {
    stop_ = true;
    thread_.join();
  }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

Model generator() {
  const auto noise = Input({.shape = {64}});
  auto x = Reshape({.target_shape = {8, 8, 64}})(Dense({.units = 8 * 8 * 64})(noise));
  x = Activation("relu")(BatchNormalization()(x));
  x = Conv2DTranspose({.filters = 32, .kernel_size = 5, .strides = 2, .padding = "same"})(x);
  x = Activation("relu")(BatchNormalization()(x));
  return Model(noise, Conv2DTranspose({.filters = 1, .kernel_size = 5, .strides = 2, .padding = "same"})(x));
}

Model discriminator() {
  const auto image = Input({.shape = {32, 32, 1}});
  auto x = LeakyReLU()(Conv2D({.filters = 32, .kernel_size = 5, .strides = 2, .padding = "same"})(image));
  x = Conv2D({.filters = 64, .kernel_size = 5, .strides = 2, .padding = "same"})(x);
  x = LeakyReLU()(BatchNormalization()(x));
  return Model(image, Dense({.units = 1})(Flatten()(x)));
}

Context filled(const Executable& executable) {
  Context context = executable.context();
  for (size_t i = 0; i < context.inputs(); ++i)
    for (float& value : context.input(i).data<float>())
      value = context.input(i).name() == "learning_rate" ? 1e-6f : 0.1f;
  return context;
}

}  // namespace

Json joint_plans(int64_t batch) {
  const Model g = generator(), d = discriminator();
  const auto real = Input({.shape = {32, 32, 1}}), noise = Input({.shape = {64}});
  const auto of_real = d(real), of_fake = d(g(noise));
  const Trainer of_d({.inputs = {real, noise},
                      .loss = mean(softplus(-of_real)) + mean(softplus(of_fake)),
                      .update = d.trainable_variables(),
                      .optimizer = Adam(),
                      .batch_norm_elsewhere = Statistics::batch_only});
  const Trainer of_g({.inputs = {noise},
                      .loss = mean(softplus(-of_fake)),
                      .update = g.trainable_variables(),
                      .optimizer = Adam(),
                      .batch_norm_elsewhere = Statistics::batch_only});
  Context joint = filled(JointTrainer({of_d, of_g}).executable(batch)), d_step = filled(of_d.executable(batch)),
          g_step = filled(of_g.executable(batch));
  const int steps = calls_for(200, [&] { joint.run(); });
  const auto repeat = [&](const std::function<void()>& run) {
    return milliseconds([&] {
      for (int i = 0; i < steps; ++i) run();
    });
  };
  const Turns turns = in_turns([&] { return repeat([&] { d_step.run(), g_step.run(); }); },
                               [&] { return repeat([&] { joint.run(); }); });
  return {{"joint_ms", turns.other / steps}, {"turns_ms", turns.one / steps}, {"ratio", turns.ratio}};
}

Json fit_overhead(const std::string& name, int64_t batch) {
  const Model model = make_model(name);
  compile_for_training(name, model, "float32");
  Context context = context_of(name, model, {.training = true, .batch = batch});
  constexpr int kEpochs = 3, kMostSteps = 500;  // of an epoch
  const int in_epoch = std::clamp(calls_for(1000, [&] { context.run(); }) / kEpochs, 1, kMostSteps);
  const int steps = kEpochs * in_epoch;
  const Batch rows = draw_batch(name, model, batch);
  const Tensor x = repeated(rows.input, in_epoch), y = repeated(rows.target, in_epoch);
  const Turns turns = in_turns(
      [&] {
        return milliseconds([&] {
          for (int i = 0; i < steps; ++i) context.run();
        });
      },
      [&] { return milliseconds([&] { model.fit(x, y, {.batch_size = batch, .epochs = kEpochs, .verbose = 0}); }); });
  return {{"step_ms", turns.one / steps}, {"fit_ms", turns.other / steps}, {"ratio", turns.ratio}};
}

Json caller_scaling(const std::string& name, int64_t batch) {
  const Model model = make_model(name);
  const auto callers = std::max<size_t>(1, std::thread::hardware_concurrency());
  const Executable exe = make_executable(name, model, {.batch = batch, .threads = 1});
  std::vector<Context> contexts;
  for (size_t i = 0; i < callers; ++i) contexts.push_back(make_context(exe, draw_batch(name, model, batch)));
  const int calls = calls_for(200, [&] { contexts[0].run(); });
  const auto work = [&](size_t caller) {
    for (int i = 0; i < calls; ++i) contexts[caller].run();
  };
  const Turns turns = in_turns([&] { return milliseconds([&] { work(0); }); },
                               [&] {
                                 return milliseconds([&] {
                                   std::vector<std::thread> threads;
                                   for (size_t i = 0; i < callers; ++i) threads.emplace_back(work, i);
                                   for (std::thread& thread : threads) thread.join();
                                 });
                               });
  const auto many = static_cast<double>(callers);
  return {{"callers", callers},
          {"one_per_second", calls / turns.one * 1e3},
          {"all_per_second", many * calls / turns.other * 1e3},
          {"ratio", many / turns.ratio}};
}

Json busy_neighbour(const std::string& name, int64_t batch, bool training) {
  const Model model = make_model(name);
  Context alone = context_of(name, model, {.training = training, .batch = batch, .threads = 1});
  Context all = context_of(name, model, {.training = training, .batch = batch});
  const Turns turns = in_turns([&] { return milliseconds([&] { alone.run(); }); },
                               [&] {
                                 const Neighbour busy;
                                 return milliseconds([&] { all.run(); });
                               });
  const std::vector<StepReport> steps_alone = alone.time_steps(kRounds, StepTiming::in_pass);
  const Neighbour busy;
  const std::vector<StepReport> steps = all.time_steps(kRounds, StepTiming::in_pass);
  double slowest = 0;
  std::string label;
  for (size_t i = 0; i < std::min(steps.size(), steps_alone.size()); ++i) {
    if (steps_alone[i].label != steps[i].label || steps_alone[i].ms < turns.one / 50) continue;
    const double ratio = steps[i].ms / steps_alone[i].ms;
    if (ratio > slowest) slowest = ratio, label = cat(steps[i].primitive, " of ", steps[i].label);
  }
  return {{"one_thread_ms", turns.one},
          {"beside_busy_ms", turns.other},
          {"ratio", turns.ratio},
          {"slowest", slowest},
          {"step", label}};
}

}  // namespace graft::bench
