#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graft/core/source_location.h"
#include "graft/graph/symbolic_tensor.h"
#include "graft/ops/program/variable.h"

namespace graft {

class LayerImpl;
struct CallArguments;
struct Weight;

/// A layer: a cheap handle. Copying it shares the weights, and calling it again records another call with the same
/// weights. A layer does not know the graphs that it is part of.
class Layer {
 public:
  Layer() = default;
  explicit Layer(std::shared_ptr<LayerImpl> impl) : impl_(std::move(impl)) {}

  /// Records a call; nothing is computed. At the first call the layer makes its weights.
  /// Throws ShapeError or GraphError naming the layer and the caller's line.
  SymbolicTensor operator()(const SymbolicTensors& inputs, source_location location = source_location::current()) const;
  SymbolicTensor operator()(const SymbolicTensors& inputs, const CallArguments& arguments,
                            source_location location = source_location::current()) const;
  /// Records a call of a layer with any number of outputs; scope is put before the layer's name.
  SymbolicTensors call(const SymbolicTensors& inputs, const CallArguments& arguments, const std::string& scope,
                       source_location location) const;

  std::string class_name() const;    ///< Keras's: "Conv2D"
  const std::string& name() const&;  ///< as given, or the class in snake_case
  std::string name() && { return std::as_const(*this).name(); }
  std::string who() const;  ///< `Conv2D "enc1"`

  /// Every variable, in Keras's order, in which those of one layer that are trainable come first: kernel, bias; gamma,
  /// beta, moving statistics.
  Variables weights() const;
  Variables trainable_variables() const;      ///< none while the layer is frozen
  Variables non_trainable_variables() const;  ///< the other variables of weights()
  Tensors get_weights() const;                ///< copies, in Keras's order and layout
  /// Takes values in that order and layout. Throws ShapeError for another number of them, or naming the first weight
  /// that does not fit, before any is changed.
  void set_weights(const std::vector<Tensor>& values) const;
  int64_t count_params() const;  ///< elements of all weights, each variable once

  bool trainable() const;  ///< false once the layer is frozen
  /// As in Keras 3: the layers inside are frozen too, and a frozen BatchNormalization runs on its moving statistics and
  /// keeps them. Takes effect for programs compiled afterwards.
  void set_trainable(bool trainable) const;

  explicit operator bool() const { return impl_ != nullptr; }
  bool operator==(const Layer&) const = default;  ///< the same layer, not equal settings
  /// What the handle points to (graph/layer_impl.h); the layer must not be empty.
  LayerImpl& impl() const& { return *impl_; }
  LayerImpl& impl() const&& = delete;
  const std::shared_ptr<LayerImpl>& shared_impl() const& { return impl_; }
  std::shared_ptr<LayerImpl> shared_impl() && { return std::move(impl_); }

 protected:
  friend class LayerImpl;
  /// Makes the weights for inputs of these shapes, or checks that they fit.
  void build_once(const std::vector<Shape>& shapes) const;
  /// Gives the weights that it has made the values that a file has for them. Throws ShapeError where they do not fit.
  void take_over(const std::vector<Weight>& kept) const;
  std::shared_ptr<LayerImpl> impl_;
};

}  // namespace graft
