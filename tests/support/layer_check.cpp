#include "tests/support/layer_check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graft/core/random.h"
#include "graft/graph/axes.h"
#include "graft/graph/emit_graph.h"
#include "graft/graph/layers/core/input.h"
#include "graft/ops/program/gradients.h"
#include "graft/ops/run/executable.h"
#include "tests/support/bf16.h"

namespace graft::test {

namespace {

constexpr uint64_t kSeed = 7;

std::shared_ptr<const Graph> graph_of(const Layer& layer, const std::vector<Tensor>& inputs) {
  SymbolicTensors symbols;
  for (const Tensor& input : inputs) symbols.push_back(Input({.shape = input.shape().without_batch()}));
  return Graph::make(symbols, layer.call(symbols, {}, {}, graft::source_location::current()));
}

// The graph's outputs, row-major in Keras's order, and what they were made from.
struct Emitted {
  ops::Values inputs, outputs;
};

Emitted emit(ops::Builder& b, const Graph& graph, const std::vector<Tensor>& inputs) {
  Emitted emitted;
  MaskedValues values;
  for (const Tensor& input : inputs) {
    emitted.inputs.push_back(b.input(input.shape().rank() == 0 ? ops::Dims{1} : input.shape().dims(), "x"));
    values.push_back({to_channels_first(b, emitted.inputs.back())});
  }
  for (const MaskedValue& y : emit_graph(b, graph, values)) emitted.outputs.push_back(to_channels_last(b, y.value));
  return emitted;
}

// In a Context of its own, since each run of one draws other random numbers.
std::vector<Tensor> run(const Executable& executable, const std::vector<Tensor>& inputs) {
  Context context = executable.context();
  for (size_t i = 0; i < inputs.size(); ++i) context.input(i).copy_from(inputs[i].data<float>());
  context.set_seed(kSeed);
  context.run();
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < context.outputs(); ++i) outputs.push_back(context.output(i).tensor());
  return outputs;
}

Shape with_known_batch(const Shape& shape, int64_t batch) {
  Shape known = shape;
  for (int64_t i = 0; i < shape.rank(); ++i)
    if (shape[i] == Shape::none) known = known.with(i, batch);
  return known.rank() == 0 ? Shape{1} : known;
}

// sum_i output_i . weight_i, in double precision: a loss that every output value takes part in.
double loss_of(const std::vector<Tensor>& outputs, const std::vector<Tensor>& weights) {
  double loss = 0;
  for (size_t k = 0; k < weights.size(); ++k)
    for (size_t i = 0; i < weights[k].data<float>().size(); ++i)
      loss += static_cast<double>(outputs[k].data<float>()[i]) * static_cast<double>(weights[k].data<float>()[i]);
  return loss;
}

Variables trainable_of(const Graph& graph) {
  Variables variables;
  for (const GraphLayer& layer : graph.layers())
    for (const Variable& variable : layer.trainable_variables()) variables.push_back(variable);
  return variables;
}

// Compares a gradient with central differences of `loss` in the elements of `point`.
template <class Loss>
void compare(const std::string& title, const Tensor& gradient, Tensor point, const Loss& loss, double tolerance) {
  const float step = 4e-3f;
  const std::span<float> values = point.data<float>();
  REQUIRE_MESSAGE(gradient.elements() == static_cast<int64_t>(values.size()), title);
  const size_t stride = std::max<size_t>(1, values.size() / 24);
  double worst = 0, largest = 1e-3;
  for (size_t i = 0; i < values.size(); i += stride) {
    const float centre = values[i];
    values[i] = centre + step;
    const double above = loss(point);
    values[i] = centre - step;
    const double below = loss(point);
    values[i] = centre;
    const double slope = (above - below) / (static_cast<double>(centre + step) - static_cast<double>(centre - step));
    worst = std::max(worst, std::abs(slope - static_cast<double>(gradient.data<float>()[i])));
    largest = std::max(largest, std::abs(slope));
  }
  loss(point);
  CHECK_MESSAGE(worst <= tolerance * largest, title, ": off by ", worst, " of ", largest);
}

/// The outputs, then the gradients that there are of sum_i output_i . weight_i for inputs and trainable variables.
struct Differentiated {
  Executable executable;
  std::vector<Tensor> weights = {};
  std::vector<bool> found = {};  // by input, then by variable
};

Differentiated differentiate(const Graph& graph, const std::vector<Tensor>& inputs, const ExecutableOptions& options) {
  Differentiated out;
  ops::Builder b(true);
  const Emitted emitted = emit(b, graph, inputs);
  ops::Value loss;
  for (const ops::Value y : emitted.outputs) {
    out.weights.push_back(spaced(Shape(b.dims(y)), 2, 0, 5 + out.weights.size()));
    std::vector<int> axes(b.dims(y).size());
    std::iota(axes.begin(), axes.end(), 0);
    const ops::Value product = b.mul(y, b.constant(out.weights.back()));
    const ops::Value sum = b.reshape(b.reduce(ops::Reduction::sum, product, axes), {1});
    loss = loss ? b.add(loss, sum) : sum;
  }
  ops::Values wrt = emitted.inputs;
  for (const Variable& variable : trainable_of(graph)) wrt.push_back(b.variable(variable));
  ops::Values outputs = emitted.outputs;
  for (const ops::Value gradient : ops::gradients(b, loss, wrt)) {
    out.found.push_back(bool(gradient));
    if (gradient) outputs.push_back(gradient);
  }
  out.executable = Executable(b.finish(outputs), options);
  return out;
}

void check_gradients(const std::string& title, const Graph& graph, const LayerCheck& check) {
  const Variables variables = trainable_of(graph);
  const Differentiated net = differentiate(graph, check.inputs, {});
  const Executable& executable = net.executable;
  CHECK_MESSAGE(executable.ref_steps() == 0, title, "\n", executable.report());
  const std::vector<Tensor> results = run(executable, check.inputs);
  size_t next = net.weights.size();
  for (size_t i = 0; i < net.found.size(); ++i) {
    const bool of_input = i < check.inputs.size();
    const std::string what =
        of_input ? cat(title, ", input ", i) : cat(title, ", ", variables[i - check.inputs.size()].name());
    const Tensor point = of_input ? check.inputs[i].clone() : variables[i - check.inputs.size()].value();
    const Tensor gradient = net.found[i] ? results[next++] : Tensor(point.shape());
    compare(
        what, gradient, point,
        [&](const Tensor& moved) {
          std::vector<Tensor> inputs = check.inputs;
          if (of_input)
            inputs[i] = moved;
          else
            Variable(variables[i - check.inputs.size()]).assign(moved);
          return loss_of(run(executable, inputs), net.weights);
        },
        check.tolerance);
  }
}

Executable inference(const Graph& graph, const std::vector<Tensor>& inputs, const ExecutableOptions& options) {
  ops::Builder b(false);
  return Executable(b.finish(emit(b, graph, inputs).outputs), options);
}

// The same number of samples in every input that has any.
std::vector<Tensor> with_batch(const std::vector<Tensor>& inputs, int64_t batch) {
  std::vector<Tensor> out;
  for (const Tensor& input : inputs)
    out.push_back(input.shape().rank() == 0 ? input : spaced(input.shape().with_batch(batch)));
  return out;
}

// No step is a reference implementation, whatever the precision and, where it is free, the batch size.
void check_implementations(const std::string& title, const Graph& graph, const LayerCheck& check) {
  const Shape& first = graph.inputs()[0].shape();
  const bool fixed = first.rank() > 0 && first[0] != Shape::none;
  for (const Precision precision : precisions())
    for (const int64_t batch : {1, 32})
      for (const bool training : {false, true}) {
        if (training && !check.gradients) continue;
        const std::vector<Tensor> inputs = fixed ? check.inputs : with_batch(check.inputs, batch);
        const ExecutableOptions options{.precision = precision};
        const Executable executable =
            training ? differentiate(graph, inputs, options).executable : inference(graph, inputs, options);
        CHECK_MESSAGE(executable.ref_steps() == 0, title, ", batch ", batch, ", ", precision, "\n",
                      executable.report());
      }
}

double distance(const Tensor& a, const Tensor& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < a.data<float>().size(); ++i) {
    const double x = a.data<float>()[i], y = b.data<float>()[i];
    difference += (x - y) * (x - y);
    size += y * y;
  }
  return std::sqrt(difference / std::max(size, 1e-12));
}

// bfloat16 keeps 8 bits: a chain of a few products stays within a few hundredths of float32.
void check_low_precision(const std::string& title, const Graph& graph, const LayerCheck& check) {
  if (!onednn::has_bf16()) return;
  const std::vector<Tensor> exact = run(inference(graph, check.inputs, {}), check.inputs);
  const std::vector<Tensor> rounded = run(inference(graph, check.inputs, {.precision = "bf16"}), check.inputs);
  for (size_t i = 0; i < exact.size(); ++i)
    CHECK_MESSAGE(distance(rounded[i], exact[i]) <= 0.02, title, ", output ", i, " in bf16 is off by ",
                  distance(rounded[i], exact[i]));
}

}  // namespace

std::vector<Tensor> run_graph(const Graph& graph, const std::vector<Tensor>& inputs, bool training) {
  ops::Builder b(training);
  const Emitted emitted = emit(b, graph, inputs);
  const Executable executable(b.finish(emitted.outputs));
  CHECK_MESSAGE(executable.ref_steps() == 0, executable.report());
  return run(executable, inputs);
}

Tensor run_layer(const Layer& layer, const std::vector<Tensor>& inputs, bool training) {
  return run_graph(*graph_of(layer, inputs), inputs, training)[0];
}

Tensor spaced(const Shape& shape, double spread, double centre, uint64_t seed) {
  const int64_t count = shape.rank() == 0 ? 1 : shape.elements();
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Random(seed).shuffle(order);
  std::vector<float> values;
  for (const int64_t place : order)
    values.push_back(
        static_cast<float>(centre + spread * ((static_cast<double>(place) + 0.75) / static_cast<double>(count) - 0.5)));
  return Tensor(shape, std::move(values));
}

void check_graph(const std::string& title, const Graph& graph, const LayerCheck& check) {
  for (const bool training : {false, true}) {
    const std::string mode = cat(title, training ? " in training" : " in inference");
    const std::vector<Tensor> outputs = run_graph(graph, check.inputs, training);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Shape inferred = with_known_batch(graph.outputs()[i].shape(), check.inputs[0].shape()[0]);
      CHECK_MESSAGE(outputs[i].shape() == inferred, mode, ": executed ", outputs[i].shape().str(), ", inferred ",
                    inferred.str());
      for (const float value : outputs[i].data<float>())
        if (!std::isfinite(value)) FAIL_CHECK(mode << ": gives " << value);
    }
    if (training && check.gradients) check_gradients(mode, graph, check);
  }
  check_implementations(title, graph, check);
  check_low_precision(title, graph, check);
}

void check_layer(const std::string& title, const Layer& layer, const LayerCheck& check) {
  check_graph(title, *graph_of(layer, check.inputs), check);
}

}  // namespace graft::test
