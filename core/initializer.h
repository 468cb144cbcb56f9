#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graft/core/random.h"
#include "graft/core/tensor.h"

namespace graft {

/// How a weight gets its first values. It is written as Keras's name, `.kernel_initializer = "he_normal"`, or, with
/// settings, as a call of a function below. Fans are Keras's: receptive field x shape[-2] in, x shape[-1] out.
///
/// Names   zeros, ones, random_uniform, random_normal, truncated_normal, glorot_uniform, glorot_normal,
///         he_uniform, he_normal, lecun_uniform, lecun_normal, orthogonal, identity, stft; class names likewise
struct Initializer {
  std::string class_name = "Zeros";  ///< Keras's class: "GlorotUniform", "Constant", "VarianceScaling", ...
  double a = 0, b = 0;               ///< Constant: value; RandomUniform: min, max; normals: mean, stddev;
                                     ///< VarianceScaling: scale; Orthogonal, Identity: gain
  std::string mode = {};             ///< VarianceScaling: fan_in, fan_out, fan_avg
  std::string distribution = {};     ///< VarianceScaling: uniform, truncated_normal, untruncated_normal
  std::optional<int64_t> seed = {};
  Tensor values = {};  ///< Constant: an array in the place of a number, which broadcasts to the weight
  /// VarianceScaling and its named kinds: the axes whose product is each fan, in the place of Keras's rule.
  std::optional<std::vector<int64_t>> input_axes = {}, output_axes = {};
  std::string side = {}, window = {}, scaling = {};  ///< STFT: real or imag; hann, ...; density, spectrum or none
  bool periodic = false;                             ///< STFT: of the window

  Initializer() = default;
  Initializer(const char* name) : Initializer(std::string(name)) {}
  Initializer(const std::string& name);  ///< throws ConfigError listing the known names

  /// The first values of a weight of this shape.
  Tensor operator()(const Shape& shape, Random& random) const;
  bool operator==(const Initializer& other) const;
};

/// Keras's initializers with settings; Initializer("glorot_uniform") makes one by its name.
Initializer Constant(double value);
Initializer RandomUniform(double minval = -0.05, double maxval = 0.05, std::optional<int64_t> seed = {});
Initializer RandomNormal(double mean = 0, double stddev = 0.05, std::optional<int64_t> seed = {});
Initializer TruncatedNormal(double mean = 0, double stddev = 0.05, std::optional<int64_t> seed = {});
Initializer VarianceScaling(double scale, const std::string& mode, const std::string& distribution,
                            std::optional<int64_t> seed = {});
Initializer Orthogonal(double gain = 1, std::optional<int64_t> seed = {});
/// The real or imaginary part of a windowed Fourier transform, for kernels (frame length, channels, fft length / 2 +
/// 1).
Initializer STFT(const std::string& side = "real", const std::string& window = "hann",
                 const std::string& scaling = "density", bool periodic = false);

}  // namespace graft
