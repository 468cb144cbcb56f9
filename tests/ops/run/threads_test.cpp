#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "graft/core/random.h"
#include "graft/ops/compile/executable_state.h"
#include "graft/ops/compile/lower_program.h"
#include "graft/ops/program/builder.h"
#include "graft/ops/run/executable.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tensor.h"

using namespace graft;
using namespace graft::ops;
using graft::test::error_text;
using graft::test::random_tensor;

namespace {

// Each run adds one to every element of the variables, one variable after the other.
Executable counting(const Variables& variables) {
  Builder b(true);
  const Value rate = b.input({1}, "rate");
  for (const Variable& v : variables)
    b.update("sgd", v, b.eltwise(b.variable(v), Eltwise::linear, 0, -1), {}, rate, {});
  return Executable(b.finish({rate}), {.threads = 1});
}

// The smallest and the largest element of each variable.
Executable extremes(const Variables& variables) {
  Builder b;
  const Value zero = b.input({1}, "zero");
  Values out;
  for (const Variable& v : variables)
    for (const Reduction r : {Reduction::min, Reduction::max})
      out.push_back(b.add(b.reshape(b.reduce(r, b.variable(v), {0, 1}), {1}), zero));
  return Executable(b.finish(out), {.threads = 1});
}

void count(const Executable& exe, int times) {
  Context context = exe.context();
  context.input(0).copy_from(std::vector<float>{1});
  for (int i = 0; i < times; ++i) context.run();
}

struct Net {
  Variable kernel{"kernel", random_tensor({3, 3, 16, 16}, 1)};
  Variable dense{"dense", random_tensor({16, 5}, 3)};

  Executable inference(int64_t batch, int threads) const {
    Builder b;
    const Value x = b.input({batch, 16, 16, 16}, "image");
    const Value w = b.transpose(b.variable(kernel), {3, 2, 0, 1});
    Value y = b.conv(b.transpose(x, {0, 3, 1, 2}), w, {}, {{1, 1}, {0, 0}, {1, 1}, {1, 1}});
    y = b.pool(b.eltwise(y, Eltwise::relu), {Pooling::avg_exclude_padding, {16, 16}, {16, 16}, {0, 0}, {0, 0}});
    return Executable(b.finish({b.inner_product(b.reshape(y, {batch, 16}), b.variable(dense), {})}),
                      {.threads = threads});
  }
};

Tensor run(Context& context, const Tensor& x) {
  context.input(0).copy_from(x);
  context.run();
  return context.output(0).tensor();
}

template <class Work>
void on_threads(size_t count, const Work& work) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& t : threads) t.join();
}

}  // namespace

TEST_CASE("threads: inference during training, and every reader, sees consistent versions of all weights") {
  const Variables all{{"a", Tensor(Shape{64, 64})}, {"b", Tensor(Shape{32, 128})}, {"c", Tensor(Shape{8, 8})}};
  const Executable reading = extremes(all);
  constexpr int kSteps = 2000;
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0, backwards = 0;
  std::thread trainer([&] {
    count(counting(all), kSteps);
    done = true;
  });
  on_threads(2, [&](size_t) {
    Context context = reading.context();
    for (float last = 0; !done;) {
      context.run();
      const float now = context.output(0).data<float>()[0];
      for (size_t i = 1; i < context.outputs(); ++i) torn += context.output(i).data<float>()[0] != now;
      backwards += now < last;
      last = now;
      const std::vector<Tensor> values = values_of(all);
      const float first = values[0].data<float>()[0];
      for (const Tensor& value : values)
        for (const float v : value.data<float>()) torn += v != first;
      backwards += first < last;
    }
  });
  trainer.join();
  CHECK(torn == 0);
  CHECK(backwards == 0);
  Context context = reading.context();
  context.run();
  CHECK(context.output(0).data<float>()[0] == kSteps);  // a run sees what ended before it
}

TEST_CASE("threads: trainings that share some variables lose no update and do not deadlock") {
  const Variable a("a", Tensor(Shape{16, 16})), b("b", Tensor(Shape{16, 16})), c("c", Tensor(Shape{16, 16}));
  const std::vector<Executable> plans{counting({a, b}), counting({b, c}), counting({c, a})};
  on_threads(3, [&](size_t i) { count(plans[i], 200); });
  for (const Variable& v : {a, b, c}) CHECK(bit_equal(v.value(), Tensor::full({16, 16}, 400)));
}

TEST_CASE("threads: an assignment of several variables is seen as a whole") {
  const Variables all{{"a", Tensor(Shape{64, 64})}, {"b", Tensor(Shape{64, 64})}};
  const Executable reading = extremes(all);
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    Context context = reading.context();
    while (!done) {
      context.run();
      for (size_t i = 1; i < 4; ++i) torn += context.output(i).data<float>()[0] != context.output(0).data<float>()[0];
    }
  });
  for (int i = 0; i < 300; ++i) {
    const Tensor value = Tensor::full({64, 64}, static_cast<float>(i));
    assign(all, std::vector<Tensor>{value, value});
  }
  done = true;
  reader.join();
  CHECK(torn == 0);
}

TEST_CASE("threads: a Context that two threads use at once reports it and stays usable") {
  const Net net;
  Context context = net.inference(4, 1).context();
  const Tensor x = random_tensor({4, 16, 16, 16}, 9), expected = run(context, x);
  std::atomic<int> refused = 0, ran = 0;
  std::string text;
  std::mutex mutex;
  on_threads(2, [&](size_t) {
    while (refused == 0) {
      try {
        context.run();
        ++ran;
      } catch (const ConfigError& error) {
        const std::lock_guard lock(mutex);
        text = error.what();
        ++refused;
      }
    }
  });
  CHECK(text == "this Context is in use by another thread.\n  Hint: one Context per thread: exe.context().");
  CHECK(ran > 0);
  CHECK(bit_equal(run(context, x), expected));
}

TEST_CASE("threads: a Context with its own number of threads gives the bits of an Executable with that number") {
  const Net net;
  const Tensor x = random_tensor({4, 16, 16, 16}, 9);
  const Executable two = net.inference(4, 2);
  Context serial = net.inference(4, 1).context(), pair = two.context();
  const Tensor of_one = run(serial, x), of_two = run(pair, x);
  std::vector<Tensor> results(4);
  on_threads(results.size(), [&](size_t i) {
    Context own = two.context({.threads = i < 2 ? 1 : 0});
    for (int k = 0; k < 10; ++k) results[i] = run(own, x);
  });
  for (size_t i = 0; i < results.size(); ++i) CHECK(bit_equal(results[i], i < 2 ? of_one : of_two));
  CHECK(error_text<ConfigError>([&] { two.context({.threads = -1}); }) ==
        "threads must be 1 or more, or 0 for all; received -1.");
}

TEST_CASE("threads: Executables that pack a weight alike share it, whatever their batch and threads") {
  const Net net;
  const Executable one = net.inference(1, 1), many = net.inference(8, 1);
  Context first = one.context(), second = many.context(), third = many.context({.threads = 2});
  run(first, random_tensor({1, 16, 16, 16}, 9));
  run(second, random_tensor({8, 16, 16, 16}, 9));
  const auto latest = [](const PreparedBuffer& b) { return b.derivation->find({1}); };
  size_t shared = 0;
  for (const PreparedBuffer& a : one.state()->kept)
    for (const PreparedBuffer& b : many.state()->kept) {
      CHECK((a.derivation == b.derivation) == (latest(a) == latest(b)));
      shared += a.derivation == b.derivation;
    }
  CHECK(shared >= 1);  // the convolution's, in any case
  for (size_t i = 0; i < many.state()->kept.size(); ++i)
    CHECK(many.state()->kept[i].derivation == with_threads(*many.state(), 2)->kept[i].derivation);
  const Net other;
  const Executable foreign = other.inference(1, 1);
  for (size_t i = 0; i < one.state()->kept.size(); ++i)
    CHECK(one.state()->kept[i].derivation != foreign.state()->kept[i].derivation);
}

TEST_CASE("threads: shared weights follow an assignment, also while another Context still runs on the old ones") {
  const Net net;
  const Tensor x = random_tensor({1, 16, 16, 16}, 9);
  Context first = net.inference(1, 1).context(), second = net.inference(2, 1).context();
  run(first, x);
  const Tensor kernel = net.kernel.value();
  Variable(net.kernel).assign(random_tensor({3, 3, 16, 16}, 4));
  const Tensor two(Shape{2, 16, 16, 16});
  run(second, two);
  const Tensor changed = run(first, x);
  Context fresh = net.inference(1, 1).context();
  CHECK(bit_equal(run(fresh, x), changed));
  Variable(net.kernel).assign(kernel);
  CHECK(!bit_equal(run(first, x), changed));
}
