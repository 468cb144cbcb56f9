#include "graft/graph/layers/preprocessing/mel_spectrogram.h"

#include <algorithm>
#include <cmath>

#include "graft/graph/axes.h"
#include "graft/graph/layers/preprocessing/base/spectra.h"

namespace graft {

using ops::Builder;
using ops::Value;

void MelSpectrogramConfig::fields(FieldVisitor& field) {
  field("fft_length", fft_length);
  field("sequence_stride", sequence_stride);
  field("sequence_length", sequence_length);
  if (!field.reading() || field.has("window")) {
    Literal given = field.reading() ? Literal() : window;  // null is None, which is not the default
    field("window", given);
    window = given;
  }
  field("sampling_rate", sampling_rate);
  field("num_mel_bins", num_mel_bins);
  field("min_freq", min_freq);
  field("max_freq", max_freq);
  field("power_to_db", power_to_db);
  field("top_db", top_db);
  field("mag_exp", mag_exp);
  field("min_power", min_power);
  field("ref_power", ref_power);
}

namespace {

class MelSpectrogramImpl final : public ConfiguredLayer<MelSpectrogramConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "MelSpectrogram"; }

  void check() const override {
    check_at_least("fft_length", config.fft_length, 1);
    check_at_least("sequence_stride", config.sequence_stride, 1);
    check_at_least("sequence_length", window_length(), 1);
    check_at_least("num_mel_bins", config.num_mel_bins, 1);
    if (window_length() > config.fft_length)
      refuse_setting(
          cat("sequence_length must be at most fft_length, ", config.fft_length, "; received ", window_length()));
    if (window_length() > 0 && window_length() <= config.fft_length) window();
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 2, "(N, samples)");
    const int64_t samples = inputs[0][1], padding = config.fft_length / 2;
    if (samples == Shape::none) return {Shape{inputs[0][0], config.num_mel_bins, Shape::none}};
    if (samples <= padding)
      throw ShapeError(cat("samples must be more than half of fft_length, ", padding, "; received ", inputs[0]));
    const int64_t spectra = (samples + 2 * padding - config.fft_length) / config.sequence_stride + 1;
    return {Shape{inputs[0][0], config.num_mel_bins, spectra}};
  }

  ops::Values emit(Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    Value bands = emit_bands(b, emit_spectra(b, inputs[0]));
    if (config.power_to_db) bands = emit_decibels(b, bands);
    return {to_channels_first(b, b.transpose(bands, {0, 2, 1}))};
  }

 private:
  int64_t window_length() const { return config.sequence_length.value_or(config.fft_length); }

  // The window in the middle of fft_length samples; empty for none.
  std::vector<float> window() const {
    if (config.window.is_none()) return {};
    const int64_t length = window_length(), before = (config.fft_length - length) / 2;
    const std::vector<double> inner = config.window.is_string() ? tensorflow_window(config.window.string(), length)
                                                                : given_window(config.window, length);
    std::vector<float> values(static_cast<size_t>(config.fft_length));
    std::ranges::transform(inner, values.begin() + before, [](double value) { return static_cast<float>(value); });
    return values;
  }

  // (N, samples) -> (N, spectra, bins): magnitudes to the power of mag_exp.
  Value emit_spectra(Builder& b, Value samples) const {
    const int64_t padding = config.fft_length / 2;
    if (padding > 0) samples = b.pad(samples, {0, padding}, {0, padding}, ops::PadMode::reflect);
    Value frames = b.extract_sequences(samples, config.fft_length, config.sequence_stride);
    if (std::vector<float> values = window(); !values.empty())
      frames = b.mul(frames, b.reshape(b.constant(Tensor(Shape{config.fft_length}, std::move(values))),
                                       {1, 1, config.fft_length}));
    const Builder::Complex spectrum = b.rfft(frames, config.fft_length);
    const Value power =
        b.add(b.eltwise(spectrum.real, ops::Eltwise::square), b.eltwise(spectrum.imag, ops::Eltwise::square));
    if (config.mag_exp == 2) return power;
    if (config.mag_exp == 1) return b.eltwise(power, ops::Eltwise::sqrt);
    return b.eltwise(power, ops::Eltwise::pow, static_cast<float>(config.mag_exp / 2));
  }

  Value emit_bands(Builder& b, Value spectra) const {
    const int64_t bins = config.fft_length / 2 + 1, bands = config.num_mel_bins;
    const double max_freq = config.max_freq.value_or(std::floor(config.sampling_rate / 2));
    std::vector<float> matrix = mel_matrix(bins, bands, config.sampling_rate, config.min_freq, max_freq);
    return b.matmul(spectra, b.constant(Tensor(Shape{bins, bands}, std::move(matrix))));
  }

  Value emit_decibels(Builder& b, Value power) const {
    const double reference = 10 * std::log10(std::max(std::abs(config.ref_power), config.min_power));
    const Value least = b.scalar(static_cast<float>(config.min_power));
    const Value tenths = b.eltwise(b.binary(ops::Binary::max, power, least), ops::Eltwise::log10);
    const Value decibels = b.scale(tenths, 10, static_cast<float>(-reference));
    const Value largest = b.reduce(ops::Reduction::max, decibels, {0, 1, 2});
    return b.binary(ops::Binary::max, decibels, b.scale(largest, 1, static_cast<float>(-config.top_db)));
  }
};

}  // namespace

MelSpectrogram::MelSpectrogram(MelSpectrogramConfig config, source_location location)
    : Layer(make_layer<MelSpectrogramImpl>(std::move(config), location)) {}

std::vector<LayerClass> mel_spectrogram_classes() { return {layer_class<MelSpectrogramImpl>("MelSpectrogram")}; }

}  // namespace graft
