#include "graft/ops/primitives/reduction/cross_entropy.h"
#include "graft/ops/program/gradients.h"

#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

// The definition of cross_entropy in several instructions.
Value elementary(Builder& b, Value target, Value predicted, const CrossEntropyArgs& args) {
  if (args.sparse) {
    const Dims dims = b.dims(predicted);
    Dims rows = dims;
    rows.erase(rows.begin() + args.axis);
    const Value hot = b.one_hot(b.reshape(target, rows), dims[static_cast<size_t>(args.axis)]);
    std::vector<int> order;
    for (int i = 0; i + 1 < static_cast<int>(dims.size()); ++i) order.push_back(i);
    order.insert(order.begin() + args.axis, static_cast<int>(dims.size()) - 1);
    target = b.transpose(hot, order);
  }
  Value logs;
  if (args.from_logits) {
    logs = b.softmax(predicted, args.axis, true);
  } else {
    const Value shares = b.div(predicted, b.reduce(Reduction::sum, predicted, {args.axis}));
    logs = b.eltwise(b.eltwise(shares, Eltwise::clip, 1e-7f, 1 - 1e-7f), Eltwise::log);
  }
  return b.scale(b.reduce(Reduction::sum, b.mul(target, logs), {args.axis}), -1);
}

Tensor positive(const Shape& shape, uint64_t seed = 1) { return spaced(shape, 1, 0.6, seed); }

// Numbers of classes, one of which does not exist.
Tensor numbers(const Shape& shape, int64_t classes) {
  Tensor out(shape);
  float next = 0;
  for (float& v : out.data<float>()) {
    v = next;
    next = next > static_cast<float>(classes) ? 0 : next + 1;
  }
  return out;
}

Emit emit(const CrossEntropyArgs& args) {
  return [args](Builder& b, const Values& v) { return cross_entropy(b, v[0], v[1], args); };
}
// The same in double, along axis 1.
Tensor expected(const Tensor& target, const Tensor& predicted, const CrossEntropyArgs& args) {
  const Shape& shape = predicted.shape();
  const int64_t classes = shape[1], inner = shape.elements() / shape[0] / classes;
  Tensor out(shape.with(1, 1));
  const auto t = target.data<float>(), p = predicted.data<float>();
  for (int64_t r = 0; r < shape[0] * inner; ++r) {
    const auto at = [&](int64_t c) { return static_cast<size_t>((r / inner * classes + c) * inner + r % inner); };
    double total = 0, loss = 0;
    for (int64_t c = 0; c < classes; ++c) {
      const auto x = static_cast<double>(p[at(c)]);
      total += args.from_logits ? std::exp(x) : x;
    }
    for (int64_t c = 0; c < classes; ++c) {
      const auto x = static_cast<double>(p[at(c)]);
      const auto share =
          static_cast<double>(args.sparse ? t[static_cast<size_t>(r)] == static_cast<float>(c) : t[at(c)]);
      loss -= share * (args.from_logits ? x - std::log(total) : std::log(x / total));
    }
    out.data<float>()[static_cast<size_t>(r)] = static_cast<float>(loss);
  }
  return out;
}

}  // namespace

TEST_CASE("cross_entropy: its numbers and gradients, for rows and for images") {
  for (const Shape& shape : {Shape{5, 7}, Shape{3, 4, 2, 5}, Shape{2, 150}})
    for (const bool from_logits : {false, true})
      for (const bool sparse : {false, true}) {
        const CrossEntropyArgs args{.axis = 1, .from_logits = from_logits, .sparse = sparse};
        const Shape rows = shape.with(1, 1);
        const Tensor target = sparse ? numbers(rows, shape[1]) : positive(shape, 2);
        const Tensor predicted = from_logits ? noise(shape) : positive(shape);
        const std::string title = cat("cross_entropy ", shape, from_logits ? " logits" : "", sparse ? " sparse" : "");
        check_values(title, emit(args), {target, predicted}, expected(target, predicted, args));
        if (shape[1] > 100) continue;  // too many summands for differences of float32
        check_gradients(title, emit(args), {target, predicted},
                        sparse ? std::vector<size_t>{0} : std::vector<size_t>{});
      }
}

TEST_CASE("cross_entropy: shares beyond Keras's clipping cost a bounded loss and have no gradient") {
  Builder b(true);
  const Value p = b.input({2, 3}, "p");
  const Value loss =
      cross_entropy(b, b.constant(Tensor(Shape{2, 1}, std::vector<float>{0, 1})), p, {.axis = 1, .sparse = true});
  const Value total = b.reduce(Reduction::sum, loss, {0, 1});
  const Executable executable(b.finish({loss, gradients(b, total, std::vector<Value>{p})[0]}));
  Context context = executable.context();
  context.input(0).copy_from(std::vector<float>{0, 1, 0, 0, 1, 0});
  context.run();
  CHECK(context.output(0).data<float>()[0] == doctest::Approx(16.118095).epsilon(1e-6));
  CHECK(context.output(0).data<float>()[1] == doctest::Approx(1.1920929e-7).epsilon(1e-3));
  for (const float g : context.output(1).data<float>()) CHECK(g == 0);
}

TEST_CASE("cross_entropy: the gradient through a softmax equals both gradients one after the other") {
  for (const Shape& shape : {Shape{6, 10}, Shape{3, 4, 2, 5}})
    for (const bool sparse : {false, true}) {
      const CrossEntropyArgs args{.axis = 1, .sparse = sparse};
      const auto gradient = [&](bool whole) {
        Builder b(true);
        const Value z = b.input(shape.dims(), "z");
        const Value t = b.constant(sparse ? numbers(shape.with(1, 1), shape[1]) : positive(shape));
        const Value p = b.softmax(z, 1);
        const Value rows = whole ? cross_entropy(b, t, p, args) : elementary(b, t, p, args);
        const Value weighed = b.mul(rows, b.constant(noise(Shape(b.dims(rows)))));
        const Value loss = b.reduce(Reduction::sum, b.reshape(weighed, {elements(b.dims(rows))}), {0});
        const Executable executable(b.finish({gradients(b, loss, std::vector<Value>{z})[0]}));
        CHECK((executable.report().find("cross_entropy_backward") != std::string::npos) == whole);
        if (whole) CHECK(executable.report().find("softmax_backward") == std::string::npos);
        Context context = executable.context();
        context.input(0).copy_from(noise(shape));
        context.run();
        return context.output(0).tensor();
      };
      CHECK(relative_difference(gradient(true), gradient(false)) <= 1e-6);
    }
}

TEST_CASE("cross_entropy: operands that do not fit are refused") {
  Builder b;
  const Value p = b.input({4, 3}, "p"), t = b.input({4, 2}, "t");
  CHECK(error_text<ShapeError>([&] { cross_entropy(b, t, p, {.axis = 1}); }) ==
        "cross_entropy: target must have dims (4,3); received (4,2).");
  CHECK(error_text<ShapeError>([&] { cross_entropy(b, t, p, {.axis = 1, .sparse = true}); }) ==
        "cross_entropy: target must have dims (4,1); received (4,2).");
  CHECK(error_text<ShapeError>([&] { cross_entropy(b, t, p, {.axis = 2}); }) ==
        "cross_entropy: there is no axis 2 in (4,3).");
}
