#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// What of a spectrum is given.
struct SpectrogramModeWords {
  static constexpr std::array<std::string_view, 7> words{"log", "magnitude", "psd", "real", "imag", "angle", "stft"};
  static constexpr std::string_view name = "mode";
};
/// Where the channels of a signal are.
struct SoundFormatWords {
  static constexpr std::array<std::string_view, 2> words{"channels_last", "channels_first"};
  static constexpr std::string_view name = "data_format";
};

/// Settings of STFTSpectrogram, in the order of keras.layers.STFTSpectrogram.
struct STFTSpectrogramConfig {
  Choice<SpectrogramModeWords> mode = "log";
  int64_t frame_length = 256;                      ///< samples of one spectrum
  std::optional<int64_t> frame_step = {};          ///< samples from one to the next; none: half of frame_length
  std::optional<int64_t> fft_length = {};          ///< none: the power of 2 that is at least frame_length
  Literal window = "hann";                         ///< a name of SciPy, an array, or None
  bool periodic = false;                           ///< of a window with a name
  std::optional<std::string> scaling = "density";  ///< "density", "spectrum" or None: what the window is divided by
  Padding padding = "valid";
  bool expand_dims = false;  ///< frequencies get an axis of their own
  Choice<SoundFormatWords> data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// The spectra of signals over time: a convolution with the waves of the Fourier transform, which are weights.
///
/// Input    (N, samples, C), or (N, C, samples) with channels first
/// Output   (N, spectra, C bins), bins = fft_length / 2 + 1, twice as many for "stft"; with expand_dims
///          (N, spectra, bins, C). With channels first (N, C bins, spectra) or (N, C, spectra, bins)
/// Weights  real_kernel, imag_kernel (frame_length, 1, bins); "real" and "imag" have the one that they need
/// Throws   ConfigError for a frame_step or an fft_length that does not fit frame_length
/// Source   keras.layers.STFTSpectrogram
class STFTSpectrogram : public Layer {
 public:
  explicit STFTSpectrogram(STFTSpectrogramConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> stft_spectrogram_classes();

}  // namespace graft
