#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of MelSpectrogram, in the order of keras.layers.MelSpectrogram.
struct MelSpectrogramConfig {
  int64_t fft_length = 2048;                    ///< samples of one spectrum
  int64_t sequence_stride = 512;                ///< samples from one spectrum to the next
  std::optional<int64_t> sequence_length = {};  ///< samples of the window; none: fft_length
  Literal window = "hann";                      ///< or "hamming", an array, or None
  double sampling_rate = 16000;                 ///< in hertz
  int64_t num_mel_bins = 128;                   ///< bands
  double min_freq = 20;                         ///< in hertz
  std::optional<double> max_freq = {};          ///< in hertz; none: half of sampling_rate
  bool power_to_db = true;                      ///< decibels instead of powers
  double top_db = 80;                           ///< decibels below the largest are raised to it
  double mag_exp = 2;                           ///< magnitudes to this power
  double min_power = 1e-10, ref_power = 1;      ///< of decibels: the least power, and that of 0 dB
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// The powers of sounds in bands that are equally wide on the mel scale, over time. Samples beyond both ends are those
/// of a mirror there. The largest of all decibels, which top_db counts from, is that of the whole batch, as in Keras.
///
/// Input    (N, samples)
/// Output   (N, num_mel_bins, spectra)
/// Throws   ConfigError for lengths below 1 or a window longer than fft_length
/// Source   keras.layers.MelSpectrogram
class MelSpectrogram : public Layer {
 public:
  explicit MelSpectrogram(MelSpectrogramConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> mel_spectrogram_classes();

}  // namespace graft
