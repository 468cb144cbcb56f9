#include "graft/ops/run/executable.h"
#include "graft/ops/program/gradients.h"

#include <doctest/doctest.h>

#include <thread>

#include "graft/core/random.h"
#include "graft/ops/program/builder.h"
#include "tests/support/random_tensor.h"

using namespace graft;
using namespace graft::ops;
using graft::test::random_tensor;

namespace {

struct Net {
  Variable kernel{"kernel", random_tensor({3, 3, 3, 16}, 1)};
  Variable bias{"bias", random_tensor({16}, 2)};
  Variable dense{"dense", random_tensor({16, 5}, 3)};

  Value features(Builder& b, Value image) const {
    const Value w = b.transpose(b.variable(kernel), {3, 2, 0, 1});
    Value y = b.conv(b.transpose(image, {0, 3, 1, 2}), w, b.variable(bias), {{2, 2}, {0, 0}, {0, 0}, {1, 1}});
    y = b.eltwise(y, Eltwise::relu, 0.2f);
    y = b.pool(y, {Pooling::avg_exclude_padding, {8, 8}, {8, 8}, {0, 0}, {0, 0}});
    return b.reshape(y, {b.dims(y)[0], 16});
  }

  Value emit(Builder& b, Value image) const { return b.inner_product(features(b, image), b.variable(dense), {}); }

  Executable inference(int64_t batch, int threads = 0) const {
    Builder b;
    const Value x = b.input({batch, 16, 16, 3}, "image");
    return Executable(b.finish({emit(b, x)}), {.threads = threads});
  }

  Executable feature_extractor(int64_t batch) const {
    Builder b;
    const Value x = b.input({batch, 16, 16, 3}, "image");
    return Executable(b.finish({features(b, x)}));
  }

  Executable training(int64_t batch) const {
    Builder b(true);
    const Value x = b.input({batch, 16, 16, 3}, "image"), y = b.input({batch, 5}, "target");
    const Value loss = b.reduce(Reduction::mean, b.eltwise(b.sub(emit(b, x), y), Eltwise::square), {0, 1});
    const std::vector<Variable> all{kernel, bias, dense};
    Values wrt;
    for (const Variable& v : all) wrt.push_back(b.variable(v));
    const Values diff = gradients(b, loss, wrt);
    for (size_t i = 0; i < all.size(); ++i) b.update("sgd", all[i], diff[i], {}, b.scalar(0.05f), {});
    return Executable(b.finish({loss}));
  }
};

Tensor run(Context& context, const Tensor& x) {
  context.input(0).copy_from(x);
  context.run();
  return context.output(0).tensor();
}

}  // namespace

TEST_CASE("executable: two runs, two contexts and many threads give the same bits") {
  const Net net;
  const Executable exe = net.inference(4, 1);
  const Tensor x = random_tensor({4, 16, 16, 3}, 9);
  Context first = exe.context();
  const Tensor expected = run(first, x);
  CHECK(bit_equal(run(first, x), expected));
  std::vector<Tensor> results(4);
  std::vector<std::thread> threads;
  for (Tensor& result : results)
    threads.emplace_back([&] {
      Context own = exe.context();
      for (int i = 0; i < 20; ++i) result = run(own, x);
    });
  for (std::thread& t : threads) t.join();
  for (const Tensor& result : results) CHECK(bit_equal(result, expected));
}

// Without AVX-512, oneDNN's matrix product adds up in an order that depends on how many rows there are.
TEST_CASE("executable: batch 1 gives the row of the larger batch: images bit for bit, matrix products to rounding") {
  const Net net;
  const Tensor x = random_tensor({8, 16, 16, 3}, 9);
  Context eight = net.inference(8).context(), one = net.inference(1).context();
  Context eight_features = net.feature_extractor(8).context(), one_features = net.feature_extractor(1).context();
  const Tensor all = run(eight, x), all_features = run(eight_features, x);
  for (int64_t i = 0; i < 8; ++i) {
    CHECK(bit_equal(run(one_features, x.rows(i, i + 1)), all_features.rows(i, i + 1)));
    CHECK(relative_difference(run(one, x.rows(i, i + 1)), all.rows(i, i + 1)) <= 1e-6);
  }
}

TEST_CASE("executable: inference sees new weights, however they came") {
  Net net;
  const Tensor x = random_tensor({4, 16, 16, 3}, 9);
  Context inference = net.inference(4).context();
  const Tensor before = run(inference, x);
  net.dense.assign(Tensor(Shape{16, 5}));
  CHECK(relative_difference(run(inference, x), Tensor(Shape{4, 5})) == 0);
  Context training = net.training(4).context();
  training.input(0).copy_from(x);
  training.input(1).copy_from(random_tensor({4, 5}, 10));
  training.run();
  CHECK(relative_difference(run(inference, x), before) > 1e-3);
}

TEST_CASE("executable: training lowers the loss and leaves weights in the user's layout readable") {
  const Net net;
  Context training = net.training(4).context();
  training.input(0).copy_from(random_tensor({4, 16, 16, 3}, 9));
  training.input(1).copy_from(random_tensor({4, 5}, 10));
  const Tensor kernel = net.kernel.value();
  training.run();
  const float first = training.output(0).data<float>()[0];
  for (int i = 0; i < 50; ++i) training.run();
  CHECK(training.output(0).data<float>()[0] < 0.5f * first);
  CHECK(net.kernel.value().shape() == kernel.shape());
  CHECK(relative_difference(net.kernel.value(), kernel) > 0);
  CHECK(relative_difference(net.kernel.value(), kernel) < 1);
}

TEST_CASE("executable: no reference step, and memory near its bound") {
  const Net net;
  for (const Executable& exe : {net.inference(1), net.inference(32), net.training(1), net.training(32)}) {
    INFO(exe.report());
    CHECK(exe.ref_steps() == 0);
    CHECK(exe.peak_bytes() >= exe.bound_bytes());
    CHECK(static_cast<double>(exe.peak_bytes()) <= 1.10 * static_cast<double>(exe.bound_bytes()));
  }
  CHECK(net.inference(32).reorders() == 0);
}

TEST_CASE("executable: wrong uses get one clear error") {
  const Net net;
  const Executable exe = net.inference(2);
  Context context = exe.context();
  CHECK_THROWS_WITH_AS(context.input(1), "this program has 1 inputs; received index 1.", ShapeError);
  CHECK_THROWS_WITH_AS(context.input("picture"), "this program has no input \"picture\".", ShapeError);
  CHECK_THROWS_WITH_AS(context.input(0).copy_from(Tensor(Shape{3, 16, 16, 3})),
                       "image has shape (2, 16, 16, 3); received (3, 16, 16, 3).", ShapeError);
  CHECK_THROWS_WITH_AS(context.input(0).copy_from(std::vector<float>(7)),
                       "image has shape (2, 16, 16, 3), 1536 values; received 7.", ShapeError);
  CHECK_THROWS_WITH_AS(net.inference(2, -1), "threads must be 1 or more, or 0 for all; received -1.", ConfigError);
  Variable bias = net.bias;
  CHECK_THROWS_WITH_AS(bias.assign(Tensor(Shape{15})), "variable \"bias\" has shape (16,); received (15,).",
                       ShapeError);
}
