#include "graft/tools/benchmark/networks.h"

#include "graft/graft.h"

namespace graft::bench {

namespace {

constexpr int64_t kWidth = 128;  // of the recurrent networks: numbers of a word, and units

Model classifier_of_words(const Layer& walk, const std::string& name) {
  const auto words = Input({.shape = {100}});
  const auto vectors = Embedding({.input_dim = kWords, .output_dim = kWidth})(words);
  return Model(words, Dense({.units = 2, .activation = "softmax"})(walk(vectors)), {.name = name});
}

SymbolicTensor encoder_layer(const SymbolicTensor& x) {
  constexpr int64_t kHeads = 8, kHidden = 1024;
  const int64_t width = x.shape()[-1];
  const auto attended = MultiHeadAttention({.num_heads = kHeads, .key_dim = width / kHeads})({x, x});
  const auto y = LayerNormalization({.epsilon = 1e-5})(Add()({x, attended}));
  const auto hidden = Dense({.units = kHidden, .activation = "gelu"})(y);
  return LayerNormalization({.epsilon = 1e-5})(Add()({y, Dense({.units = width})(hidden)}));
}

SymbolicTensor probabilities(const SymbolicTensor& features) {
  return Dense({.units = 10, .activation = "softmax"})(features);
}

}  // namespace

Model lstm() { return classifier_of_words(LSTM({.units = kWidth}), "lstm"); }
Model bidirectional_lstm() {
  return classifier_of_words(Bidirectional({.layer = LSTM({.units = kWidth})}), "bidirectional_lstm");
}
Model gru() { return classifier_of_words(GRU({.units = kWidth}), "gru"); }

Model transformer() {
  const auto sequence = Input({.shape = {128, 256}});
  auto x = sequence;
  for (int layer = 0; layer < 4; ++layer) x = encoder_layer(x);
  return Model(sequence, probabilities(GlobalAveragePooling1D()(x)), {.name = "transformer"});
}

Model conv1d() {
  const auto sequence = Input({.shape = {256, 64}});
  auto x = sequence;
  for (const int64_t filters : {128, 256, 256}) {
    if (x.node() != sequence.node()) x = MaxPooling1D()(x);
    x = Conv1D({.filters = filters, .kernel_size = 5, .padding = "same", .activation = "relu"})(x);
  }
  return Model(sequence, probabilities(GlobalAveragePooling1D()(x)), {.name = "conv1d"});
}

Model conv3d() {
  const auto video = Input({.shape = {16, 32, 32, 3}});
  auto x = video;
  for (const int64_t filters : {32, 64, 128}) {
    if (x.node() != video.node()) x = MaxPooling3D()(x);
    x = Conv3D({.filters = filters, .kernel_size = 3, .padding = "same", .activation = "relu"})(x);
  }
  return Model(video, probabilities(GlobalAveragePooling3D()(x)), {.name = "conv3d"});
}

}  // namespace graft::bench
