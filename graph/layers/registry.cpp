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
  std::map<std::string, std::string> places;  // of the layers among them, in graph/layers
  std::set<std::string> from_callers;

  Registry() {
    const std::vector<std::pair<const char*, std::vector<LayerClass>>> tables{
        {"core/activation", activation_classes()},
        {"pooling/adaptive_pooling", adaptive_pooling_classes()},
        {"activations/advanced_activations", advanced_activation_classes()},
        {"attention/attention", attention_classes()},
        {"normalization/batch_normalization", batch_normalization_classes()},
        {"recurrent/bidirectional", bidirectional_classes()},
        {"preprocessing/category_encoding", category_encoding_classes()},
        {"augmentation/colours", colour_classes()},
        {"merging/concatenate", concatenate_classes()},
        {"convolution/conv", conv_classes()},
        {"recurrent/conv_lstm", conv_lstm_classes()},
        {"convolution/conv_transpose", conv_transpose_classes()},
        {"reshaping/cropping", cropping_classes()},
        {"core/dense", dense_classes()},
        {"convolution/depthwise_conv", depthwise_conv_classes()},
        {"preprocessing/discretization", discretization_classes()},
        {"augmentation/distortion", distortion_classes()},
        {"merging/dot", dot_classes()},
        {"regularization/dropout", dropout_classes()},
        {"core/einsum_dense", einsum_dense_classes()},
        {"core/embedding", embedding_classes()},
        {"augmentation/equalization", equalization_classes()},
        {"augmentation/filters", filter_classes()},
        {"augmentation/geometry", geometry_classes()},
        {"pooling/global_pooling", global_pooling_classes()},
        {"normalization/group_normalization", group_normalization_classes()},
        {"recurrent/gru", gru_classes()},
        {"preprocessing/hashing", hashing_classes()},
        {"core/input", input_classes()},
        {"preprocessing/integer_lookup", integer_lookup_classes()},
        {"core/lambda", lambda_classes()},
        {"normalization/layer_normalization", layer_normalization_classes()},
        {"normalization/length_normalization", length_normalization_classes()},
        {"convolution/locally_connected", locally_connected_classes()},
        {"recurrent/lstm", lstm_classes()},
        {"core/masking", masking_classes()},
        {"preprocessing/mel_spectrogram", mel_spectrogram_classes()},
        {"merging/merge", merge_classes()},
        {"augmentation/mixing", mixing_classes()},
        {"attention/multi_head_attention", multi_head_attention_classes()},
        {"regularization/noise", noise_classes()},
        {"preprocessing/normalization", normalization_classes()},
        {"augmentation/pipeline", pipeline_classes()},
        {"augmentation/policies", policy_classes()},
        {"pooling/pooling", pooling_classes()},
        {"preprocessing/rescaling", rescaling_classes()},
        {"reshaping/reshape", reshape_classes()},
        {"preprocessing/resizing", resizing_classes()},
        {"recurrent/rnn", rnn_classes()},
        {"convolution/separable_conv", separable_conv_classes()},
        {"recurrent/simple_rnn", simple_rnn_classes()},
        {"normalization/spectral_normalization", spectral_normalization_classes()},
        {"preprocessing/stft_spectrogram", stft_spectrogram_classes()},
        {"preprocessing/string_lookup", string_lookup_classes()},
        {"core/ternary_dense", ternary_dense_classes()},
        {"preprocessing/text_vectorization", text_vectorization_classes()},
        {"recurrent/time_distributed", time_distributed_classes()},
        {"augmentation/tones", tone_classes()},
        {"reshaping/up_sampling", up_sampling_classes()},
        {"reshaping/zero_padding", zero_padding_classes()},
    };
    for (const auto& [place, table] : tables)
      for (const LayerClass& layer_class : table) {
        classes.emplace(layer_class.name, layer_class);
        places.emplace(layer_class.name, place);
      }
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

std::string layer_class_place(const std::string& name) {
  const std::lock_guard lock(registry().mutex);
  const auto found = registry().places.find(first_name(name));
  return found == registry().places.end() ? "" : found->second;
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
