#pragma once

#include <span>

#include "graft/core/error.h"
#include "graft/core/initializer.h"
#include "graft/graph/call_arguments.h"
#include "graft/graph/config.h"
#include "graft/graph/fields.h"
#include "graft/graph/layer.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// A variable of a layer, with the penalty that training adds for it.
struct Weight {
  Variable variable;
  Regularizer regularizer = {};
};

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
  /// How many inputs a call takes; 0: the layer checks by itself.
  virtual size_t input_count() const { return 1; }
  /// The types of the outputs: by default that of the first input, or float32 without inputs.
  virtual std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t outputs) const;
  /// 3 weights: once, at the first call.
  virtual void build(std::span<const Shape> inputs) { (void)inputs; }
  /// Throws ShapeError when a later call does not fit the weights: by default, a layer with weights requires the rank
  /// and the last dimension that `build` received.
  virtual void check_built(std::span<const Shape> inputs) const;
  /// 4 emit: the border to oneDNN. Values of rank 3 and more are channels first here (graph/axes.h).
  virtual ops::Values emit(ops::Builder& builder, const ops::Values& inputs, const CallArguments& arguments) const = 0;

  /// Layers inside this one (models, wrappers); freezing and weights reach them.
  virtual std::vector<Layer> sublayers() const { return {}; }
  /// True for the layer in the place of data to come (Input).
  virtual bool is_input() const { return false; }

  std::string name;  ///< as given by the user; empty: the graph numbers it
  bool trainable = true;
  bool built = false;
  std::vector<Weight> weights;  ///< trainable ones first, each in order of creation

 protected:
  /// Makes a weight, whose first values come from the initializer (from the global stream unless it has a seed).
  Variable add_weight(const std::string& name, const Shape& shape, const Initializer& initializer,
                      const Regularizer& regularizer = {}, bool trainable = true);

  const std::vector<Shape>& built_for() const { return built_for_; }  ///< the shapes of the first call

 private:
  friend class Layer;
  std::vector<Shape> built_for_;
};

/// A layer with a Config struct: `class Conv2DImpl : public ConfiguredLayer<Conv2DConfig>`.
template <class Config>
class ConfiguredLayer : public LayerImpl {
 public:
  explicit ConfiguredLayer(Config given) : config(std::move(given)) { name = config.name; }
  void fields(FieldVisitor& field) override { config.fields(field); }
  Config config;
};

/// Makes the layer of a config, for the constructors of layer classes. Throws ConfigError naming the layer and the
/// line.
template <class Impl, class Config>
std::shared_ptr<LayerImpl> make_layer(Config config, const source_location& location) {
  auto impl = std::make_shared<Impl>(std::move(config));
  try {
    impl->check();
  } catch (ConfigError& error) {
    error.who(Layer(impl).who()).at(location, "Layer made");
    throw;
  }
  return impl;
}

/// Whether a call trains: by its own argument, else by the mode of the Program.
inline bool is_training(const ops::Builder& builder, const CallArguments& arguments) {
  return arguments.training.value_or(builder.training());
}

/// Throws ShapeError `input must have rank 4 (N, H, W, C); received (None, 784)`.
void check_rank(const Shape& shape, int64_t rank, const char* meaning);
/// Throws ShapeError `input must have rank 2 or more (N, ..., C); received (None)`.
void check_min_rank(const Shape& shape, int64_t rank, const char* meaning);
/// Throws ConfigError `filters must be at least 1; received 0`.
void check_at_least(const char* setting, int64_t value, int64_t least);
void check_at_least(const char* setting, const Size2D& value, int64_t least);
void check_at_least(const char* setting, const Sides2D& value, int64_t least);
/// Throws ConfigError for strides or dilation below 1, or both above: Keras does not compute this either.
void check_strides(const Size2D& strides, const Size2D& dilation);
/// Throws ConfigError `rate must be in [0, 1); received 1`.
void check_rate(const char* setting, double value);
/// A dimension that weights are made for. Throws ShapeError naming its meaning ("channels") when it is unknown.
int64_t known_dim(const Shape& shape, int64_t axis, const char* meaning);

/// The class in snake_case, as Keras names layers: "conv2d_transpose".
const std::string& snake_case(const std::string& class_name);

// -- registration ------------------------------------------------------------------------------------------------

/// How a layer of a class is made from a file: from its settings, which are checked; the reader sets the name. Each
/// file of graph/layers has a table of its classes, and graph/layers/registry.cpp lists the tables: there are no static
/// objects that register themselves, so a static library loses no class.
struct LayerClass {
  std::string name;  ///< Keras's class_name
  std::shared_ptr<LayerImpl> (*create)(FieldVisitor& reader);
};

/// The entry of a layer whose implementation is a ConfiguredLayer: layer_class<DenseImpl>("Dense").
template <class Impl>
LayerClass layer_class(const char* name) {
  return {name, [](FieldVisitor& reader) -> std::shared_ptr<LayerImpl> {
            auto config = ConfigAccess::blank<decltype(Impl::config)>();
            config.fields(reader);
            auto impl = std::make_shared<Impl>(std::move(config));
            impl->check();
            return impl;
          }};
}

}  // namespace graft
