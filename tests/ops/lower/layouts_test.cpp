// Users of one weight that prefer different layouts: which of them decides, and what the report says.

#include <doctest/doctest.h>

#include <algorithm>

#include "graft/ops/program/gradients.h"
#include "graft/ops/run/executable.h"
#include "tests/support/bf16.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using graft::test::noise;

namespace {

/// A step of gradient descent on the mean square of a convolution, one of groups, and a transposed one.
Program training_step() {
  const Variables w{Variable("w", noise({3, 3, 16, 32}, 1)), Variable("d", noise({3, 3, 1, 32}, 2)),
                    Variable("t", noise({5, 5, 16, 32}, 3))};
  const auto oihw = [](Builder& b, const Variable& v) { return b.transpose(b.variable(v), {3, 2, 0, 1}); };
  Builder b(true);
  const Value x = b.transpose(b.input({4, 12, 12, 16}, "x"), {0, 3, 1, 2});
  const ConvArgs same{{1, 1}, {0, 0}, {1, 1}, {1, 1}};
  b.set_label("first");
  Value y = b.eltwise(b.conv(x, oihw(b, w[0]), {}, same), Eltwise::tanh);
  b.set_label("grouped");
  y = b.eltwise(b.conv(y, oihw(b, w[1]), {}, {{1, 1}, {0, 0}, {1, 1}, {1, 1}, 32}), Eltwise::tanh);
  b.set_label("transposed");
  y = b.conv_backward_data(y, oihw(b, w[2]), {4, 16, 24, 24}, {{2, 2}, {0, 0}, {1, 1}, {2, 2}});
  b.set_label("loss");
  const Value loss = b.reduce(Reduction::mean, b.eltwise(y, Eltwise::square), {0, 1, 2, 3});
  const Values wrt{b.variable(w[0]), b.variable(w[1]), b.variable(w[2])};
  const Values diff = gradients(b, loss, wrt);
  b.set_label("sgd");
  for (size_t i = 0; i < w.size(); ++i) b.update("sgd", w[i], diff[i], {}, b.scalar(0.05f), {});
  return b.finish({loss});
}

std::vector<StepReport> reorders(const Executable& executable) {
  std::vector<StepReport> out;
  for (const StepReport& step : executable.steps())
    if (step.reorders() && !step.prepared) out.push_back(step);
  return out;
}

bool mentions(const std::string& remark, const std::string& layout) {
  return remark.find(cat('(', layout, "); ")) != std::string::npos || remark.ends_with(cat(" comes as ", layout));
}

bool tells(const std::vector<StepReport>& steps, const std::string& label, const std::string& text) {
  return std::any_of(steps.begin(), steps.end(), [&](const StepReport& step) {
    return step.label == label && step.remark.find(text) != std::string::npos;
  });
}

std::string layout_of(const std::string& operand) { return operand.substr(0, operand.rfind(':')); }

}  // namespace

TEST_CASE("layouts: the report of a weight's reorder names its layout, its reader and who prefers another layout") {
  for (const Precision precision : test::precisions()) {
    const Executable executable(training_step(), {.precision = precision});
    const std::vector<StepReport> steps = reorders(executable);
    CHECK(!steps.empty());
    for (const StepReport& step : steps) {
      INFO(cat(precision, ": ", step.label, ", ", step.src, " to ", step.dst));
      CHECK(mentions(step.remark, layout_of(step.src)));
      CHECK(executable.report().find("layout: " + step.remark) != std::string::npos);
    }
    CHECK(tells(steps, "grouped", "d is laid out as conv of grouped reads it ("));
    CHECK(tells(steps, "grouped (grad)",
                "weights of groups are laid out as Keras orders them; their gradient comes as "));
  }
}

TEST_CASE("layouts: in bf16 a weight has the layout of its gradient, and its update reorders nothing" *
          test::needs_bf16()) {
  const std::vector<StepReport> steps = reorders(Executable(training_step(), {.precision = "bf16"}));
  for (const char* label : {"first", "transposed", "transposed (grad)"}) {
    CHECK(tells(steps, label, " is laid out as its gradient comes ("));
    CHECK(tells(steps, label, ":bf16"));
  }
  CHECK(std::none_of(steps.begin(), steps.end(), [](const StepReport& step) { return step.label == "sgd"; }));
}
