#include "graft/models/io/keras_weights.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/io/weight_names.h"
#include "graft/models/io/weights.h"
#include "graft/models/model/nested.h"
#include "graft/models/model/paths.h"

namespace graft::io {

// -- Keras 3: by class and position ----------------------------------------------------------------------------------

namespace {

class Keras3Weights {
 public:
  Keras3Weights(const Hdf5File& file, const ReadAsset& asset) : file_(file), asset_(asset), assignment_(file.name()) {}

  void run(const Model& model) {
    loose_layers(model);
    read_model(model, "");
    assignment_.apply(model);
  }

 private:
  void read_model(const Model& model, const std::string& path) {
    const LayerList layers = model.layers();
    const std::vector<std::string> groups = groups_of(layers, path + "layers");
    for (size_t i = 0; i < layers.size(); ++i) {
      const GraphLayer& layer = layers[static_cast<int64_t>(i)];
      if (!read_.insert(&layer.impl()).second) continue;  // the file stores a shared layer at its first place only
      if (const std::optional<Model> inner = as_model(layer))
        read_model(*inner, groups[i] + '/');
      else if (takes_any_weights(layer.impl()))
        keep_group(layer, groups[i], "");
      else
        read_layer(layer, groups[i]);
      if (asset_ && !layer.impl().named_arrays().empty()) read_assets(layer, groups[i]);
    }
  }

  void read_assets(const GraphLayer& layer, const std::string& group) {
    std::map<std::string, std::string> files;
    if (std::optional<std::string> text = asset_(cat("assets/", group, "/vocabulary.txt")))
      files.emplace("vocabulary.txt", std::move(*text));
    std::map<std::string, Tensor> arrays;
    for (const std::string& name : layer.impl().named_arrays())
      if (const std::string dataset = cat(group, "/vars/", name); file_.has(dataset))
        arrays.emplace(name, file_.read(dataset));
    try {
      layer.impl().load_assets(files, arrays);
    } catch (const Error& error) {
      throw FormatError(file_.name(), cat("the assets of ", layer.who(), ": ", error.rule()));
    }
  }

  std::vector<std::string> groups_of(const LayerList& layers, const std::string& container) const {
    std::vector<std::string> groups, by_name = groups_by_name(layers, container);
    ClassCounter counter;
    for (const GraphLayer& layer : layers)  // Keras does not list operations
      groups.push_back(layer.impl().is_operation() ? "" : cat(container, '/', counter.next(layer.class_name())));
    if (by_name.size() != layers.size()) return groups;
    for (size_t i = 0; i < groups.size(); ++i)
      if (!by_name[i].empty()) groups[i] = by_name[i];
    return groups;
  }

  // Recent versions of Keras store each layer's name. The names decide only when the model has all of them.
  std::vector<std::string> groups_by_name(const LayerList& layers, const std::string& container) const {
    std::unordered_map<std::string, std::string> named;
    if (!file_.has(container)) return {};
    for (const std::string& group : file_.children(container)) {
      const std::string path = cat(container, '/', group);
      if (!file_.has(path + "/vars")) continue;
      if (const auto name = file_.text(path + "/vars", "name")) named.emplace(*name, path);
    }
    std::vector<std::string> groups;
    for (const GraphLayer& layer : layers) {
      const auto found = named.find(layer.name());
      if (found != named.end())
        groups.push_back(found->second);
      else if (layer.weights().empty())
        groups.emplace_back();
    }
    return groups;
  }

  // Its own weights, then those of the layers inside it: layer/vars/0, cells/lstm_cell_1/vars/0.
  void read_layer(const Layer& layer, const std::string& group) {
    const std::vector<Weight>& weights = layer.impl().weights;
    const size_t saved = layer.impl().saved_weights();
    for (size_t i = 0; i < saved; ++i) read_weight(layer, weights[i].variable, cat(group, "/vars/", i));
    for (size_t i = saved; i < weights.size(); ++i)
      assignment_.add(cat(group, "/", weights[i].variable.name()), weights[i].variable,
                      Tensor(weights[i].variable.shape()));
    for (const auto& [path, inner] : inner_paths(layer.impl())) {
      if (!read_.insert(&inner.impl()).second) continue;
      const std::string inside = cat(group, '/', path);
      if (const std::optional<Model> model = as_model(inner))
        read_model(*model, inside + '/');
      else
        read_layer(inner, inside);
    }
  }

  // What the file has for a layer that is not built: datasets are in "vars", of the layer and of those inside.
  void keep_group(const Layer& layer, const std::string& group, const std::string& path) {
    if (!file_.has(group)) return;
    for (const std::string& child : in_order_of_numbers(file_.children(group))) {
      if (child == "seed_generator") continue;
      const std::string inside = cat(group, '/', child), name = cat(path, child);
      if (child != "vars")
        keep_group(layer, inside, name + '/');
      else
        for (const std::string& dataset : in_order_of_numbers(file_.children(inside)))
          assignment_.keep(layer, cat(name, '/', dataset), file_.read(cat(inside, '/', dataset)));
    }
  }

  void read_weight(const Layer& layer, const Variable& variable, const std::string& dataset) {
    if (!file_.has(dataset))
      throw FormatError(file_.name(), cat("the weight ", variable.name(), " of ", layer.who(),
                                          " is missing: there is no /", dataset));
    const Shape shape = file_.shape(dataset);
    if (shape != variable.shape())
      throw FormatError(file_.name(), cat('/', dataset, " has shape ", shape, ", the weight ", variable.name(), " of ",
                                          layer.who(), " has ", variable.shape()));
    assignment_.add(dataset, variable, file_.read(dataset));
  }

  const Hdf5File& file_;
  const ReadAsset& asset_;
  WeightAssignment assignment_;
  std::unordered_set<const LayerImpl*> read_;
};

}  // namespace

void load_keras3_weights(const Hdf5File& file, const Model& model, const ReadAsset& asset) {
  Keras3Weights(file, asset).run(model);
}

// -- the legacy form: by name -------------------------------------------------------------------------------------

static std::string legacy_root(const Hdf5File& file) { return file.has("model_weights") ? "model_weights" : ""; }

bool has_legacy_weights(const Hdf5File& file) { return !file.texts(legacy_root(file), "layer_names").empty(); }

// Takes the weights out of `names` that are those of a layer that takes any, by its name in them.
static void keep_loose(const Hdf5File& file, const std::string& group, const std::pair<std::string, Layer>& loose,
                       std::vector<std::string>& names, WeightAssignment& assignment) {
  const std::string layer = loose.first.substr(loose.first.rfind('/') + 1);
  const bool whole = loose.first == layer;  // the group is its own
  std::erase_if(names, [&](const std::string& name) {
    if (!whole && !name.starts_with(layer + '/') && name.find(cat('/', layer, '/')) == std::string::npos) return false;
    assignment.keep(loose.second, name_in_layer(name, layer), file.read(cat(group, '/', name)));
    return true;
  });
}

void load_legacy_weights(const Hdf5File& file, const Model& model) {
  const std::string root = legacy_root(file);
  const std::string base = root.empty() ? "" : root + '/';
  WeightAssignment assignment(file.name());
  const auto loose_ones = loose_layers(model);
  for (const GraphLayer& layer : model.layers()) {
    std::vector<NamedVariable> variables;
    collect(layer, layer.name(), variables);
    const std::string group = base + layer.name();
    std::vector<std::string> names;
    if (file.has(group))
      names = file.texts(group, "weight_names");
    else if (!variables.empty())
      throw FormatError(file.name(), cat("the weights of ", layer.who(), " are missing"));
    for (const auto& loose : loose_ones)
      if (loose.first == layer.name() || loose.first.starts_with(layer.name() + '/'))
        keep_loose(file, group, loose, names, assignment);
    if (variables.empty()) continue;
    if (names.size() != variables.size())
      throw FormatError(file.name(),
                        cat(layer.who(), " has ", variables.size(), " weights, the file has ", names.size()));
    const auto order = matched(variables, names, as_model(layer).has_value());
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string dataset = cat(group, '/', names[i]);
      if (file.shape(dataset) != order[i]->variable.shape())
        throw FormatError(file.name(), cat('/', dataset, " has shape ", file.shape(dataset), ", the weight ",
                                           order[i]->path, " has ", order[i]->variable.shape()));
      assignment.add(names[i], order[i]->variable, file.read(dataset));
    }
  }
  assignment.apply(model);
}

}  // namespace graft::io
