// The seed's autoencoder as a server of timings. A line asks for "time", "steps" or "report" of "train" or "infer" at a
// batch size; tools/bench asks it and its peers in turn, so that all see the same machine.

#include <chrono>
#include <iostream>
#include <map>
#include <numeric>

#include "graft/core/random.h"
#include "graft/graft.h"
#include "graft/models/zoo/autoencoder.h"

using namespace graft;

namespace {

Tensor random_images(int64_t batch, const zoo::AutoencoderConfig& config) {
  Tensor images(Shape{batch, config.size, config.size, config.channels});
  Random random(1);
  for (float& v : images.data<float>()) v = random.uniform(-1, 1);
  return images;
}

class Server {
 public:
  explicit Server(const zoo::AutoencoderConfig& config) : config_(config) {
    const Model encoder = zoo::encoder(config);
    model_ = zoo::graft_layers(encoder, zoo::decoder(encoder, config));
    model_.compile({.optimizer = Adam({.learning_rate = 1e-3}), .loss = "mse"});
  }

  // One call of what a user's program would run: the step, or the pass, of a compiled Executable.
  double time(bool training, int64_t batch) {
    Context& context = contexts(training, batch);
    const auto start = std::chrono::steady_clock::now();
    context.run();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }

  // The sum of the steps: each over and over, its data warm in the caches, or one after the other as they run.
  double steps(bool training, int64_t batch, StepTiming timing) {
    double sum = 0;
    for (const StepReport& step : contexts(training, batch).time_steps(15, timing)) sum += step.ms;
    return sum;
  }

  Executable executable(bool training, int64_t batch) {
    return compile(model_, {.batch = batch, .training = training});
  }

 private:
  Context& contexts(bool training, int64_t batch) {
    const auto found = contexts_.find({training, batch});
    if (found != contexts_.end()) return found->second;
    Context context = executable(training, batch).context();
    const Tensor images = random_images(batch, config_);
    for (size_t i = 0; i < context.inputs(); ++i) {
      const Binding input = context.input(i);
      if (input.shape() == images.shape())
        input.copy_from(images);
      else
        for (float& v : input.data<float>()) v = 1e-3f;  // the learning rate
    }
    return contexts_.emplace(std::pair{training, batch}, std::move(context)).first->second;
  }

  zoo::AutoencoderConfig config_;
  Model model_;
  std::map<std::pair<bool, int64_t>, Context> contexts_;
};

void serve(Server& server) {
  std::string question, work;
  int64_t batch = 0;
  while (std::cin >> question >> work >> batch) {
    const bool training = work == "train";
    if (question == "time") {
      std::cout << server.time(training, batch) << std::endl;
    } else if (question == "steps") {
      std::cout << server.steps(training, batch, StepTiming::alone) << ' '
                << server.steps(training, batch, StepTiming::in_pass) << std::endl;
    } else {
      const Executable exe = server.executable(training, batch);
      std::cout << exe.peak_bytes() << ' ' << exe.bound_bytes() << ' ' << exe.reorders() << ' ' << exe.ref_steps()
                << std::endl;
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  zoo::AutoencoderConfig config;
  if (argc > 1) config.dim = std::stoll(argv[1]);
  Server server(config);
  serve(server);
} catch (const Error& error) {
  std::cerr << "error: " << error.what() << '\n';
  return 1;
}
