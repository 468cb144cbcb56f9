#include <doctest/doctest.h>

#include <iostream>
#include <sstream>

#include "graft/core/env.h"
#include "graft/core/random.h"
#include "graft/graft.h"
#include "graft/models/step/executable_cache.h"
#include "graft/models/step/feed.h"
#include "graft/ops/program/builder.h"
#include "tests/support/captured_errors.h"
#include "tests/support/random_tensor.h"

using namespace graft;
using graft::test::random_tensor;

namespace {

Model dense_net() {
  const auto x = Input({.shape = {6}});
  return Model(x, Dense({.units = 2})(Dense({.units = 8, .activation = "relu"})(x)));
}

// The number of compiles during the call.
template <class Call>
size_t compiles(const Call& call) {
  const env::Scoped debug("GRAFT_DEBUG", "1");
  const test::CapturedErrors errors;
  call();
  size_t count = 0;
  for (size_t at = 0; (at = errors.text().find("graft: compiled", at)) != std::string::npos; ++at) ++count;
  return count;
}

Executable tiny() {
  ops::Builder b;
  return Executable(b.finish({b.scale(b.input({1}, "x"), 2)}), {.threads = 1});
}

}  // namespace

TEST_CASE("data path: a smaller last batch is compiled once for any number of epochs") {
  const Model model = dense_net();
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor x = random_tensor({70, 6}, 1), y = random_tensor({70, 2}, 2);
  const FitConfig config{.batch_size = 32, .epochs = 3, .verbose = 0};
  CHECK(compiles([&] { model.fit(x, y, config); }) == 2);
  CHECK(compiles([&] { model.fit(x, y, config); }) == 0);
  CHECK(compiles([&] { model.evaluate(x, y); }) == 2);
  CHECK(compiles([&] { model.predict(x); }) == 2);
  CHECK(compiles([&] { model.predict(x), model.evaluate(x, y), model.fit(x, y, config); }) == 0);
}

TEST_CASE("data path: with too many shapes the least recently used one is dropped") {
  ExecutableCache cache;
  int made = 0;
  const auto use = [&](int key) {
    cache.executable(std::to_string(key), [&] {
      ++made;
      return tiny();
    });
  };
  for (int key = 0; key < 8; ++key) use(key);
  use(0);
  CHECK(made == 8);
  use(8);  // 1 goes
  use(0);
  CHECK(made == 9);
  use(1);
  CHECK(made == 10);
}

TEST_CASE("data path: a failed compile is tried again") {
  ExecutableCache cache;
  CHECK_THROWS_AS(cache.executable("key", []() -> Executable { throw ConfigError("no"); }), ConfigError);
  CHECK(cache.executable("key", tiny).threads() == 1);
}

TEST_CASE("data path: rows are gathered alike on any number of threads, from every type") {
  const Tensor x = random_tensor({500, 300}, 1);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < 400; ++i) rows.push_back(i * 7 % 500);
  Tensor one(Shape{400, 300}), two(Shape{400, 300});
  gather_rows(x, rows, one.data<float>(), 1);
  gather_rows(x, rows, two.data<float>(), 2);
  CHECK(bit_equal(one, two));
  CHECK(bit_equal(one.rows(3, 4).reshaped({300}), x.rows(21, 22).reshaped({300})));
  const Tensor bytes = Tensor::full({500, 300}, 7).cast(DType::u8);
  gather_rows(bytes, rows, two.data<float>(), 2);
  CHECK(bit_equal(two, Tensor::full({400, 300}, 7)));
}

TEST_CASE("data path: values that are not finite are found wherever they stand") {
  for (const int64_t at : {0, 5, 998}) {
    for (const float bad : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()}) {
      Tensor x = random_tensor({999}, 1);
      x.data<float>()[static_cast<size_t>(at)] = bad;
      CHECK_THROWS_AS(check_finite(x, "x"), DataError);
    }
  }
  Tensor x(Shape{4});
  x.data<float>()[0] = std::numeric_limits<float>::max();
  x.data<float>()[1] = -std::numeric_limits<float>::max();
  x.data<float>()[2] = std::numeric_limits<float>::denorm_min();
  check_finite(x, "x");
}
