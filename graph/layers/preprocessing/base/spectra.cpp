#include "graft/graph/layers/preprocessing/base/spectra.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "graft/core/error.h"

namespace graft {

// -- windows ---------------------------------------------------------------------------------------------------------

// a0 - a1 cos(t) + a2 cos(2t) - ..., over `steps` steps of a whole period.
static std::vector<double> cosine_window(const std::vector<double>& terms, int64_t length, double steps) {
  std::vector<double> window(static_cast<size_t>(length), 1);
  if (length == 1) return window;
  for (size_t i = 0; i < window.size(); ++i) {
    const double t = 2 * std::numbers::pi * static_cast<double>(i) / steps;
    window[i] = 0;
    for (size_t k = 0; k < terms.size(); ++k)
      window[i] += (k % 2 == 0 ? 1 : -1) * terms[k] * std::cos(static_cast<double>(k) * t);
  }
  return window;
}

std::vector<double> tensorflow_window(const std::string& name, int64_t length) {
  const double steps = static_cast<double>(length % 2 == 0 ? length : length - 1);
  if (name == "hann") return cosine_window({0.5, 0.5}, length, steps);
  if (name == "hamming") return cosine_window({0.54, 0.46}, length, steps);
  throw ConfigError(cat("window must be \"hann\", \"hamming\", an array or None; received \"", name, '"'));
}

static std::vector<double> triangle(int64_t length, bool touches_zero) {
  std::vector<double> window(static_cast<size_t>(length));
  const double half = static_cast<double>(length - 1) / 2;
  const double reach = touches_zero ? half : static_cast<double>(length + 1 + (length % 2 == 0 ? -1 : 0)) / 2;
  for (size_t i = 0; i < window.size(); ++i)
    window[i] = length == 1 ? 1 : 1 - std::abs(static_cast<double>(i) - half) / reach;
  return window;
}

std::vector<double> scipy_window(const std::string& name, int64_t length, bool periodic) {
  static const std::map<std::string, std::vector<double>> cosines{
      {"boxcar", {1}},
      {"hann", {0.5, 0.5}},
      {"hamming", {0.54, 0.46}},
      {"blackman", {0.42, 0.5, 0.08}},
      {"nuttall", {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
      {"blackmanharris", {0.35875, 0.48829, 0.14128, 0.01168}},
      {"flattop", {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}}};
  const int64_t whole = periodic && length > 1 ? length + 1 : length;
  std::vector<double> window;
  if (const auto found = cosines.find(name); found != cosines.end()) {
    window = cosine_window(found->second, whole, static_cast<double>(whole - 1));
  } else if (name == "bartlett" || name == "triang") {
    window = triangle(whole, name == "bartlett");
  } else {
    std::string names = "bartlett, triang";
    for (const auto& [known, terms] : cosines) names += cat(", ", known);
    throw ConfigError(cat("window must be one of ", names, ", an array or None; received \"", name, '"'));
  }
  window.resize(static_cast<size_t>(length));
  return window;
}

std::vector<double> given_window(const Literal& window, int64_t length) {
  std::vector<double> values = window.numbers();
  if (std::ssize(values) != length)
    throw ConfigError(cat("window must have ", length, " numbers; received ", values.size()));
  return values;
}

// -- the mel scale ---------------------------------------------------------------------------------------------------

static double mel(double hertz) { return 1127.0 * std::log(1 + hertz / 700); }

std::vector<float> mel_matrix(int64_t bins, int64_t bands, double sampling_rate, double min_freq, double max_freq) {
  const double lowest = mel(min_freq), width = (mel(max_freq) - lowest) / static_cast<double>(bands + 1);
  std::vector<float> matrix(static_cast<size_t>(bins * bands));
  for (int64_t bin = 1; bin < bins; ++bin) {  // the bin of frequency 0 counts nowhere
    const double place = mel(sampling_rate / 2 * static_cast<double>(bin) / static_cast<double>(bins - 1));
    for (int64_t band = 0; band < bands; ++band) {
      const double centre = lowest + width * static_cast<double>(band + 1);
      const double weight = std::max(0.0, 1 - std::abs(place - centre) / width);
      matrix[static_cast<size_t>(bin * bands + band)] = static_cast<float>(weight);
    }
  }
  return matrix;
}

}  // namespace graft
