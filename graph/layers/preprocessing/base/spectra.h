#pragma once

#include <string>
#include <vector>

#include "graft/core/literal.h"

namespace graft {

// Internal: windows and matrices of spectrograms.

/// A window of TensorFlow: "hann" or "hamming", periodic where the length is even. Throws ConfigError for other names.
std::vector<double> tensorflow_window(const std::string& name, int64_t length);
/// A window of SciPy's get_window by its name; a periodic one is made for one sample more. Throws ConfigError listing
/// the names that are known.
std::vector<double> scipy_window(const std::string& name, int64_t length, bool periodic);
/// The numbers of a window that is given as an array. Throws ConfigError for another length.
std::vector<double> given_window(const Literal& window, int64_t length);

/// The weights (bins, bands) with which a spectrum becomes one of bands equally wide on the mel scale of the Hidden
/// Markov Model Toolkit. Source: tf.signal.linear_to_mel_weight_matrix.
std::vector<float> mel_matrix(int64_t bins, int64_t bands, double sampling_rate, double min_freq, double max_freq);

}  // namespace graft
