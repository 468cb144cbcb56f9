#pragma once

#include <filesystem>
#include <map>
#include <source_location>
#include <string>

#include "graft/models/model/tap.h"
#include "graft/models/training/training.h"
#include "graft/ops/run/executable.h"

namespace graft {

class ModelImpl;

struct ModelConfig {
  std::string name = {};
};

struct ReplayOptions {
  std::string scope = {};  ///< put before the names of the replayed layers
  Taps from = {};          ///< what the tensors given stand for; the model's inputs, when left out
  Taps to = {};            ///< what is returned; the model's outputs, when left out
};
struct SpliceOptions {
  std::string name = {};                                      ///< of the joined model
  std::vector<std::pair<std::string, std::string>> map = {};  ///< {a's output, b's input}; by order, when left out
};
struct PredictOptions {
  int64_t batch_size = 32;
  int threads = 0;                  ///< 0: GRAFT_THREADS, or all cores
  Precision precision = "float32";  ///< or "bf16": see ExecutableOptions
  Taps taps = {};                   ///< tensors inside the model to be returned too: {"conv1", "encoder/code"}
};
struct CompileOptions {
  int64_t batch = 1;
  int threads = 0;        ///< 0: GRAFT_THREADS, or all cores
  bool training = false;  ///< the training step instead of inference; the model must be compiled with a loss
  /// "float32" or "bf16" (see ExecutableOptions); for training: what the model was compiled with, when left out.
  OptionalPrecision precision = {};
  int64_t memory_limit = 0;  ///< bytes, 0 for any: see ExecutableOptions; for training likewise
  bool tune = false;         ///< times several formulations once and takes the fastest: see ExecutableOptions
};
struct SummaryOptions {
  int64_t line_length = 100;
  bool expand_nested = false;
  bool show_trainable = false;
};

/// A network between tensors: a view of recorded calls that can be trained, run, saved, and called as a layer (nested,
/// as in Keras). Copying a Model, like copying a Layer, shares everything.
class Model : public Layer {
 public:
  Model() = default;
  /// Inputs that are not Input(...) tensors get Inputs of their own: the calls behind them are recorded again.
  /// Throws GraphError: disconnected, duplicate names, no outputs.
  Model(const SymbolicTensors& inputs, const SymbolicTensors& outputs, ModelConfig config = {},
        std::source_location location = std::source_location::current());
  explicit Model(std::shared_ptr<ModelImpl> impl);

  /// Nested: records one call of this model.
  SymbolicTensors operator()(const SymbolicTensors& inputs,
                             std::source_location location = std::source_location::current()) const;
  SymbolicTensors operator()(const SymbolicTensors& inputs, const CallArguments& arguments,
                             std::source_location location = std::source_location::current()) const;

  const Graph& graph() const;
  LayerList layers() const;  ///< Keras's order; layers()[0] is an input
  /// The layers without inputs, to be re-applied one after the other. Throws GraphError naming the call that branches,
  /// and the `replay` line to write instead.
  LayerList chain() const;
  SymbolicTensor input() const;  ///< throws GraphError when there are several
  SymbolicTensor output() const;
  const SymbolicTensors& inputs() const;
  const SymbolicTensors& outputs() const;
  /// A layer by path: "conv1", "encoder/conv1" inside a nested model. "conv1@1" is the layer at its second call there,
  /// "conv1@1:0" with the first output of that call: the labels of the compile report are such paths. What is returned
  /// has only the calls and the outputs that the path names, so output() and input() are theirs.
  /// Throws GraphError listing near names, or the calls.
  GraphLayer at(const std::string& path) const;
  /// Path and variable of each weight, in Keras's order: "encoder/conv2d/kernel".
  std::vector<std::pair<std::string, Variable>> named_weights() const;

  // -- training ------------------------------------------------------------------------------------------------------
  /// Fixes optimizer, losses, metrics and, as Keras 2 did and Keras 3 documents, which variables are trainable now.
  /// Throws ConfigError: unknown names, a number of losses, weights or metrics that does not fit the outputs, an added
  /// loss or metric of a model within, which would not count.
  void compile(CompileConfig config = {}) const;
  bool compiled() const;
  const CompileConfig& compile_config() const;  ///< throws ConfigError before compile(), as fit and evaluate do
  const Optimizer& optimizer() const;
  /// Adds the mean of a symbolic value (of this model's tensors) to the loss, before or after compile(). It belongs to
  /// this model: what is made of it or saved does without, which is told in one line on stderr.
  /// Throws GraphError when it cannot be computed from the model's inputs.
  void add_loss(const SymbolicTensor& loss) const;
  /// Reports the mean of a symbolic value under this name.
  void add_metric(const SymbolicTensor& value, const std::string& name) const;
  /// Trains on all rows, epoch by epoch; y is one Tensor for each output with a loss.
  /// Throws DataError: no rows, a NaN or an infinity (named with its row), rows that differ in number, labels outside
  /// the classes; ShapeError naming the input and both shapes; BackendError when a batch needs more memory than there
  /// is.
  History fit(const TensorList& x, const TensorList& y, const FitConfig& config = {}) const;
  Logs evaluate(const TensorList& x, const TensorList& y, const EvaluateConfig& config = {}) const;
  Logs train_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight = {}) const;
  Logs test_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight = {}) const;
  /// All rows, in batches: a Tensor for each output, then one for each of the taps in their order. Compiled once for
  /// each batch size and set of taps, the latest few of which are kept. May be called by several threads at once.
  /// Throws as at() does for taps; ShapeError for an output or a tap without a row for each sample.
  TensorList predict(const TensorList& x, const PredictOptions& options = {}) const;

  // -- saving (models/io) and looking
  // ----------------------------------------------------------------------------------
  void save(const std::filesystem::path& path) const;          ///< folder (model.json + weights), .keras, .h5
  void save_weights(const std::filesystem::path& path) const;  ///< .safetensors, .weights.h5, .bin of a folder
  void load_weights(const std::filesystem::path& path) const;
  std::string to_json(int indent = -1) const;
  std::string summary(const SummaryOptions& options = {}) const;

  ModelImpl& model_impl() const;
};

/// What a Sequential is made of: a layer, or Input(...) as the first.
class SequentialItem {
 public:
  SequentialItem(const Layer& layer) : layer_(layer) {}
  SequentialItem(const SymbolicTensor& input) : input_(input) {}
  const Layer& layer() const { return layer_; }
  const SymbolicTensor& input() const { return input_; }

 private:
  Layer layer_;
  SymbolicTensor input_;
};

/// A stack of layers: Sequential({Input({...}), Conv2D({...}), Flatten(), Dense({...})}). A Model in every other way;
/// saved with class_name "Sequential". Throws GraphError unless it begins with an Input or a model.
class Sequential : public Model {
 public:
  explicit Sequential(std::initializer_list<SequentialItem> items, ModelConfig config = {},
                      std::source_location location = std::source_location::current());
  explicit Sequential(const std::vector<Layer>& layers, ModelConfig config = {},
                      std::source_location location = std::source_location::current());
};

/// Records the model's calls again on new tensors, whatever its shape; weights shared. With `from` and `to`, only those
/// that lead from the ones to the others: replay(resnet, x, {.from = "conv3_block4_out", .to = "avg_pool"}).
/// Throws ShapeError naming both sides of the seam; GraphError for unknown paths, or naming a way from an input of the
/// model to `to` that passes none of `from`.
SymbolicTensors replay(const Model& model, const SymbolicTensors& inputs, const ReplayOptions& options = {},
                       std::source_location location = std::source_location::current());

/// a's outputs into b's inputs, one model; the weights are shared, names of b that clash are scoped by b's name.
///
/// By order, every output of a goes into the input of b at its place, and their numbers must be equal. By name,
/// `splice(backbone, head, {.map = {{"p3", "fine"}, {"p4", "coarse"}}})`: the name of an output is that of the layer
/// that gives it (`"lstm:1"` where that has several), that of an input is its Input's. Every input of b is to be named
/// once; an output may go into several. The joined model gives b's outputs, then those of a that go nowhere, in order.
///
/// Throws GraphError for names that are unknown, missing or named twice, listing what there is; ShapeError for numbers
/// that differ, or naming the output and the input that do not fit, with both shapes.
Model splice(const Model& a, const Model& b, SpliceOptions options = {},
             std::source_location location = std::source_location::current());

/// Compiles for one batch size. Throws BackendError, ConfigError for a batch or threads below their least.
Executable compile(const Model& model, const CompileOptions& options = {});

// models/io
Model load_model(const std::filesystem::path& path);
Model model_from_json(const std::string& json);

struct PlotOptions {
  bool show_shapes = false;
  bool expand_nested = false;
  int64_t dpi = 96;
};
/// By the ending of the path: .svg, .png, .dot. Throws ConfigError for others.
void plot_model(const Model& model, const std::filesystem::path& path, const PlotOptions& options = {});

}  // namespace graft
