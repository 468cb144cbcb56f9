#include "tests/models/io/layer_samples.h"

#include <map>

#include "graft/graph/layer_impl.h"

namespace graft::test {

std::vector<Sample> all_samples() {
  std::vector<Sample> all;
  for (const std::vector<Sample>& some :
       {core_samples(), spatial_samples(), preprocessing_samples(), sequence_samples(), augmentation_samples()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

namespace {

using Specs = std::vector<InputSpec>;

const InputSpec kTokens{{2, 3}, DType::s32}, kIntegers{{2, 3}, DType::s64}, kStrings{{2, 3}, DType::string};
const InputSpec kText{{2, 1}, DType::string};

InputSpec floats(const Shape& shape) { return {shape, DType::f32}; }

// For the samples of each class, one after the other.
const std::map<std::string, std::vector<Specs>>& specs_by_class() {
  static const Specs rows{floats({2, 3})}, series{floats({2, 3, 4})}, two_rows{floats({2, 3}), floats({2, 3})};
  static const Specs image{floats({2, 3, 6, 8})}, volume{floats({2, 3, 5, 5, 5})}, early{floats({2, 3, 7})};
  static const Specs two_series{floats({2, 3, 4}), floats({2, 5, 4})};
  static const std::map<std::string, std::vector<Specs>> table{
      {"InputLayer", {{{{4, 5, 3}, DType::s32}}}},
      {"Dense", {series}},
      {"TernaryDense", {rows}},
      {"EinsumDense", {series}},
      {"Embedding", {{kTokens}}},
      {"ReversibleEmbedding", {{kTokens}}},
      {"Masking", {series}},
      {"Identity", {rows}},
      {"Lambda", {rows}},
      {"GroupNormalization", {{floats({2, 4, 3})}}},
      {"RMSNormalization", {series}},
      {"UnitNormalization", {series}},
      {"SpectralNormalization", {rows}},
      {"SpatialDropout1D", {series}},
      {"SpatialDropout2D", {image}},
      {"SpatialDropout3D", {volume}},
      {"GaussianDropout", {rows}},
      {"AlphaDropout", {rows}},
      {"ActivityRegularization", {rows}},
      {"BatchNormalization", {{floats({2, 4, 3})}}},
      {"LayerNormalization", {series}},
      {"Activation", {rows}},
      {"LeakyReLU", {rows}},
      {"ReLU", {rows}},
      {"PReLU", {image}},
      {"ELU", {rows}},
      {"Softmax", {series}},
      {"ThresholdedReLU", {rows}},
      {"Reshape", {{floats({2, 8})}}},
      {"Flatten", {series}},
      {"Permute", {series}},
      {"RepeatVector", {rows}},
      {"Dropout", {rows}},
      {"GaussianNoise", {rows}},
      {"Add", {two_rows}},
      {"Subtract", {two_rows}},
      {"Multiply", {two_rows}},
      {"Average", {two_rows}},
      {"Maximum", {two_rows}},
      {"Minimum", {two_rows}},
      {"Concatenate", {two_series}},
      {"Dot", {{floats({2, 4, 3}), floats({2, 5, 4})}}},
      {"Conv1D", {{floats({2, 4, 9})}}},
      {"Conv2D", {{floats({2, 4, 9, 8})}, {floats({2, 9, 9, 3})}}},
      {"Conv3D", {{floats({2, 4, 5, 6, 4})}}},
      {"LocallyConnected1D", {early}},
      {"LocallyConnected2D", {image}},
      {"Conv1DTranspose", {early}},
      {"Conv2DTranspose", {image}},
      {"Conv3DTranspose", {{floats({2, 3, 3, 4, 2})}}},
      {"DepthwiseConv1D", {early}},
      {"DepthwiseConv2D", {image}},
      {"SeparableConv1D", {early}},
      {"SeparableConv2D", {image}},
      {"MaxPooling1D", {early}},
      {"MaxPooling2D", {image}},
      {"MaxPooling3D", {volume}},
      {"AveragePooling1D", {early}},
      {"AveragePooling2D", {image}},
      {"AveragePooling3D", {volume}},
      {"GlobalMaxPooling1D", {early}},
      {"GlobalMaxPooling2D", {image}},
      {"GlobalMaxPooling3D", {volume}},
      {"GlobalAveragePooling1D", {early}},
      {"GlobalAveragePooling2D", {image}},
      {"GlobalAveragePooling3D", {volume}},
      {"AdaptiveMaxPooling1D", {early}},
      {"AdaptiveMaxPooling2D", {image}},
      {"AdaptiveMaxPooling3D", {volume}},
      {"AdaptiveAveragePooling1D", {early}},
      {"AdaptiveAveragePooling2D", {image}},
      {"AdaptiveAveragePooling3D", {volume}},
      {"UpSampling1D", {series}},
      {"UpSampling2D", {image}},
      {"UpSampling3D", {{floats({2, 3, 2, 2, 2})}}},
      {"ZeroPadding1D", {early}},
      {"ZeroPadding2D", {image}},
      {"ZeroPadding3D", {{floats({2, 3, 2, 2, 2})}}},
      {"Cropping1D", {{floats({2, 6, 3})}}},
      {"Cropping2D", {{floats({2, 3, 6, 9})}}},
      {"Cropping3D", {{floats({2, 2, 5, 9, 13})}}},
      {"Resizing", {image, {floats({2, 6, 5, 3})}}},
      {"CenterCrop", {image}},
      {"RandomCrop", {{floats({2, 3, 3, 4})}}},  // inference keeps images as they are
      {"Rescaling", {{floats({2, 3, 2})}}},
      {"CategoryEncoding", {{kTokens}}},
      {"Discretization", {rows}},
      {"Hashing", {{kStrings}}},
      {"HashedCrossing", {{kText, kText}}},
      {"IntegerLookup", {{kIntegers}, {kIntegers}}},
      {"StringLookup", {{kStrings}, {kIntegers}}},
      {"TextVectorization", {{kText}}},  // the second has no vocabulary
      {"Normalization", {series}},
      {"MelSpectrogram", {{floats({2, 64})}}},
      {"STFTSpectrogram", {{floats({2, 2, 40})}}},
      {"SimpleRNNCell", {{floats({2, 4}), floats({2, 3})}}},
      {"GRUCell", {{floats({2, 4}), floats({2, 3})}}},
      {"LSTMCell", {{floats({2, 4}), floats({2, 3}), floats({2, 3})}}},
      {"StackedRNNCells", {{floats({2, 4}), floats({2, 2}), floats({2, 2}), floats({2, 3})}}},
      {"SimpleRNN", {series}},
      {"GRU", {series}},
      {"LSTM", {series}},
      {"RNN", {series}},
      {"Bidirectional", {series, series}},
      {"TimeDistributed", {series}},
      {"ConvLSTM1D", {{floats({2, 3, 2, 6})}}},
      {"ConvLSTM2D", {{floats({2, 3, 2, 6, 6})}}},
      {"ConvLSTM3D", {{floats({2, 3, 2, 4, 4, 4})}}},
      {"Attention", {two_series}},
      {"AdditiveAttention", {two_series}},
      {"MultiHeadAttention", {{floats({2, 3, 2, 4}), floats({2, 3, 2, 4})}}},
      {"GroupQueryAttention", {{floats({2, 3, 8}), floats({2, 3, 8})}}},
      {"Pipeline", {{floats({2, 6, 8, 3})}}},
  };
  return table;
}

}  // namespace

std::vector<InputSpec> inputs_of(const std::string& class_name, size_t sample) {
  const auto found = specs_by_class().find(class_name);
  if (found != specs_by_class().end()) return sample < found->second.size() ? found->second[sample] : Specs();
  for (const Sample& augmentation : augmentation_samples())  // all take images, channels first
    if (augmentation.layer.class_name() == class_name) return {floats({2, 3, 6, 8})};
  return {};
}

}  // namespace graft::test
