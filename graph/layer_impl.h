#pragma once

#include <functional>
#include <map>
#include <span>

#include "graft/core/error.h"
#include "graft/core/initializer.h"
#include "graft/graph/call_arguments.h"
#include "graft/graph/config.h"
#include "graft/graph/dtype_policy.h"
#include "graft/graph/fields.h"
#include "graft/graph/layer.h"
#include "graft/ops/program/builder.h"

namespace graft {

class Graph;

/// A variable of a layer, with the penalty that training adds for it and the rule that training keeps it to.
struct Weight {
  Variable variable;
  Regularizer regularizer = {};
  Constraint constraint = {};
};

/// A layer within another one.
struct InnerLayer {
  std::string attribute;
  Layer layer;
  bool in_list = false;  ///< the attribute is a list of layers, and this is one of them
};

/// A value of the Program and its mask; without one the mask is empty. Of complex numbers the value is the real part.
struct MaskedValue {
  ops::Value value = {}, mask = {}, imaginary = {};
};
using MaskedValues = std::vector<MaskedValue>;
inline constexpr const char* kImaginary = "imaginary";

/// The implementation of a layer; include this header to write one (docs/adding_a_layer.md). The .cpp of each layer has
/// its parts in this order: config, shapes, weights, emit, registration.
class LayerImpl {
 public:
  virtual ~LayerImpl() = default;

  virtual std::string class_name() const = 0;  ///< Keras's: "Conv2D"
  /// 1 config: lists every setting but the name with its Keras key; reading and writing JSON come from it.
  virtual void fields(FieldVisitor&) {}
  /// Throws ConfigError for settings that are wrong whatever the shapes are.
  virtual void check() const {}
  /// 2 shapes: those of the outputs, from those of the inputs, channels last; a pure function. Throws ShapeError with
  /// the rule only; the caller adds the layer and the place.
  virtual std::vector<Shape> infer(std::span<const Shape> inputs) const = 0;
  /// The same for a call with arguments; `inputs` has the shapes of the tensors among them too, behind those of the
  /// inputs. By default it is infer() of the inputs alone.
  virtual std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const;
  /// The same where the layer was built for a shape (build_shape): of the first input's unknown dimensions, one that
  /// infer_call needs to know is as in that shape.
  std::vector<Shape> infer_built(std::span<const Shape> inputs, const CallArguments& arguments) const;
  /// The shape with the unknown dimensions, but the batch's, as in build_shape: for weights.
  Shape completed(const Shape& input) const;
  /// How many inputs a call takes, without the tensors among its arguments; 0: the layer checks by itself.
  virtual size_t input_count() const { return 1; }
  /// The types of the outputs: by default that of the first input where it is a floating-point type or the layer keeps
  /// types, else float32.
  virtual std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t outputs) const;
  /// Whether outputs have the type of the first input even if it is an integer: layers that only move elements.
  virtual bool keeps_dtype() const { return false; }
  /// The same for a call with arguments, as infer_call.
  virtual std::vector<DType> infer_call_dtypes(std::span<const DType> inputs, size_t outputs,
                                               const CallArguments& arguments) const;
  /// The names of the arguments of Keras's call in their order, without `training`: {"inputs"}, {"x1", "x2"}. A name
  /// that ends in "..." stands for a list. Tensors of the arguments up to `input_count` are inputs; others are
  /// keywords.
  virtual std::vector<std::string> call_signature() const { return {"inputs"}; }
  /// 3 weights: once, at the first call.
  virtual void build(std::span<const Shape> inputs) { (void)inputs; }
  /// Throws ShapeError when a later call does not fit the weights: by default, a layer with weights requires the rank
  /// and the last dimension that `build` received.
  virtual void check_built(std::span<const Shape> inputs) const;
  /// 4 emit: the border to oneDNN. Values of rank 3 and more are channels first here (graph/axes.h).
  /// `inputs` has the tensors among the arguments too, behind the inputs (argument_of).
  virtual ops::Values emit(ops::Builder& builder, const ops::Values& inputs, const CallArguments& arguments) const = 0;

  // Masks travel with the values, as in Keras: a mask, not 0 where a step counts, comes from a layer such as Masking
  // and reaches every layer that asks for it. Values of masks are laid out as all others.

  /// The arguments that the masks of the inputs are put into where the call does not give them: {"mask"} takes that of
  /// the only input, or of each input by its place; {"query_mask", "value_mask"} one by one. None: masks are not
  /// wanted.
  virtual std::vector<std::string> mask_arguments() const { return {}; }
  /// The masks of the outputs, from the inputs and from their masks (empty Values where there are none); by default
  /// that of the first input where `passes_masks`, else none.
  virtual ops::Values emit_masks(ops::Builder& builder, const ops::Values& inputs, const ops::Values& masks,
                                 const CallArguments& arguments) const;
  /// Whether outputs keep the mask of the first input (Keras's supports_masking).
  virtual bool passes_masks() const { return false; }
  /// Whether the mask of this input is taken off the tensor by the call: calls after it find none there.
  virtual bool takes_mask(size_t input) const;
  /// emit and emit_masks in one, for layers that hold graphs, whose masks come from the layers inside.
  virtual MaskedValues emit_masked(ops::Builder& builder, const ops::Values& inputs, const ops::Values& masks,
                                   const CallArguments& arguments) const;

  /// Whether a call may have a complex input; its imaginary part is the argument kImaginary.
  virtual bool takes_complex() const { return false; }

  // Strings and integers beyond 2^24 never enter a Program: layers on them are computed on the host, before it or after
  // it (models/step/host_part.h).

  /// Whether a call on inputs of these types is computed on the host, by compute(). `known`: whether all inputs are
  /// there already, not in a Program.
  virtual bool runs_on_host(std::span<const DType> inputs, bool known) const;
  /// The outputs of a call on the host, of the shapes and types that infer() and infer_dtypes() promise. Throws
  /// DataError for values that the layer does not take.
  virtual Tensors compute(const Tensors& inputs, const CallArguments& arguments) const;

  /// Takes over what Keras keeps in files beside the weights, from the names of the files and their content:
  /// {"vocabulary.txt": "the\ncat"}; and the arrays among the weights that have names instead of numbers.
  virtual void load_assets(const std::map<std::string, std::string>& files,
                           const std::map<std::string, Tensor>& arrays);
  /// The names of those arrays: {"idf_weights"}.
  virtual std::vector<std::string> named_arrays() const { return {}; }
  /// Those arrays by their paths in the layer, {"vars/idf_weights": ...}, where there is something to keep.
  virtual std::map<std::string, Tensor> stored_arrays() const { return {}; }

  /// Whether Keras takes `trainable` and `dtype` among the settings of the class.
  virtual bool has_common_settings() const { return true; }

  /// Adds the penalties of one call to those that the Program collects: by default activity_regularizer's on each of
  /// the outputs, divided by the rows of the batch, as in Keras. A layer that emits a layer inside calls it too.
  virtual void emit_penalties(ops::Builder& builder, const ops::Values& outputs) const;

  /// The graph of a model; null for a layer without one.
  virtual std::shared_ptr<const Graph> inner_graph() const { return nullptr; }

  /// The layers inside this one, by the attributes in which Keras keeps them: {"layer", inner}, {"cell", cell}. Their
  /// weights are found under these names in files of Keras 3.
  virtual std::vector<InnerLayer> inner_layers() const { return {}; }
  /// How many of the weights, the first ones, Keras 3 saves; the others are 0 once a file is loaded (LoRA).
  virtual size_t saved_weights() const { return weights.size(); }
  /// Layers inside this one (models, wrappers); freezing and weights reach them. By default those of inner_layers.
  virtual std::vector<Layer> sublayers() const;
  bool has_weights() const;  ///< of its own, or of layers inside
  /// True for the layer in the place of data to come (Input).
  virtual bool is_input() const { return false; }
  /// Whether floating inputs are cast to the type that the layer computes in (Keras's autocast).
  virtual bool casts_inputs() const { return !is_operation() && !is_input(); }
  /// Whether files have activity_regularizer as a setting of its own.
  virtual bool writes_activity_regularizer() const { return true; }
  /// False for a layer of a class that is not known here, which stands for what a file says of it and cannot run
  /// (graph/layers/core/unknown_layer.h).
  virtual bool is_known() const { return true; }
  /// True for an operation of keras.ops, which Keras saves with the module of its class.
  virtual bool is_operation() const { return false; }

  std::string name;  ///< as given by the user; empty: the graph numbers it
  bool trainable = true;
  bool built = false;
  DTypePolicy dtype_policy;          ///< in which types it computes; Keras's `dtype`
  Regularizer activity_regularizer;  ///< the penalty on its outputs
  Shape build_shape;                 ///< the input's for which a file says that it was built; (): it does not say
  size_t file_outputs = 1;           ///< how many outputs a file uses: all that is known behind an unknown class
  std::vector<Weight> weights;       ///< trainable ones first, each in order of creation
  /// Whether `weights` are those of a file, though the layer is not built: its class is not known, or its input comes
  /// from such a layer. They are saved as they are, and the layer takes them over when it is built.
  bool keeps_file_weights = false;

 protected:
  /// Makes a weight, whose first values come from the initializer (from the global stream unless it has a seed).
  Variable add_weight(const std::string& name, const Shape& shape, const Initializer& initializer,
                      const Regularizer& regularizer = {}, bool trainable = true, const Constraint& constraint = {});

  /// Adds the penalty of activity_regularizer on a value that was made of so many rows.
  void add_activity_penalty(ops::Builder& builder, ops::Value value, int64_t rows) const;

  /// Makes the weights of a layer inside this one, if it has none yet; else checks that it fits.
  static void build_inner(const Layer& layer, const std::vector<Shape>& inputs);
  /// Takes its own weights from a layer again, as if it had not been built.
  static void forget_weights(const Layer& layer);

  const std::vector<Shape>& built_for() const { return built_for_; }  ///< the shapes of the first call

 private:
  friend class Layer;
  std::vector<Shape> built_for_;
};

/// A layer with a Config struct: `class DenseImpl : public ConfiguredLayer<DenseConfig>`. With CompositeLayer as Base
/// it is made of other layers (graph/layers/core/composite_layer.h).
template <class Config, class Base = LayerImpl>
class ConfiguredLayer : public Base {
 public:
  explicit ConfiguredLayer(Config given) : config(std::move(given)) {
    this->name = config.name;
    if constexpr (requires { config.activity_regularizer; }) this->activity_regularizer = config.activity_regularizer;
  }
  void fields(FieldVisitor& field) override { config.fields(field); }
  Config config;
};

/// Whether the layer can say what a call gives: not behind a layer of an unknown class, whose output has no known rank.
bool can_infer(const LayerImpl& layer, std::span<const Shape> inputs);
/// The shapes of the outputs of a call; unknown where the layer cannot say.
std::vector<Shape> infer_outputs(const LayerImpl& layer, std::span<const Shape> inputs, const CallArguments& arguments);

/// Runs check() and throws one ConfigError with all rules that are broken: those that the functions below state, and
/// one that it throws itself.
void check_settings(const LayerImpl& layer);
/// Several rules as the text of one error, and the rules in such a text.
std::string all_rules(const std::vector<std::string>& rules);
std::vector<std::string> single_rules(const std::string& text);
/// A setting breaks a rule: throws ConfigError, or notes it while check_settings runs.
void refuse_setting(const std::string& rule);

/// Makes the layer of a config, for the constructors of layer classes. Throws ConfigError naming the layer and the
/// line.
template <class Impl, class Config>
std::shared_ptr<LayerImpl> make_layer(Config config, const source_location& location) {
  auto impl = std::make_shared<Impl>(std::move(config));
  try {
    check_settings(*impl);
  } catch (ConfigError& error) {
    error.who(Layer(impl).who()).at(location, "Layer made");
    throw;
  }
  return impl;
}

/// Appends the penalty of a regularizer that is not empty, on a weight or on the output of a layer; returns it with
/// dims (1). Throws ShapeError for an OrthogonalRegularizer on what is no matrix, or has fewer than two vectors.
ops::Value emit_penalty(ops::Builder& builder, const Regularizer& regularizer, ops::Value x);

/// Whether a call trains: by its own argument, else by the mode of the Program.
inline bool is_training(const ops::Builder& builder, const CallArguments& arguments) {
  return arguments.training.value_or(builder.training());
}

/// Whether calls of the layer take an argument of this name; a layer of an unknown class takes any.
bool takes_argument(const LayerImpl& layer, const std::string& name);

/// Throws ShapeError `mask must be (None, 5); received (None, 9)` where a tensor among the arguments of a call has
/// another shape.
void check_argument(std::span<const Shape> inputs, const CallArguments& arguments, const std::string& name,
                    const Shape& expected, int index = -1);

/// The same for the mask of an input, which has its first `rank` dimensions.
void check_mask(std::span<const Shape> inputs, const CallArguments& arguments, const std::string& name,
                const Shape& input, int64_t rank = 2, int index = -1);

/// Throws ShapeError `input must have rank 4 (N, H, W, C); received (None, 784)`.
void check_rank(const Shape& shape, int64_t rank, const char* meaning);
/// Throws ShapeError `input must have rank 2 or more (N, ..., C); received (None)`.
void check_min_rank(const Shape& shape, int64_t rank, const char* meaning);
/// A number as 2, several as {2, 0}, for messages about settings.
std::string list_text(std::span<const int64_t> values);
/// Throws ConfigError `filters must be at least 1; received 0`.
void check_at_least(const char* setting, int64_t value, int64_t least);
void check_at_least(const char* setting, std::span<const int64_t> values, int64_t least);
template <size_t rank>
void check_at_least(const char* setting, const Size<rank>& value, int64_t least) {
  check_at_least(setting, std::span<const int64_t>(value.values), least);
}
template <size_t rank>
void check_at_least(const char* setting, const Sides<rank>& value, int64_t least) {
  for (const Ends& ends : value.values) check_at_least(setting, std::span<const int64_t>(ends), least);
}
/// Throws ConfigError for strides or dilation below 1, or both above: Keras does not compute this either.
void check_strides(std::span<const int64_t> strides, std::span<const int64_t> dilation);
/// Throws ConfigError `rate must be in [0, 1); received 1`.
void check_rate(const char* setting, double value);
/// Throws ConfigError `momentum must be in [0, 1]; received 2`.
void check_fraction(const char* setting, double value);
/// A dimension that weights are made for. Throws ShapeError naming its meaning ("channels") when it is unknown.
int64_t known_dim(const Shape& shape, int64_t axis, const char* meaning);

/// The class in snake_case, as Keras names layers: "conv2d_transpose".
const std::string& snake_case(const std::string& class_name);

// -- registration ------------------------------------------------------------------------------------------------

/// How a layer of a class is made from a file: from its settings, which are checked; the reader sets the name. The
/// result is null where the reader lacks what a layer cannot be made without. Each
/// file of graph/layers has a table of its classes, and graph/layers/registry.cpp lists the tables: there are no static
/// objects that register themselves, so a static library loses no class.
struct LayerClass {
  std::string name;  ///< Keras's class_name
  std::function<std::shared_ptr<LayerImpl>(FieldVisitor& reader)> create;
};

/// The entry of a layer whose implementation is a ConfiguredLayer: layer_class<DenseImpl>("Dense").
template <class Impl>
LayerClass layer_class(const char* name) {
  return {name, [](FieldVisitor& reader) -> std::shared_ptr<LayerImpl> {
            auto config = ConfigAccess::blank<decltype(Impl::config)>();
            config.fields(reader);
            if (!reader.complete()) return nullptr;
            auto impl = std::make_shared<Impl>(std::move(config));
            check_settings(*impl);
            return impl;
          }};
}

}  // namespace graft
