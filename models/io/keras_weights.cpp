#include "graft/models/io/keras_weights.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "graft/graph/layer_impl.h"
#include "graft/models/io/weights.h"
#include "graft/models/model/nested.h"
#include "graft/models/model/paths.h"

namespace graft::io {

// -- Keras 3: by class and position ----------------------------------------------------------------------------------

namespace {

// Returns dense, dense_1, ...: the number counts the layers of one class within one container.
class ClassCounter {
 public:
  std::string next(const std::string& class_name) {
    // Keras's Python class has another name than the one that it is saved by.
    const std::string& base = snake_case(class_name == "GroupQueryAttention" ? "GroupedQueryAttention" : class_name);
    const int number = counts_[base]++;
    return number == 0 ? base : cat(base, '_', number);
  }

 private:
  std::unordered_map<std::string, int> counts_;
};

class Keras3Weights {
 public:
  Keras3Weights(const Hdf5File& file, const ReadAsset& asset) : file_(file), asset_(asset), assignment_(file.name()) {}

  void run(const Model& model) {
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
    for (const GraphLayer& layer : layers) groups.push_back(cat(container, '/', counter.next(layer.class_name())));
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
    std::unordered_map<std::string, ClassCounter> lists;
    for (const InnerLayer& inner : layer.impl().inner_layers()) {
      if (!read_.insert(&inner.layer.impl()).second) continue;
      std::string inside = cat(group, '/', inner.attribute);
      if (inner.in_list) inside += '/' + lists[inner.attribute].next(inner.layer.class_name());
      if (const std::optional<Model> model = as_model(inner.layer))
        read_model(*model, inside + '/');
      else
        read_layer(inner.layer, inside);
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

namespace {

struct NamedVariable {
  std::string path;  // "encoder/conv2d/kernel"
  Variable variable;
};

}  // namespace

static void collect(const Layer& layer, const std::string& path, std::vector<NamedVariable>& found) {
  if (const std::optional<Model> model = as_model(layer)) {
    for (const GraphLayer& inner : model->layers()) collect(inner, cat(path, '/', inner.name()), found);
    return;
  }
  for (const auto& [name, variable] : variables_of(layer)) found.push_back({cat(path, '/', name), variable});
}

static std::vector<std::string> parts(const std::string& path) {
  std::vector<std::string> found(1);
  for (const char c : path)
    if (c == '/')
      found.emplace_back();
    else
      found.back() += c;
  return found;
}

// The number of parts, counted from the end, in which the paths agree.
static size_t common_tail(const std::string& a, const std::string& b) {
  const std::vector<std::string> x = parts(a), y = parts(b);
  size_t count = 0;
  while (count < std::min(x.size(), y.size()) && x[x.size() - 1 - count] == y[y.size() - 1 - count]) ++count;
  return count;
}

// The variable whose path shares the longest tail with a weight's name, such as "dense/kernel:0"; null when two tie or
// the tail has fewer than `least` parts. A layer that is not a model needs only the last part.
static const NamedVariable* best_match(const std::vector<NamedVariable>& variables, const std::string& name,
                                       size_t least) {
  const std::string plain = name.substr(0, name.rfind(':'));
  const NamedVariable* best = nullptr;
  size_t best_count = least - 1;
  bool tied = false;
  for (const NamedVariable& candidate : variables) {
    const size_t count = common_tail(candidate.path, plain);
    if (count < best_count || count < least) continue;
    tied = count == best_count;
    best = &candidate;
    best_count = count;
  }
  return tied ? nullptr : best;
}

// The variables in Keras's order: trainable ones first.
static std::vector<const NamedVariable*> in_order(const std::vector<NamedVariable>& variables) {
  std::vector<const NamedVariable*> order;
  for (const bool trainable : {true, false})
    for (const NamedVariable& entry : variables)
      if (entry.variable.trainable() == trainable) order.push_back(&entry);
  return order;
}

static std::vector<const NamedVariable*> matched(const std::vector<NamedVariable>& variables,
                                                 const std::vector<std::string>& names, bool nested) {
  std::vector<const NamedVariable*> found;
  std::unordered_set<const NamedVariable*> used;
  for (const std::string& name : names) {
    const NamedVariable* match = best_match(variables, name, nested ? 2 : 1);
    if (match == nullptr || !used.insert(match).second) return in_order(variables);
    found.push_back(match);
  }
  return found;
}

static std::string legacy_root(const Hdf5File& file) { return file.has("model_weights") ? "model_weights" : ""; }

bool has_legacy_weights(const Hdf5File& file) { return !file.texts(legacy_root(file), "layer_names").empty(); }

void load_legacy_weights(const Hdf5File& file, const Model& model) {
  const std::string root = legacy_root(file);
  const std::string base = root.empty() ? "" : root + '/';
  WeightAssignment assignment(file.name());
  for (const GraphLayer& layer : model.layers()) {
    std::vector<NamedVariable> variables;
    collect(layer, layer.name(), variables);
    if (variables.empty()) continue;
    const std::string group = base + layer.name();
    if (!file.has(group)) throw FormatError(file.name(), cat("the weights of ", layer.who(), " are missing"));
    const std::vector<std::string> names = file.texts(group, "weight_names");
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
