#include "graft/graph/layers/registry.h"

#include <map>
#include <mutex>

#include "graft/graph/layers/layers.h"

namespace graft {

namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, LayerClass> classes;  // callers keep pointers to its elements, which a map never moves

  Registry() {
    for (const auto& table : {
             activation_classes(),
             advanced_activation_classes(),
             array_op_classes(),
             batch_normalization_classes(),
             concatenate_classes(),
             conv2d_classes(),
             conv2d_transpose_classes(),
             cropping2d_classes(),
             cross_entropy_classes(),
             dense_classes(),
             depthwise_conv2d_classes(),
             dot_classes(),
             dropout_classes(),
             elementwise_classes(),
             global_pooling2d_classes(),
             input_classes(),
             layer_normalization_classes(),
             merge_classes(),
             pooling2d_classes(),
             reduction_classes(),
             rescaling_classes(),
             reshape_classes(),
             separable_conv2d_classes(),
             up_sampling2d_classes(),
             zero_padding2d_classes(),
         })
      for (const LayerClass& layer_class : table) classes.emplace(layer_class.name, layer_class);
  }
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

const LayerClass* find_layer_class(const std::string& name) {
  const std::lock_guard lock(registry().mutex);
  const auto found = registry().classes.find(name);
  return found == registry().classes.end() ? nullptr : &found->second;
}

std::vector<std::string> layer_class_names() {
  const std::lock_guard lock(registry().mutex);
  std::vector<std::string> names;
  for (const auto& [name, layer_class] : registry().classes) names.push_back(name);
  return names;
}

void register_layer_class(LayerClass layer_class) {
  if (layer_class.name.empty()) throw ConfigError("a layer class needs a name");
  const std::lock_guard lock(registry().mutex);
  registry().classes.insert_or_assign(layer_class.name, std::move(layer_class));
}

}  // namespace graft
