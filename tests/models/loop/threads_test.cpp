#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "graft/core/random.h"
#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tensor.h"

using namespace graft;
using graft::test::random_tensor;

namespace {

Model small_net() {
  const auto image = Input({.shape = {8, 8, 3}});
  auto x = Conv2D({.filters = 8, .kernel_size = {3, 3}, .padding = "same"})(image);
  x = BatchNormalization()(x);
  x = Activation("relu")(x);
  return Model(image, Dense({.units = 4})(Flatten()(x)));
}

template <class Work>
void on_threads(size_t count, const Work& work) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& t : threads) t.join();
}

Tensor run(Context& context, const Tensor& x) {
  context.input(0).copy_from(x);
  context.run();
  return context.output(0).tensor();
}

}  // namespace

TEST_CASE("threads: eight threads in one Executable and predictions of two shapes give the bits of a serial run") {
  const Model model = small_net();
  const Executable exe = compile(model, {.batch = 2, .threads = 1});
  const Tensor two = random_tensor({2, 8, 8, 3}, 1), three = random_tensor({3, 8, 8, 3}, 2);
  Context serial = exe.context();
  const Tensor of_two = run(serial, two), of_three = model.predict(three, {.batch_size = 3, .threads = 1});
  std::atomic<int> wrong = 0;
  on_threads(8, [&](size_t i) {
    Context own = exe.context();
    for (int k = 0; k < 20; ++k) {
      if (i % 2 == 0)
        wrong += !bit_equal(run(own, two), of_two);
      else
        wrong += !bit_equal(model.predict(three, {.batch_size = 3, .threads = 1}), of_three);
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("threads: taps of several sets, by path and by tensor, give the bits of a serial run") {
  const Model inner = small_net();
  const auto image = Input({.shape = {8, 8, 3}});
  const Model model(image, inner(SymbolicTensors(image)));
  const Tensor x = random_tensor({2, 8, 8, 3}, 1);
  const std::vector<std::string> paths = {"conv2d", "batch_normalization", "activation"};
  Tensors expected;
  for (const std::string& path : paths) expected.push_back(inner.predict(x, {.threads = 1, .taps = path})[1]);
  std::atomic<int> wrong = 0;
  on_threads(6, [&](size_t i) {
    const std::string path = "functional/" + paths[i % 3];
    for (int k = 0; k < 10; ++k) {
      const Taps taps = i < 3 ? Taps(path) : Taps(model.at(path));
      wrong += !bit_equal(model.predict(x, {.threads = 1, .taps = taps})[1], expected[i % 3]);
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("threads: what eight threads see beside a Trainer are the outputs between its steps, in two shapes") {
  constexpr int kSteps = 12;
  const Tensor x = random_tensor({4, 8, 8, 3}, 3), y = random_tensor({4, 4}, 4);
  const Tensor two = random_tensor({2, 8, 8, 3}, 1), three = random_tensor({3, 8, 8, 3}, 2);
  struct Net {
    Model model = small_net();
    SymbolicTensor target = Input({.shape = {4}});
    Trainer trainer{{.inputs = {model.input(), target},
                     .loss = mean(square(model.output() - target)),
                     .update = model.trainable_variables(),
                     .optimizer = Adam({.learning_rate = 0.05}),
                     .threads = 1}};
  };
  Net alone, together;
  together.model.set_weights(alone.model.get_weights());
  const auto outputs = [&](const Model& model, const Tensor& input) -> Tensor {
    return model.predict(input, {.batch_size = input.shape()[0], .threads = 1});
  };
  std::vector<Tensor> of_two{outputs(alone.model, two)}, of_three{outputs(alone.model, three)};
  for (int k = 0; k < kSteps; ++k) {
    alone.trainer.step({x, y});
    of_two.push_back(outputs(alone.model, two));
    of_three.push_back(outputs(alone.model, three));
  }
  const Executable exe = compile(together.model, {.batch = 2, .threads = 1});
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::thread trainer([&] {
    for (int k = 0; k < kSteps; ++k) together.trainer.step({x, y});
    done = true;
  });
  on_threads(8, [&](size_t i) {
    Context own = exe.context();
    size_t step = 0;  // the outputs of a thread never go back in time
    for (bool last = false; !last;) {
      last = done;
      const Tensor now = i % 2 == 0 ? run(own, two) : outputs(together.model, three);
      const std::vector<Tensor>& expected = i % 2 == 0 ? of_two : of_three;
      while (step < expected.size() && !bit_equal(now, expected[step])) ++step;
      wrong += step == expected.size();
      if (last) wrong += step != static_cast<size_t>(kSteps);
    }
  });
  trainer.join();
  CHECK(wrong == 0);
}

TEST_CASE("threads: two threads in one Trainer, and two Trainers with one optimizer, take all their steps") {
  const Model model = small_net();
  const auto target = Input({.shape = {4}});
  const Optimizer optimizer = SGD({.learning_rate = 0.01});
  const auto trainer = [&] {
    return Trainer({.inputs = {model.input(), target},
                    .loss = mean(square(model.output() - target)),
                    .update = model.trainable_variables(),
                    .optimizer = optimizer,
                    .threads = 1});
  };
  Trainer first = trainer(), second = trainer();
  const Tensor x = random_tensor({4, 8, 8, 3}, 3), y = random_tensor({4, 4}, 4);
  const float before = first.step({x, y});
  on_threads(4, [&](size_t i) {
    for (int k = 0; k < 25; ++k) (i < 2 ? first : second).step({x, y});
  });
  CHECK(optimizer.iterations() == 101);
  CHECK(first.step({x, y}) < before);
}

TEST_CASE("threads: bad numbers get one clear error") {
  const Model model = small_net();
  model.compile({.loss = "mse"});
  const Executable exe = compile(model);
  using graft::test::error_text;
  CHECK(error_text<ConfigError>([&] {
          compile(model, {.threads = -1});
        }).find("threads must be at least 0; received -1") != std::string::npos);
  CHECK(error_text<ConfigError>([&] { compile(model, {.batch = 0}); }).find("batch must be at least 1; received 0") !=
        std::string::npos);
  CHECK(error_text<ConfigError>([&] { exe.context({.threads = -1}); }) ==
        "threads must be 1 or more, or 0 for all; received -1.");
  CHECK(error_text<BackendError>([&] {
          compile(model, {.training = true, .memory_limit = 10});
        }).find("the least that it takes is ") != std::string::npos);
  CHECK(error_text<BackendError>([&] { compile(model, {.memory_limit = 10}); }).find("the least that it takes is ") !=
        std::string::npos);
  CHECK(error_text<ConfigError>([&] { compile(model, {.memory_limit = -1}); }).find("memory_limit must be") !=
        std::string::npos);
}
