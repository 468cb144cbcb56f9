#include <algorithm>

#include "graft/core/element.h"
#include "graft/graph/walk.h"
#include "graft/models/loop/taps.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/model/paths.h"
#include "graft/models/step/executable_cache.h"
#include "graft/models/step/feed.h"
#include "graft/models/step/program_emitter.h"

namespace graft {

namespace {

// What a Program has computed, in the type and, for rank 0, the shape of the symbolic tensor.
Tensor result_of(const Binding& output, const SymbolicTensor& symbolic) {
  const std::span<const float> values = output.data<float>();
  Tensor result(symbolic.shape().rank() == 0 ? Shape() : output.shape(), symbolic.dtype());
  convert_elements(reinterpret_cast<const std::byte*>(values.data()), DType::f32, result.raw(), result.dtype(),
                   values.size());
  return result;
}

class Prediction {
 public:
  Prediction(const Model& model, const TensorList& x, const PredictOptions& options)
      : model_(model), options_(options), graph_(graph_for(model, options.taps)), batch_(options.batch_size) {
    data_ = fit_to_inputs(x, model.inputs(), "x");
    for (const SymbolicTensor& input : model.inputs())
      if (input.shape().rank() > 0 && input.shape()[0] != Shape::none) batch_ = input.shape()[0];
  }

  TensorList run() const {
    const int64_t rows = count_rows(data_, "x");
    if (rows <= batch_ || !has_rows()) return run_batch(data_);
    TensorList outputs;
    for (int64_t begin = 0; begin < rows; begin += batch_) {
      const int64_t end = std::min(begin + batch_, rows);
      if (!write_rows(run_batch(rows_of(data_, begin, end)), begin, end, rows, outputs)) return run_batch(data_);
    }
    return outputs;
  }

 private:
  // Whether every output promises a row for each sample; an output such as a mean over the batch does not.
  bool has_rows() const {
    return std::ranges::all_of(graph_.staged->graph().outputs(), [&](const SymbolicTensor& output) {
      return output.shape().rank() > 0 && (output.shape()[0] == Shape::none || output.shape()[0] == batch_);
    });
  }

  // Returns whether the results of a batch can be rows of the whole: results that mix samples cannot, and neither can
  // those whose size depends on the batch, as that of texts padded to the longest.
  static bool write_rows(const TensorList& part, int64_t begin, int64_t end, int64_t rows, TensorList& outputs) {
    for (size_t i = 0; i < part.size(); ++i) {
      const Shape& shape = part[i].shape();
      if (shape.rank() == 0 || shape[0] != end - begin) return false;
      if (outputs.size() == i) outputs.push_back(Tensor(shape.with_batch(rows), part[i].dtype()));
      Tensor& whole = outputs[i];
      if (whole.shape() != shape.with_batch(rows)) return false;
      std::byte* to = whole.raw() + static_cast<size_t>(whole.elements() / rows * begin) * size_of(whole.dtype());
      convert_elements(part[i].raw(), part[i].dtype(), to, whole.dtype(), static_cast<size_t>(part[i].elements()));
    }
    return true;
  }

  TensorList run_batch(const TensorList& x) const {
    const StagedGraph& staged = *graph_.staged;
    TensorMap<Tensor> known;
    for (size_t i = 0; i < x.size(); ++i) known.emplace(staged.graph().inputs()[i], x[i]);
    for (size_t stage = 0; stage < staged.stages().size(); ++stage) {
      const auto& [on_host, graph] = staged.stages()[stage];
      const Tensors given = values_at<Tensors>(known, graph->inputs());
      const Tensors made = on_host ? compute_on_host(*graph, given) : run_program(*graph, stage, given);
      for (size_t i = 0; i < made.size(); ++i) known.insert_or_assign(graph->outputs()[i], made[i]);
    }
    return values_at<Tensors>(known, staged.graph().outputs());
  }

  Tensors run_program(const Graph& graph, size_t stage, const Tensors& given) const {
    check_range(given, graph.inputs());
    const std::vector<Shape> shapes = shapes_of_tensors(given);
    const std::string key = cat(shapes_key(shapes), " threads ", options_.threads, ' ', options_.precision, " taps ",
                                graph_.number, " stage ", stage);
    const int64_t rows = shapes.empty() || shapes[0].rank() == 0 ? 1 : shapes[0][0];
    const auto context = model_.model_impl().inference->lease(key, rows, [&] {
      return Executable(inference_program(graph, shapes),
                        {.threads = options_.threads, .precision = options_.precision});
    });
    for (size_t i = 0; i < given.size(); ++i) copy_values(given[i], context->input(i).data<float>());
    context->run();
    Tensors results;
    for (size_t i = 0; i < context->outputs(); ++i)
      results.push_back(result_of(context->output(i), graph.outputs()[i]));
    return results;
  }

  static std::vector<Shape> shapes_of_tensors(const Tensors& tensors) {
    std::vector<Shape> shapes;
    for (const Tensor& tensor : tensors) shapes.push_back(tensor.shape());
    return shapes;
  }

  const Model& model_;
  const PredictOptions& options_;
  TapGraph graph_;
  TensorList data_;
  int64_t batch_;
};

}  // namespace

TensorList Model::predict(const TensorList& x, const PredictOptions& options) const {
  try {
    check_at_least("batch_size", options.batch_size, 1);
    check_at_least("threads", options.threads, 0);
    return Prediction(*this, x, options).run();
  } catch (Error& error) {
    error.who(cat("Model \"", name(), "\" predict"));
    throw;
  }
}

}  // namespace graft
