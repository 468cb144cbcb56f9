#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "graft/core/random.h"
#include "graft/graft.h"
#include "graft/models/zoo/autoencoder.h"

using namespace graft;

namespace {

// The resident memory of this process in bytes.
int64_t resident() {
  std::ifstream file("/proc/self/statm");
  int64_t pages = 0, in_memory = 0;
  file >> pages >> in_memory;
  return in_memory * sysconf(_SC_PAGESIZE);
}

// A leak of this much per turn is more than what allocators keep for later.
void check_flat(int turns, int64_t bytes_per_turn, const std::function<void(int)>& turn) {
  for (int i = 0; i < turns / 4; ++i) turn(i);  // caches fill
  const int64_t before = resident();
  for (int i = 0; i < turns; ++i) turn(i);
  const int64_t grown = resident() - before;
  INFO("grown by ", grown, " bytes in ", turns, " turns");
  CHECK(grown < turns * bytes_per_turn);
}

Model dense_net() {
  const auto x = Input({.shape = {64}});
  return Model(x, Dense({.units = 10, .activation = "softmax"})(Dense({.units = 32, .activation = "relu"})(x)));
}

}  // namespace

TEST_CASE("soak: ten thousand runs, predictions and training steps take no more memory than one") {
  const Model model = dense_net();
  model.compile({.optimizer = "adam", .loss = "mse", .threads = 1});
  const Tensor x(Shape{2, 64}), y(Shape{2, 10});
  Context context = compile(model, {.threads = 1}).context();
  check_flat(10000, 200, [&](int i) {
    context.run();
    if (i % 4 == 0) model.predict(x, {.threads = 1});
    if (i % 4 == 1) model.train_on_batch(x, y);
  });
}

TEST_CASE("soak: a thousand compiles take no more memory than one") {
  const Model model = dense_net();
  model.compile({.optimizer = "sgd", .loss = "mse"});
  check_flat(1000, 2000, [&](int i) {
    const Executable exe = compile(model, {.batch = 1 + i % 4, .threads = 1, .training = i % 2 == 1});
    exe.context().run();
  });
}

TEST_CASE("soak: ten thousand splices of one encoder leave it, and the memory, as they were") {
  const Model encoder = zoo::encoder({.dim = 16, .size = 32});
  const auto code = Input({.shape = {16}});
  const Model head(code, Dense({.units = 4})(code), {.name = "head"});
  const size_t calls = encoder.graph().nodes().size();
  check_flat(10000, 100, [&](int i) {
    const Model joined = splice(encoder, head);
    const auto [front, back] = cut(joined, joined.layers()[1 + i % 8]);
    REQUIRE(joined.graph().nodes().size() == calls + 1);
    REQUIRE(front.graph().nodes().size() + back.graph().nodes().size() == calls + 2);  // the second's own Input
    REQUIRE(encoder.graph().nodes().size() == calls);
  });
  CHECK(encoder.weights().size() == 5 * 6);
}
