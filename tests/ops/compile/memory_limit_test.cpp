#include <doctest/doctest.h>

#include "graft/core/random.h"
#include "graft/ops/program/builder.h"
#include "graft/ops/program/gradients.h"
#include "graft/ops/run/executable.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tensor.h"

using namespace graft;
using namespace graft::ops;
using graft::test::error_text;
using graft::test::random_tensor;

namespace {

// Convolutions with normalisation, a function that is not part of them, a shortcut and noise between.
struct Net {
  std::vector<Variable> kernels, gammas;
  int64_t batch = 8;

  Net() {
    for (uint64_t i = 0; i < 4; ++i) {
      kernels.emplace_back(cat("kernel_", i), random_tensor({3, 3, i == 0 ? 3 : 16, 16}, i));
      gammas.emplace_back(cat("gamma_", i), Tensor::full({16}, 1));
    }
  }

  Program training() const {
    Builder b(true);
    const Value image = b.input({batch, 16, 16, 3}, "image");
    Value x = b.transpose(image, {0, 3, 1, 2}), shortcut;
    for (size_t i = 0; i < kernels.size(); ++i) {
      const Builder::Scope scope(b, cat("block_", i));
      const Value w = b.transpose(b.variable(kernels[i]), {3, 2, 0, 1});
      Value y = b.conv(x, w, {}, {{1, 1}, {0, 0}, {1, 1}, {1, 1}});
      y = i == 0 ? b.layer_norm(y, b.variable(gammas[i]), b.constant(Tensor(Shape{16})), 1, 1e-3f)
                 : b.batch_norm_training(y, b.variable(gammas[i]), {}, 1e-3f).dst;
      y = b.eltwise(y, Eltwise::swish, 1);
      if (i == 1) shortcut = y;
      if (i == 2) y = b.dropout(b.add(y, shortcut), 0.25f);
      x = y;
    }
    const Value loss = b.reduce(Reduction::mean, b.eltwise(x, Eltwise::square), {0, 1, 2, 3});
    std::vector<Variable> all = kernels;
    all.insert(all.end(), gammas.begin(), gammas.end());
    Values wrt;
    for (const Variable& v : all) wrt.push_back(b.variable(v));
    const Values diff = gradients(b, loss, wrt);
    for (size_t i = 0; i < all.size(); ++i) b.update("sgd", all[i], diff[i], {}, b.scalar(0.05f), {});
    return b.finish({b.reshape(loss, {1})});
  }
};

// The losses of three steps, and the variables after them.
std::vector<Tensor> train(const Net& net, int64_t limit, int64_t* peak = nullptr) {
  const Executable exe(net.training(), {.memory_limit = limit});
  if (peak) *peak = exe.peak_bytes();
  Context context = exe.context();
  context.set_seed(5);
  context.input(0).copy_from(random_tensor({net.batch, 16, 16, 3}, 9));
  std::vector<Tensor> results;
  for (int i = 0; i < 3; ++i) {
    context.run();
    results.push_back(context.output(0).tensor());
  }
  for (const auto* list : {&net.kernels, &net.gammas})
    for (const Variable& v : *list) results.push_back(v.value());
  return results;
}

}  // namespace

TEST_CASE("memory limit: a training computes cheap results again to stay below it, to the same bits") {
  int64_t free_peak = 0, peak = 0;
  const std::vector<Tensor> expected = train(Net(), 0, &free_peak);
  for (const double part : {0.9, 0.8, 0.7}) {
    const auto limit = static_cast<int64_t>(part * static_cast<double>(free_peak));
    const std::vector<Tensor> results = train(Net(), limit, &peak);
    CHECK(peak <= limit);
    for (size_t i = 0; i < results.size(); ++i) CHECK(bit_equal(results[i], expected[i]));
  }
}

TEST_CASE("memory limit: the error for a limit below the minimum names the minimum, which works") {
  const std::string text = error_text<BackendError>([] { train(Net(), 1000); });
  const std::string before = "memory_limit is 1000 bytes (0.0 MiB); the least that it takes is ";
  REQUIRE(text.substr(0, before.size()) == before);
  const int64_t least = std::stoll(text.substr(before.size()));
  int64_t peak = 0;
  const std::vector<Tensor> results = train(Net(), least, &peak), expected = train(Net(), 0);
  CHECK(peak == least);
  for (size_t i = 0; i < results.size(); ++i) CHECK(bit_equal(results[i], expected[i]));
  CHECK_THROWS_AS(train(Net(), least - 1), BackendError);
  CHECK(error_text<ConfigError>([] { train(Net(), -1); }) ==
        "memory_limit must be 1 byte or more, or 0 for none; received -1.");
}

TEST_CASE("memory limit: no limit changes nothing, and neither does one that is kept anyway") {
  const Net net;
  const Executable any(net.training()), wide(net.training(), {.memory_limit = any.peak_bytes()});
  CHECK(any.program().text() == wide.program().text());
}
