#include "graft/models/io/write_keras_weights.h"

#include <algorithm>
#include <unordered_map>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/io/base/config_writer.h"
#include "graft/models/io/weight_names.h"
#include "graft/models/model/nested.h"

namespace graft::io {

namespace {

/// The values of all weights of a model at one moment, also while it is trained.
class Values {
 public:
  explicit Values(const Model& model) {
    const auto named = model.named_weights();
    Variables variables;
    for (const auto& [path, variable] : named) variables.push_back(variable);
    Tensors values = values_of(variables);
    for (size_t i = 0; i < variables.size(); ++i) values_.emplace(&variables[i].state(), std::move(values[i]));
  }

  Tensor operator()(const Variable& variable) const {
    const auto found = values_.find(&variable.state());
    return found == values_.end() ? variable.value() : found->second;
  }

 private:
  std::unordered_map<const VariableState*, Tensor> values_;
};

constexpr size_t kLowRank = 2;  // the weights of LoRA

class Keras3WeightsWriter {
 public:
  Keras3WeightsWriter(Hdf5Writer& file, const Model& model) : file_(file), value_(model) {}

  void write_model(const Model& model, const std::string& path) {
    open_variables(path + "vars", model.name());
    ClassCounter counter;
    for (const GraphLayer& layer : model.layers())
      if (is_listed(layer.impl(), model)) write_any(layer, cat(path, "layers/", counter.next(layer.class_name())));
  }

 private:
  // Keras lists no operations, and no input of a Sequential.
  static bool is_listed(const LayerImpl& layer, const Model& model) {
    return !layer.is_operation() && !(layer.is_input() && model.class_name() == "Sequential");
  }

  void write_any(const Layer& layer, const std::string& group) {
    if (const std::optional<Model> model = as_model(layer)) return write_model(*model, group + '/');
    open_variables(group + "/vars", layer.name());
    const LayerImpl& impl = layer.impl();
    if (impl.saved_weights() + kLowRank == impl.weights.size()) return write_merged(layer, group);
    for (size_t i = 0; i < impl.saved_weights(); ++i) {
      const Variable& variable = impl.weights[i].variable;
      const bool has_place = takes_any_weights(impl) && variable.name().find('/') != std::string::npos;
      file_.write(has_place ? cat(group, '/', variable.name()) : cat(group, "/vars/", i), value_(variable));
    }
    for (const auto& [path, array] : impl.stored_arrays()) file_.write(cat(group, '/', path), array);
    for (const auto& [path, inner] : inner_paths(impl)) write_any(inner, cat(group, '/', path));
  }

  // Keras adds the product of the two small matrices of LoRA, which are the last weights, to what they change, the
  // first.
  void write_merged(const Layer& layer, const std::string& group) {
    const std::vector<Weight>& weights = layer.impl().weights;
    if (!layer.impl().dtype_policy.quantization().empty())
      throw ConfigError("quantized weights with LoRA are not written as Keras's files").who(layer.who());
    const Json config = write_layer_config(layer.impl(), layer.name(), KerasVersion::v3);
    const double rank = config.at("lora_rank").get<double>();
    const double scale = config.at("lora_alpha").is_null() ? 1 : config.at("lora_alpha").get<double>() / rank;
    const auto last = weights.size() - 1;
    Tensor kernel = value_(weights[0].variable).clone();
    add_product(kernel, value_(weights[last - 1].variable), value_(weights[last].variable), scale);
    for (size_t i = 0; i < layer.impl().saved_weights(); ++i)
      file_.write(cat(group, "/vars/", i), i == 0 ? kernel : value_(weights[i].variable));
  }

  // to (..., columns) += scale a (..., rank) b (rank, columns)
  static void add_product(Tensor& to, const Tensor& a, const Tensor& b, double scale) {
    const int64_t rank = b.shape()[0], columns = b.shape()[1], rows = a.elements() / rank;
    const std::span<const float> left = a.data<float>(), right = b.data<float>();
    const std::span<float> sums = to.data<float>();
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c) {
        double sum = 0;
        for (int64_t k = 0; k < rank; ++k)
          sum += static_cast<double>(left[static_cast<size_t>(r * rank + k)]) *
                 static_cast<double>(right[static_cast<size_t>(k * columns + c)]);
        sums[static_cast<size_t>(r * columns + c)] += static_cast<float>(scale * sum);
      }
  }

  void open_variables(const std::string& group, const std::string& name) {
    file_.group(group);
    file_.text(group, "name", name);
  }

  Hdf5Writer& file_;
  const Values value_;
};

}  // namespace

void write_keras3_weights(Hdf5Writer& file, const Model& model) {
  Keras3WeightsWriter(file, model).write_model(model, "");
}

// -- the legacy form --------------------------------------------------------------------------------------------------

// The weights of a layer of the model as Keras orders them, by their paths: those of a nested model begin with its
// name.
static std::vector<NamedVariable> in_legacy_order(const GraphLayer& layer) {
  std::vector<NamedVariable> named, ordered;
  collect(layer, layer.name(), named);
  for (const Variables& variables : {layer.trainable_variables(), layer.non_trainable_variables()})
    for (const Variable& variable : variables)
      if (const auto found = std::ranges::find(named, variable, &NamedVariable::variable); found != named.end())
        ordered.push_back(*found);
  return ordered;
}

void write_legacy_weights(Hdf5Writer& file, const Model& model) {
  const std::string root = "model_weights";
  const Values value(model);
  std::vector<std::string> names;
  for (const GraphLayer& layer : model.layers()) names.push_back(layer.name());
  file.group(root);
  file.texts(root, "layer_names", names);
  for (const GraphLayer& layer : model.layers()) {
    const std::string group = cat(root, '/', layer.name());
    const std::vector<NamedVariable> weights = in_legacy_order(layer);
    std::vector<std::string> paths;
    for (const NamedVariable& weight : weights) paths.push_back(weight.path);
    file.group(group);
    file.texts(group, "weight_names", paths);
    for (const NamedVariable& weight : weights) file.write(cat(group, '/', weight.path), value(weight.variable));
  }
  file.group(root + "/top_level_model_weights");
  file.texts(root + "/top_level_model_weights", "weight_names", {});
}

}  // namespace graft::io
