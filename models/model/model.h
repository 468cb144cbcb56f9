#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graft/core/source_location.h"
#include "graft/graph/graph.h"
#include "graft/models/model/tap.h"
#include "graft/models/training/data.h"
#include "graft/models/training/fit_config.h"
#include "graft/models/training/logs.h"
#include "graft/ops/program/precision.h"

namespace graft {

class ModelImpl;

/// Settings of a Model.
struct ModelConfig {
  std::string name = {};  ///< "functional" or "sequential" when left out
};

/// Settings of Model::predict.
struct PredictOptions {
  int64_t batch_size = 32;          ///< rows of one run; the last batch may be smaller
  int threads = 0;                  ///< 0: GRAFT_THREADS, or all cores
  Precision precision = "float32";  ///< or "bf16": see ExecutableOptions
  Taps taps = {};                   ///< tensors inside the model to be returned too: {"conv1", "encoder/code"}
};

/// Settings of Model::summary.
struct SummaryOptions {
  int64_t line_length = 100;    ///< characters; longer names are cut in the middle
  bool expand_nested = false;   ///< also a row for each layer of nested models
  bool show_trainable = false;  ///< a column: yes, no, or "-" for a layer without weights
};

/// A network between tensors: a view of recorded calls that can be trained, run, saved, and called as a layer (nested,
/// as in Keras). Copying a Model, like copying a Layer, shares everything. Its methods are defined in the rooms of
/// models/ that serve them. Source: keras.Model.
class Model : public Layer {
 public:
  /// An empty Model, to be assigned to.
  Model() = default;
  /// The calls that lead from the inputs to the outputs. Inputs that are not Input(...) tensors get new Inputs: the
  /// calls behind them are recorded again. Throws GraphError: disconnected, duplicate names, no outputs.
  Model(const SymbolicTensors& inputs, const SymbolicTensors& outputs, ModelConfig config = {},
        source_location location = source_location::current());
  explicit Model(std::shared_ptr<ModelImpl> impl);

  /// Records one call of this model, which is nested by that. Throws ShapeError listing the layers that cannot follow
  /// the shapes of these inputs.
  SymbolicTensors operator()(const SymbolicTensors& inputs,
                             source_location location = source_location::current()) const;
  SymbolicTensors operator()(const SymbolicTensors& inputs, const CallArguments& arguments,
                             source_location location = source_location::current()) const;

  const Graph& graph() const&;
  const Graph& graph() const&& = delete;
  /// The layers in Keras's order; layers()[0] is an input.
  LayerList layers() const;
  /// The layers without inputs, to be applied one after the other again. Throws GraphError naming the call that
  /// branches, and the `replay` line to write instead.
  LayerList chain() const;
  /// The only input or output. Throws GraphError when there are several.
  SymbolicTensor input() const;
  SymbolicTensor output() const;
  const SymbolicTensors& inputs() const&;
  SymbolicTensors inputs() && { return std::as_const(*this).inputs(); }
  const SymbolicTensors& outputs() const&;
  SymbolicTensors outputs() && { return std::as_const(*this).outputs(); }
  /// A layer by path: "conv1", "encoder/conv1" inside a nested model. "conv1@1" is the layer at its second call there,
  /// "conv1@1:0" with the first output of that call: the labels of the compile report are such paths. The layer
  /// returned has only the calls and the outputs that the path names, so output() and input() are theirs.
  /// Throws GraphError listing near names, or the calls.
  GraphLayer at(const std::string& path) const;
  /// Path and variable of each weight, in Keras's order: "encoder/conv2d/kernel".
  std::vector<std::pair<std::string, Variable>> named_weights() const;

  // -- training ------------------------------------------------------------------------------------------------------

  /// Fixes optimizer, losses and metrics, and, as Keras 3 documents, which variables are trainable now.
  /// Throws ConfigError: unknown names, a number of losses, weights or metrics that does not fit the outputs, an added
  /// loss or metric of a nested model, which would not count.
  void compile(CompileConfig config = {}) const;
  bool compiled() const;
  /// What compile() was given. Throws ConfigError before compile(), as fit and evaluate do.
  const CompileConfig& compile_config() const&;
  CompileConfig compile_config() && { return std::as_const(*this).compile_config(); }
  const Optimizer& optimizer() const&;
  Optimizer optimizer() && { return std::as_const(*this).optimizer(); }
  /// Adds the mean of a symbolic value (of this model's tensors) to the loss, before or after compile(). It belongs to
  /// this model: it is neither copied to models made from this one nor saved; both print one line of warning.
  /// Throws GraphError when the value cannot be computed from the model's inputs.
  void add_loss(const SymbolicTensor& loss) const;
  /// Reports the mean of a symbolic value under this name. Throws as add_loss.
  void add_metric(const SymbolicTensor& value, const std::string& name) const;
  /// Trains on all rows, epoch by epoch; x is a Tensor (rows, ...) for each input, y for each output with a loss or a
  /// metric. Returns the logs of each epoch.
  /// Throws DataError: no rows, a NaN or an infinity (named with its row), rows that differ in number, labels outside
  /// the classes; ShapeError naming the input and both shapes; ConfigError: not compiled, nothing trainable, settings
  /// out of range; BackendError when a batch needs more memory than there is.
  History fit(const TensorList& x, const TensorList& y, const FitConfig& config = {}) const;
  /// The loss and the metrics over all rows at inference; no variable moves. Throws as fit.
  Logs evaluate(const TensorList& x, const TensorList& y, const EvaluateConfig& config = {}) const;
  /// One step of training on all rows as one batch; returns the loss before it and the metrics. Throws as fit.
  Logs train_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight = {}) const;
  /// The same numbers at inference; no variable moves. Throws as fit.
  Logs test_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight = {}) const;
  /// Runs all rows in batches. Returns a Tensor (rows, ...) for each output, then one for each of the taps in their
  /// order. The model is compiled once for each batch size and set of taps, the latest few of which are kept. Several
  /// threads may call it at once. Throws as at() for taps; ShapeError naming the input and both shapes; DataError
  /// as fit, and for an integer beyond 2^24 in an input of the compiled part. Each output has the type of its symbolic
  /// tensor. Where an output or a tap has no row for each sample, all data are one batch.
  TensorList predict(const TensorList& x, const PredictOptions& options = {}) const;

  // -- saving (models/io) --------------------------------------------------------------------------------------------

  /// Writes the model with its weights, in the format of the path's ending: `.keras` or `.h5`, as Keras 3 does; without
  /// an ending a folder that TF.js reads, with model.json, the weights, and a probe to verify them by. It appears whole
  /// or not at all; a saved model that is there already is replaced. Throws ConfigError for a path that ends as another
  /// file (.safetensors, .json, .onnx), for a name that Keras refuses ("a/b"), for quantized weights with LoRA, and for
  /// a folder that holds anything else than a saved model; BackendError when the disk refuses, or in a build without
  /// HDF5 or libzip.
  void save(const std::filesystem::path& path) const;
  /// Writes the weights alone: by path ("encoder/conv2d/kernel") to a `.safetensors` file, or as Keras 3 does to a
  /// `.weights.h5`. Throws ConfigError for another ending, BackendError as save does.
  void save_weights(const std::filesystem::path& path) const;
  /// Reads weights that fit this model: from `.safetensors`, `.weights.h5` and `.h5` of Keras 1 to 3, `.keras` of
  /// Keras 3, or a folder with model.json. The file is recognised by its content. Either all weights are assigned or
  /// none. Throws FormatError naming the file and the weight: missing, of another shape, not of this model;
  /// BackendError for .h5 and .keras in a build without HDF5 or libzip.
  void load_weights(const std::filesystem::path& path) const;
  /// The architecture in the Keras-2 schema, without weights; model_from_json reads it. `indent` is the number of
  /// spaces of a level, -1 for one line.
  std::string to_json(int indent = -1) const;

  // -- looking (models/inspect) --------------------------------------------------------------------------------------

  /// A table with a row for each layer: name, class, output shape, parameters, where its inputs come from; then totals.
  std::string summary(const SummaryOptions& options = {}) const;

  ModelImpl& model_impl() const&;
  ModelImpl& model_impl() const&& = delete;
};

}  // namespace graft
