#include "graft/graph/layers/preprocessing/stft_spectrogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/spatial.h"
#include "graft/graph/layers/preprocessing/base/categories.h"
#include "graft/graph/layers/preprocessing/base/spectra.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;

void STFTSpectrogramConfig::fields(FieldVisitor& field) {
  field("mode", mode);
  field("frame_length", frame_length);
  field("frame_step", frame_step);
  field("fft_length", fft_length);
  if (!field.reading() || field.has("window")) {
    Literal given = field.reading() ? Literal() : window;  // null is None, which is not the default
    field("window", given);
    window = given;
  }
  field("periodic", periodic);
  token_field(field, "scaling", scaling);
  field("padding", padding);
  field("expand_dims", expand_dims);
  field("data_format", data_format);
}

namespace {

class STFTSpectrogramImpl final : public ConfiguredLayer<STFTSpectrogramConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "STFTSpectrogram"; }

  void check() const override {
    check_at_least("frame_length", config.frame_length, 2);
    if (config.frame_step && (*config.frame_step < 1 || *config.frame_step > config.frame_length))
      refuse_setting(
          cat("frame_step must be 1 to frame_length, ", config.frame_length, "; received ", *config.frame_step));
    if (config.fft_length && *config.fft_length < config.frame_length)
      refuse_setting(
          cat("fft_length must be at least frame_length, ", config.frame_length, "; received ", *config.fft_length));
    if (config.scaling && *config.scaling != "density" && *config.scaling != "spectrum")
      refuse_setting(cat("scaling must be \"density\", \"spectrum\" or None; received \"", *config.scaling, '"'));
    if (config.frame_length > 0) window();
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 3, channels_last() ? "(N, samples, C)" : "(N, C, samples)");
    const int64_t n = inputs[0][0], samples = inputs[0][channels_last() ? 1 : 2];
    const int64_t channels = known_dim(inputs[0], channels_last() ? 2 : 1, "channels");
    const int64_t spectra = along(samples).output[0], all = config.mode == "stft" ? 2 * bins() : bins();
    if (channels_last())
      return {config.expand_dims ? Shape{n, spectra, all, channels} : Shape{n, spectra, channels * all}};
    return {config.expand_dims ? Shape{n, channels, spectra, all} : Shape{n, channels * all, spectra}};
  }

  void build(std::span<const Shape>) override {
    if (config.mode != "imag") real_kernel_ = add_kernel("real_kernel", [](double t) { return std::cos(t); });
    if (config.mode != "real") imag_kernel_ = add_kernel("imag_kernel", [](double t) { return std::sin(t); });
  }

  void check_built(std::span<const Shape>) const override {}  // every channel is convolved with the same kernel

  ops::Values emit(Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Value signals = channels_last() ? inputs[0] : to_channels_last(b, inputs[0]);  // (N, C, samples)
    const Value result = arranged(b, emit_mode(b, signals));
    return {to_channels_first(b, result)};
  }

 private:
  bool channels_last() const { return config.data_format == "channels_last"; }
  int64_t step() const { return config.frame_step.value_or(config.frame_length / 2); }
  int64_t fft_length() const {
    return config.fft_length.value_or(static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(config.frame_length))));
  }
  int64_t bins() const { return fft_length() / 2 + 1; }
  Windows along(int64_t samples) const {
    return windows_over({samples}, {{config.frame_length}, {step()}, {1}, config.padding.str()});
  }

  // The window over what its scaling divides it by.
  std::vector<double> window() const {
    if (config.window.is_none()) return std::vector<double>(static_cast<size_t>(config.frame_length), 1);
    std::vector<double> values = config.window.is_string()
                                     ? scipy_window(config.window.string(), config.frame_length, config.periodic)
                                     : given_window(config.window, config.frame_length);
    double squares = 0, sum = 0;
    for (const double value : values) {
      squares += value * value;
      sum += std::abs(value);
    }
    const double divisor = !config.scaling ? 1 : *config.scaling == "density" ? std::sqrt(squares) : sum;
    for (double& value : values) value /= divisor;
    return values;
  }

  template <class Wave>
  Variable add_kernel(const char* kernel, const Wave& wave) {
    const Shape shape{config.frame_length, 1, bins()};
    Variable variable = add_weight(kernel, shape, "zeros");
    const std::vector<double> factors = window();
    const auto period = static_cast<double>((bins() - 1) * 2);
    std::vector<float> values;
    for (int64_t sample = 0; sample < config.frame_length; ++sample)
      for (int64_t bin = 0; bin < bins(); ++bin) {
        const double turns = static_cast<double>(sample) * static_cast<double>(bin) / period;
        values.push_back(
            static_cast<float>(wave(-2 * std::numbers::pi * turns) * factors[static_cast<size_t>(sample)]));
      }
    variable.assign(Tensor(shape, std::move(values)));
    return variable;
  }

  // (N, C, samples) -> (N, C, bins, spectra)
  Value convolved(Builder& b, Value signals, const Variable& kernel) const {
    const Dims from = b.dims(signals);
    const Windows frames = along(from[2]);
    const Value src = b.reshape(signals, {from[0] * from[1], 1, from[2]});
    const Value weight = b.transpose(b.variable(kernel), {2, 1, 0});
    const ops::ConvArgs args{
        .strides = {step()}, .dilates = {0}, .padding_l = frames.before, .padding_r = frames.after};
    return b.reshape(b.conv(src, weight, {}, args), {from[0], from[1], bins(), frames.output[0]});
  }

  Value emit_mode(Builder& b, Value signals) const {
    const Value real = config.mode == "imag" ? Value{} : convolved(b, signals, real_kernel_);
    const Value imag = config.mode == "real" ? Value{} : convolved(b, signals, imag_kernel_);
    if (config.mode == "real") return real;
    if (config.mode == "imag") return imag;
    if (config.mode == "angle") return b.binary(ops::Binary::atan2, imag, real);
    if (config.mode == "stft") return b.concat({real, imag}, 2);
    const Value power = b.add(b.eltwise(real, ops::Eltwise::square), b.eltwise(imag, ops::Eltwise::square));
    if (config.mode == "psd") return both_sides(b, power);
    const Value least = b.scalar(1e-7f);
    const Value magnitude = b.eltwise(b.binary(ops::Binary::max, power, least), ops::Eltwise::sqrt);
    if (config.mode == "magnitude") return magnitude;
    return b.eltwise(b.binary(ops::Binary::max, magnitude, least), ops::Eltwise::log);
  }

  // Bins between the first and the last stand for two frequencies, a positive and a negative one.
  Value both_sides(Builder& b, Value power) const {
    Dims sizes = b.dims(power);
    if (sizes[2] <= 2) return power;
    sizes[2] -= 2;
    const Value inner = b.slice(power, {0, 0, 1, 0}, sizes);
    return b.add(power, b.pad(inner, {0, 0, 1, 0}, {0, 0, 1, 0}));
  }

  // (N, C, bins, spectra) in Keras's order of the result.
  Value arranged(Builder& b, Value spectra) const {
    const Dims dims = b.dims(spectra);
    if (config.expand_dims)
      return b.transpose(spectra, channels_last() ? std::vector<int>{0, 3, 2, 1} : std::vector<int>{0, 1, 3, 2});
    const Value joined = b.reshape(spectra, {dims[0], dims[1] * dims[2], dims[3]});
    return channels_last() ? b.transpose(joined, {0, 2, 1}) : joined;
  }

  Variable real_kernel_, imag_kernel_;
};

}  // namespace

STFTSpectrogram::STFTSpectrogram(STFTSpectrogramConfig config, source_location location)
    : Layer(make_layer<STFTSpectrogramImpl>(std::move(config), location)) {}

std::vector<LayerClass> stft_spectrogram_classes() { return {layer_class<STFTSpectrogramImpl>("STFTSpectrogram")}; }

}  // namespace graft
