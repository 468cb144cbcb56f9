#include "graft/graph/layer.h"

#include <algorithm>
#include <unordered_set>

#include "graft/graph/layer_impl.h"
#include "graft/graph/node.h"

namespace graft {

// The types of the inputs as the layer sees them: floats are cast to the type that it computes in.
static std::vector<DType> dtypes_of(const SymbolicTensors& tensors, const LayerImpl& layer) {
  std::vector<DType> dtypes;
  for (const SymbolicTensor& tensor : tensors)
    dtypes.push_back(layer.casts_inputs() && is_floating(tensor.dtype()) ? layer.dtype_policy.compute_dtype()
                                                                         : tensor.dtype());
  return dtypes;
}

static void check_inputs(const LayerImpl& impl, const SymbolicTensors& inputs, const CallArguments& arguments) {
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i]) throw GraphError(cat("input ", i, " is an empty SymbolicTensor"));
  const size_t count = arguments.positional(inputs.size());
  if (impl.input_count() != 0 && count != impl.input_count())
    throw ShapeError(
        cat("expects ", impl.input_count(), impl.input_count() == 1 ? " input" : " inputs", "; received ", count));
}

// Keras's call takes the arguments of its signature only; `training` may be given to every layer.
static void check_arguments(const LayerImpl& impl, const CallArguments& arguments) {
  const auto check = [&](const std::string& name) {
    if (!takes_argument(impl, name)) throw GraphError(cat("a call has no argument ", name));
  };
  for (const TensorArgument& argument : arguments.tensors) check(argument.name);
  if (arguments.use_causal_mask) check("use_causal_mask");
  if (arguments.return_attention_scores) check("return_attention_scores");
  if (arguments.reverse) check("reverse");
}

// The rule that a layer throws ends with the shape that it received; the tensor with that shape is known only here.
static void add_origin(Error& error, const SymbolicTensors& inputs) {
  const std::string& rule = error.rule();
  for (const SymbolicTensor& input : inputs)
    if (rule.ends_with(input.shape().str())) {
      error.append(cat(" from ", input.origin()));
      return;
    }
  if (rule.find("received") != std::string::npos) return;
  for (size_t i = 0; i < inputs.size(); ++i)
    error.append(cat(i == 0 ? "; received " : ", ", inputs[i].shape(), " from ", inputs[i].origin()));
}

SymbolicTensor Layer::operator()(const SymbolicTensors& inputs, source_location location) const {
  return (*this)(inputs, {}, location);
}

SymbolicTensor Layer::operator()(const SymbolicTensors& inputs, const CallArguments& arguments,
                                 source_location location) const {
  const SymbolicTensors made = call(inputs, arguments, {}, location);
  if (made.size() == 1) return made[0];
  throw GraphError(cat("gives ", made.size(), " outputs, not the one tensor that is asked for"))
      .who(who())
      .hint("call(inputs, {}, {}, location) gives all of them.")
      .at(location);
}

SymbolicTensors Layer::call(const SymbolicTensors& given, const CallArguments& written, const std::string& scope,
                            source_location location) const {
  if (!impl_) throw GraphError("an empty Layer was called").at(location);
  SymbolicTensors inputs = given;
  CallArguments arguments = written;
  record_tensors(inputs, arguments);
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
  try {
    check_inputs(*impl_, inputs, arguments);
    check_arguments(*impl_, arguments);
    const std::vector<Shape> from = shapes_of(inputs);
    CallArguments known = arguments;
    for (const SymbolicTensor& input : inputs) known.specs.push_back({input.shape(), input.dtype()});
    try {
      shapes = infer_outputs(*impl_, from, known);
      if (can_infer(*impl_, from)) {  // weights need the shapes of the inputs too
        build_once({from.begin(), from.end() - static_cast<std::ptrdiff_t>(arguments.tensors.size())});
        dtypes = impl_->infer_call_dtypes(dtypes_of(inputs, *impl_), shapes.size(), known);
      } else {
        dtypes.assign(shapes.size(), DType::f32);  // not known either
      }
    } catch (ShapeError& error) {
      add_origin(error, inputs);
      throw;
    }
  } catch (Error& error) {
    error.who(who()).at(location);
    throw;
  }
  const size_t outputs = shapes.size();
  const auto node = std::make_shared<const Node>(*this, std::move(inputs), std::move(shapes), std::move(dtypes),
                                                 std::move(arguments), scope, location);
  SymbolicTensors made;
  for (size_t i = 0; i < outputs; ++i) made.emplace_back(node, static_cast<int>(i));
  return made;
}

void Layer::build_once(const std::vector<Shape>& given) const {
  std::vector<Shape> shapes = given;
  if (!shapes.empty()) shapes[0] = impl_->completed(shapes[0]);
  if (impl_->built) return impl_->check_built(shapes);
  const std::vector<Weight> kept = std::exchange(impl_->weights, {});  // of a file
  try {
    impl_->build(shapes);
    if (impl_->keeps_file_weights && impl_->is_known()) take_over(kept);
  } catch (...) {
    impl_->weights = kept;
    throw;
  }
  if (!impl_->is_known()) impl_->weights = kept;
  impl_->built_for_ = shapes;
  impl_->built = true;
}

void Layer::take_over(const std::vector<Weight>& kept) const {
  std::vector<Tensor> values;
  for (const Weight& weight : kept) values.push_back(weight.variable.value());
  set_weights(values);
  impl_->keeps_file_weights = false;
}

void LayerImpl::forget_weights(const Layer& layer) {
  layer.impl().built = false;
  layer.impl().weights.clear();
}

void LayerImpl::build_inner(const Layer& layer, const std::vector<Shape>& inputs) { layer.build_once(inputs); }

std::string Layer::class_name() const { return impl_->class_name(); }

const std::string& Layer::name() const& { return impl_->name.empty() ? snake_case(class_name()) : impl_->name; }

std::string Layer::who() const {
  const std::string shown = impl_->is_input() ? "Input" : class_name();
  return impl_->name.empty() ? shown : cat(shown, " \"", impl_->name, '"');
}

// Visits a layer and the layers within it, each once; the layers within are left out where `visit` returns false.
template <class Visit>
static void visit_layers(const std::shared_ptr<LayerImpl>& impl, std::unordered_set<const LayerImpl*>& seen,
                         const Visit& visit) {
  if (!seen.insert(impl.get()).second || !visit(*impl)) return;
  for (const Layer& inner : impl->sublayers()) visit_layers(inner.shared_impl(), seen, visit);
}

// The variables of a layer and of the layers within it, each once. Layers that `enter` refuses are left out.
template <class Enter, class Want>
static Variables collect(const std::shared_ptr<LayerImpl>& impl, const Enter& enter, const Want& want) {
  Variables found;
  std::unordered_set<const LayerImpl*> layers;
  std::unordered_set<const VariableState*> variables;
  visit_layers(impl, layers, [&](const LayerImpl& layer) {
    if (!enter(layer)) return false;
    for (const Weight& weight : layer.weights)
      if (want(weight.variable) && variables.insert(&weight.variable.state()).second) found.push_back(weight.variable);
    return true;
  });
  return found;
}

Variables Layer::weights() const {
  return collect(impl_, [](const LayerImpl&) { return true; }, [](const Variable&) { return true; });
}

Variables Layer::trainable_variables() const {
  return collect(
      impl_, [](const LayerImpl& layer) { return layer.trainable; },
      [](const Variable& variable) { return variable.trainable(); });
}

Variables Layer::non_trainable_variables() const {
  std::unordered_set<const VariableState*> moving;
  for (const Variable& variable : trainable_variables()) moving.insert(&variable.state());
  return collect(
      impl_, [](const LayerImpl&) { return true; },
      [&](const Variable& variable) { return !moving.contains(&variable.state()); });
}

Tensors Layer::get_weights() const { return values_of(weights()); }

void Layer::set_weights(const std::vector<Tensor>& values) const {
  const Variables variables = weights();
  try {
    if (values.size() != variables.size())
      throw ShapeError(cat("has ", variables.size(), " weights; received ", values.size()));
    for (size_t i = 0; i < values.size(); ++i)
      if (values[i].shape() != variables[i].shape())
        throw ShapeError(cat("weight ", i, " (", variables[i].name(), ") has shape ", variables[i].shape(),
                             "; received ", values[i].shape()));
  } catch (Error& error) {
    error.who(who());
    throw;
  }
  assign(variables, values);
}

int64_t Layer::count_params() const {
  int64_t count = 0;
  for (const Variable& variable : weights()) count += variable.shape().elements();
  return count;
}

bool Layer::trainable() const { return impl_->trainable; }

void Layer::set_trainable(bool trainable) const {
  std::unordered_set<const LayerImpl*> seen;
  visit_layers(impl_, seen, [&](LayerImpl& layer) {
    layer.trainable = trainable;
    return true;
  });
}

}  // namespace graft
