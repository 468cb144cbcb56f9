#include <algorithm>

#include "graft/models/loop/taps.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/model/paths.h"
#include "graft/models/step/executable_cache.h"
#include "graft/models/step/feed.h"
#include "graft/models/step/program_emitter.h"

namespace graft {

static void write_rows(Tensor& whole, int64_t begin, std::span<const float> rows) {
  const int64_t width = whole.elements() / whole.shape()[0];
  std::copy(rows.begin(), rows.end(), whole.data<float>().begin() + begin * width);
}

static std::string result_name(const Model& model, const Taps& taps, size_t output) {
  const size_t outputs = model.outputs().size();
  return output < outputs ? cat("output ", output) : cat("tap ", listed({taps[output - outputs]}));
}

// Runs one batch, the rows [begin, begin + count) of every input, and writes its results to the same rows of `outputs`.
static void predict_batch(const Model& model, const TapGraph& tap_graph, const TensorList& x, int64_t begin,
                          int64_t count, const PredictOptions& options, int64_t rows, TensorList& outputs) {
  std::vector<Shape> shapes;
  for (const Tensor& tensor : x) shapes.push_back(tensor.shape().with_batch(count));
  const std::string key =
      cat(shapes_key(shapes), " threads ", options.threads, ' ', options.precision, " taps ", tap_graph.number);
  const auto context = model.model_impl().inference->lease(key, count, [&] {
    return Executable(inference_program(*tap_graph.graph, shapes),
                      {.threads = options.threads, .precision = options.precision});
  });
  for (size_t i = 0; i < x.size(); ++i) copy_values(x[i].rows(begin, begin + count), context->input(i).data<float>());
  context->run();
  for (size_t i = 0; i < context->outputs(); ++i) {
    const Binding output = context->output(i);
    const Shape& shape = output.shape();
    if (shape.rank() == 0 || shape[0] != count)
      throw ShapeError(cat(result_name(model, options.taps, i), " does not have one row for each sample (", shape,
                           " for a batch of ", count, "), so the results of batches cannot be concatenated"));
    if (outputs.size() == i) outputs.push_back(Tensor(shape.with_batch(rows)));
    write_rows(outputs[i], begin, output.data<float>());
  }
}

TensorList Model::predict(const TensorList& x, const PredictOptions& options) const {
  try {
    check_at_least("batch_size", options.batch_size, 1);
    check_at_least("threads", options.threads, 0);
    const TensorList data = fit_to_inputs(x, inputs(), "x");
    check_finite(data, inputs());
    const int64_t rows = count_rows(data, "x");
    const TapGraph tap_graph = graph_for(*this, options.taps);
    TensorList outputs;
    for (int64_t begin = 0; begin < rows; begin += options.batch_size)
      predict_batch(*this, tap_graph, data, begin, std::min(options.batch_size, rows - begin), options, rows, outputs);
    return outputs;
  } catch (Error& error) {
    error.who(cat("Model \"", name(), "\" predict"));
    throw;
  }
}

}  // namespace graft
