#include "tests/support/program_check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graft/core/random.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/layer_check.h"

namespace graft::test {

namespace {

constexpr uint64_t kSeed = 7;

bool moved(const Tensor& tensor, Lie lie) { return lie == Lie::channels_last && tensor.shape().rank() >= 3; }

// (N, C, spatial...) -> (N, spatial..., C), as data.
Tensor to_channels_last(const Tensor& tensor) {
  const std::vector<int64_t>& dims = tensor.shape().dims();
  const int64_t pixels = std::accumulate(dims.begin() + 2, dims.end(), int64_t{1}, std::multiplies<>());
  std::vector<int64_t> to{dims[0]};
  to.insert(to.end(), dims.begin() + 2, dims.end());
  to.push_back(dims[1]);
  Tensor out{Shape(to)};
  for (int64_t n = 0; n < dims[0]; ++n)
    for (int64_t c = 0; c < dims[1]; ++c)
      for (int64_t p = 0; p < pixels; ++p)
        out.data<float>()[static_cast<size_t>((n * pixels + p) * dims[1] + c)] =
            tensor.data<float>()[static_cast<size_t>((n * dims[1] + c) * pixels + p)];
  return out;
}

std::string suffix(Lie lie) { return lie == Lie::row_major ? "" : " channels last"; }

Tensor fed(const Tensor& tensor, Lie lie) { return moved(tensor, lie) ? to_channels_last(tensor) : tensor; }

ops::Values emit_inputs(ops::Builder& b, const std::vector<Tensor>& inputs, Lie lie) {
  ops::Values values;
  for (const Tensor& input : inputs) {
    const ops::Value x = b.input(fed(input, lie).shape().dims(), "x");
    std::vector<int> axes{0, static_cast<int>(input.shape().rank()) - 1};
    for (int i = 1; i + 1 < static_cast<int>(input.shape().rank()); ++i) axes.push_back(i);
    values.push_back(moved(input, lie) ? b.transpose(x, axes) : x);
  }
  return values;
}

std::vector<Tensor> run(Context& context, const std::vector<Tensor>& inputs, Lie lie) {
  for (size_t i = 0; i < inputs.size(); ++i) context.input(i).copy_from(fed(inputs[i], lie));
  context.set_seed(kSeed);
  // The number of a run is part of its random stream: central differences need the same one again.
  context.run();
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < context.outputs(); ++i) outputs.push_back(context.output(i).tensor());
  return outputs;
}

Executable compile(ops::Builder& b, const ops::Values& outputs, int threads) {
  Executable executable(b.finish(outputs), {.threads = threads});
  CHECK_MESSAGE(executable.ref_steps() == 0, executable.report());
  return executable;
}

double dot(const Tensor& a, const Tensor& b) {
  double out = 0;
  for (size_t i = 0; i < a.data<float>().size(); ++i)
    out += static_cast<double>(a.data<float>()[i]) * static_cast<double>(b.data<float>()[i]);
  return out;
}

// The output, then the gradients of sum(output * weights) for the inputs that are not fixed.
Executable compile_gradients(const Emit& emit, const std::vector<Tensor>& inputs, const std::vector<size_t>& fixed,
                             Lie lie, Tensor& weights) {
  ops::Builder b(true);
  const ops::Values values = emit_inputs(b, inputs, lie);
  const ops::Value y = emit(b, values);
  weights = spaced(Shape(b.dims(y)), 2, 0, 5);
  std::vector<int> axes(b.dims(y).size());
  std::iota(axes.begin(), axes.end(), 0);
  const ops::Value loss = b.reduce(ops::Reduction::sum, b.mul(y, b.constant(weights)), axes);
  ops::Values wrt;
  for (size_t i = 0; i < values.size(); ++i)
    if (std::find(fixed.begin(), fixed.end(), i) == fixed.end()) wrt.push_back(values[i]);
  ops::Values outputs{y};
  for (const ops::Value gradient : ops::gradients(b, loss, wrt)) {
    REQUIRE(gradient);
    outputs.push_back(gradient);
  }
  return compile(b, outputs, 0);
}

}  // namespace

Tensor compute(const Emit& emit, const std::vector<Tensor>& inputs, Lie lie, int threads) {
  ops::Builder b;
  const ops::Value y = emit(b, emit_inputs(b, inputs, lie));
  const Executable executable = compile(b, {y}, threads);
  Context context = executable.context();
  return run(context, inputs, lie)[0];
}

void check_gradients(const std::string& title, const Emit& emit, const std::vector<Tensor>& inputs,
                     const std::vector<size_t>& fixed, double tolerance) {
  for (const Lie lie : {Lie::row_major, Lie::channels_last}) {
    Tensor weights;
    const Executable executable = compile_gradients(emit, inputs, fixed, lie, weights);
    const auto results = [&](const std::vector<Tensor>& at) {
      Context context = executable.context();  // a fresh one: its first run has the same random numbers
      return run(context, at, lie);
    };
    const std::vector<Tensor> found = results(inputs);
    size_t next = 1;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (std::find(fixed.begin(), fixed.end(), i) != fixed.end()) continue;
      const Tensor& gradient = found[next++];
      std::vector<Tensor> at = inputs;
      at[i] = inputs[i].clone();
      const std::span<float> x = at[i].data<float>();
      const size_t stride = std::max<size_t>(1, x.size() / 16);
      double worst = 0, largest = 1e-3;
      for (size_t k = 0; k < x.size(); k += stride) {
        const float centre = x[k], step = 4e-3f;
        x[k] = centre + step;
        const double above = dot(results(at)[0], weights);
        x[k] = centre - step;
        const double below = dot(results(at)[0], weights);
        x[k] = centre;
        const double slope =
            (above - below) / (static_cast<double>(centre + step) - static_cast<double>(centre - step));
        worst = std::max(worst, std::abs(slope - static_cast<double>(gradient.data<float>()[k])));
        largest = std::max(largest, std::abs(slope));
      }
      CHECK_MESSAGE(worst <= tolerance * largest, title, ", input ", i, suffix(lie), ": off by ", worst, " of ",
                    largest);
    }
  }
}

void check_values(const std::string& title, const Emit& emit, const std::vector<Tensor>& inputs, const Tensor& expected,
                  double tolerance) {
  for (const Lie lie : {Lie::row_major, Lie::channels_last})
    for (const int threads : {1, 2}) {
      const Tensor result = compute(emit, inputs, lie, threads);
      const double difference = relative_difference(result, expected);
      CHECK_MESSAGE(difference <= tolerance, title, suffix(lie), ", ", threads, " threads: ", result, " differs by ",
                    difference, " from ", expected);
    }
}

Tensor noise(const Shape& shape, uint64_t seed) {
  Random random(seed);
  Tensor out(shape);
  for (float& value : out.data<float>()) value = random.normal();
  return out;
}

}  // namespace graft::test
