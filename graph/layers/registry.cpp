#include "graft/graph/layers/registry.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "graft/graph/layers/layers.h"

namespace graft {

namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, LayerClass> classes;  // callers keep pointers to its elements, which a map never moves
  std::map<std::string, LayerClass> operations;
  std::set<std::string> from_callers;

  Registry() {
    for (const auto& table : {
             activation_classes(),
             adaptive_pooling_classes(),
             advanced_activation_classes(),
             attention_classes(),
             batch_normalization_classes(),
             bidirectional_classes(),
             category_encoding_classes(),
             colour_classes(),
             concatenate_classes(),
             conv_classes(),
             conv_lstm_classes(),
             conv_transpose_classes(),
             cropping_classes(),
             dense_classes(),
             depthwise_conv_classes(),
             discretization_classes(),
             distortion_classes(),
             dot_classes(),
             dropout_classes(),
             einsum_dense_classes(),
             embedding_classes(),
             equalization_classes(),
             filter_classes(),
             geometry_classes(),
             global_pooling_classes(),
             group_normalization_classes(),
             gru_classes(),
             hashing_classes(),
             input_classes(),
             integer_lookup_classes(),
             lambda_classes(),
             layer_normalization_classes(),
             length_normalization_classes(),
             locally_connected_classes(),
             lstm_classes(),
             masking_classes(),
             mel_spectrogram_classes(),
             merge_classes(),
             mixing_classes(),
             multi_head_attention_classes(),
             noise_classes(),
             normalization_classes(),
             pipeline_classes(),
             policy_classes(),
             pooling_classes(),
             rescaling_classes(),
             reshape_classes(),
             resizing_classes(),
             rnn_classes(),
             separable_conv_classes(),
             simple_rnn_classes(),
             spectral_normalization_classes(),
             stft_spectrogram_classes(),
             string_lookup_classes(),
             ternary_dense_classes(),
             text_vectorization_classes(),
             time_distributed_classes(),
             tone_classes(),
             up_sampling_classes(),
             zero_padding_classes(),
         })
      for (const LayerClass& layer_class : table) classes.emplace(layer_class.name, layer_class);
    for (const LayerClass& operation : operation_classes()) operations.emplace(operation.name, operation);
  }

  static const LayerClass* find(const std::map<std::string, LayerClass>& table, const std::string& name) {
    const auto found = table.find(name);
    return found == table.end() ? nullptr : &found->second;
  }
  const LayerClass* of_caller(const std::string& name) const;
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

// Keras's second name of a class as its first: "Convolution2D" is Conv2D.
static const std::string& first_name(const std::string& name) {
#define GRAFT_ALIAS_ROW(second, first) {#second, #first},
  static const std::map<std::string, std::string> names{GRAFT_LAYER_ALIASES(GRAFT_ALIAS_ROW)};
#undef GRAFT_ALIAS_ROW
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

bool is_of_keras(const std::string& module) {
  const std::string package = module.substr(0, module.find('.'));
  return package.empty() || package == "keras" || package == "tf_keras" || package == "tensorflow";
}

// A class of a caller, whose name in files may begin with that of its package: "mine>Block".
const LayerClass* Registry::of_caller(const std::string& name) const {
  if (from_callers.contains(name)) return find(classes, name);
  const size_t package = name.rfind('>');
  return package == std::string::npos ? nullptr : of_caller(name.substr(package + 1));
}

const LayerClass* find_layer_class(const std::string& given, const std::string& module) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (const LayerClass* own = all.of_caller(module.empty() ? given : cat(module, '>', given))) return own;
  if (!is_of_keras(module)) return nullptr;
  const std::string& name = first_name(given);
  const bool operation = module.starts_with("keras.src.ops") || module.starts_with("keras.ops");
  const LayerClass* first = Registry::find(operation ? all.operations : all.classes, name);
  return first ? first : Registry::find(operation ? all.classes : all.operations, name);
}

std::vector<std::string> layer_class_names() {
  const std::lock_guard lock(registry().mutex);
  std::vector<std::string> names;
  for (const auto& [name, layer_class] : registry().classes) names.push_back(name);
  for (const auto& [name, operation] : registry().operations)
    if (!registry().classes.contains(name)) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

void register_layer_class(LayerClass layer_class) {
  if (layer_class.name.empty()) throw ConfigError("a layer class needs a name");
  const std::lock_guard lock(registry().mutex);
  registry().from_callers.insert(layer_class.name);
  registry().classes.insert_or_assign(layer_class.name, std::move(layer_class));
}

bool is_registered_by_caller(const std::string& name) {
  const std::lock_guard lock(registry().mutex);
  return registry().from_callers.contains(name);
}

}  // namespace graft
