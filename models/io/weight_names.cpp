#include "graft/models/io/weight_names.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <unordered_set>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/model/nested.h"
#include "graft/models/model/paths.h"

namespace graft::io {

std::string ClassCounter::next(const std::string& class_name) {
  // Keras's Python class has another name than the one that it is saved by.
  const std::string& base = snake_case(class_name == "GroupQueryAttention" ? "GroupedQueryAttention" : class_name);
  const int number = counts_[base]++;
  return number == 0 ? base : cat(base, '_', number);
}

std::vector<std::pair<std::string, Layer>> inner_paths(const LayerImpl& layer) {
  std::vector<std::pair<std::string, Layer>> found;
  std::unordered_map<std::string, ClassCounter> lists;
  for (const InnerLayer& inner : layer.inner_layers()) {
    std::string path = inner.attribute;
    if (inner.in_list) path += '/' + lists[inner.attribute].next(inner.layer.class_name());
    found.emplace_back(std::move(path), inner.layer);
  }
  return found;
}

static void add_keras3(const Layer& layer, const std::string& path,
                       std::vector<std::pair<std::string, Variable>>& found) {
  const std::vector<Weight>& weights = layer.impl().weights;
  for (size_t i = 0; i < weights.size(); ++i) found.emplace_back(cat(path, "vars/", i), weights[i].variable);
  for (const auto& [inside, inner] : inner_paths(layer.impl()))
    if (!as_model(inner)) add_keras3(inner, cat(path, inside, '/'), found);
}

std::vector<std::pair<std::string, Variable>> keras3_variables(const Layer& layer) {
  std::vector<std::pair<std::string, Variable>> found;
  add_keras3(layer, "", found);
  return found;
}

void collect(const Layer& layer, const std::string& path, std::vector<NamedVariable>& found) {
  if (const std::optional<Model> model = as_model(layer)) {
    for (const GraphLayer& inner : model->layers()) collect(inner, cat(path, '/', inner.name()), found);
    return;
  }
  if (takes_any_weights(layer.impl())) return;
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

std::vector<const NamedVariable*> matched(const std::vector<NamedVariable>& variables,
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

std::string name_in_layer(const std::string& weight, const std::string& layer) {
  const std::string name = weight.substr(0, weight.rfind(':'));
  return name.starts_with(layer + '/') ? name.substr(layer.size() + 1) : name;
}

// What a name is ordered by: its letters, then the number at its end.
static std::tuple<bool, std::string, uint64_t> sort_key(const std::string& name) {
  const size_t letters = name.find_last_not_of("0123456789") + 1;
  uint64_t number = 0;
  std::from_chars(name.data() + letters, name.data() + name.size(), number);
  std::string word = name.substr(0, letters);
  if (letters < name.size() && word.ends_with('_')) word.pop_back();
  return {name != "vars", word, number};
}

std::vector<std::string> in_order_of_numbers(std::vector<std::string> names) {
  std::ranges::sort(names, {}, sort_key);
  return names;
}

}  // namespace graft::io
