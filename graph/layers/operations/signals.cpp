#include <cmath>
#include <numbers>

#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Complex = ops::Builder::Complex;

// -- Fourier transforms ----------------------------------------------------------------------------------------------

// The real and the imaginary part, which Keras passes as a pair.
static Complex complex_of(In in) {
  const Values& parts = in.list(0);
  if (parts.size() != 2)
    throw ShapeError(cat("x must be a pair, the real and the imaginary part; received ", parts.size()));
  return {parts[0], parts[1]};
}

static Values both(const Complex& x) { return {x.real, x.imag}; }

static Values rfft(In in) {
  const Literal& length = in.setting("fft_length");
  return both(in.b.rfft(in[0], length.is_none() ? in.dims(0).back() : length.integer()));
}

static Value irfft(In in) {
  const Complex x = complex_of(in);
  const Literal& length = in.setting("fft_length");
  return in.b.irfft(x, length.is_none() ? 2 * (in.b.dims(x.real).back() - 1) : length.integer());
}

// -- short-time transforms -------------------------------------------------------------------------------------------

namespace {

struct Framing {
  int64_t sequence, stride, length;
  bool center;
};

}  // namespace

static Framing framing_of(In in) {
  const Framing framing{in.setting("sequence_length").integer(), in.setting("sequence_stride").integer(),
                        in.setting("fft_length").integer(), in.flag("center")};
  if (framing.sequence < 1 || framing.stride < 1 || framing.length < framing.sequence)
    throw ConfigError(cat("sequence_length and sequence_stride must be at least 1, and fft_length at least ",
                          framing.sequence, "; received ", framing.length));
  return framing;
}

// The window of the setting with zeros on both sides up to the length of a frame; none where it is None.
static std::vector<float> window_of(In in, const Framing& framing) {
  const Literal& written = in.setting("window");
  if (written.is_none()) return {};
  std::vector<float> window(static_cast<size_t>(framing.length), 0.f);
  const auto left = static_cast<size_t>((framing.length - framing.sequence) / 2),
             count = static_cast<size_t>(framing.sequence);
  if (written.is_string()) {
    const bool hann = written.string() == "hann";
    if (!hann && written.string() != "hamming")
      throw ConfigError(cat("window must be \"hann\", \"hamming\", an array or None; received ", written.str()));
    const double mean = hann ? 0.5 : 0.54;
    for (size_t i = 0; i < count; ++i)
      window[left + i] = static_cast<float>(
          mean - (1 - mean) * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(count)));
    return window;
  }
  const Tensor numbers = written.as_tensor().cast(DType::f32);
  if (numbers.data<float>().size() != count)
    throw ConfigError(
        cat("window must have sequence_length numbers, ", count, "; received ", numbers.data<float>().size()));
  std::copy(numbers.data<float>().begin(), numbers.data<float>().end(),
            window.begin() + static_cast<std::ptrdiff_t>(left));
  return window;
}

// The numbers as a constant that fits the last axis of a rank.
static Value last_axis(In in, const std::vector<float>& numbers, size_t rank) {
  Dims dims(rank, 1);
  dims.back() = std::ssize(numbers);
  return in.b.reshape(constant_of(in, numbers), dims);
}

static Values stft(In in) {
  const Framing framing = framing_of(in);
  Value x = in[0];
  Dims around(in.dims(0).size(), 0);
  around.back() = framing.length / 2;
  if (framing.center) x = in.b.pad(x, around, around, ops::PadMode::reflect);
  Value frames = in.b.extract_sequences(x, framing.length, framing.stride);
  const std::vector<float> window = window_of(in, framing);
  if (!window.empty()) frames = in.b.mul(frames, last_axis(in, window, in.b.dims(frames).size()));
  return both(in.b.rfft(frames, framing.length));
}

// The window divided by the sum of the squares of all windows that overlap it, so that frames add up to the signal.
static std::vector<float> inverse_window(const std::vector<float>& window, int64_t stride) {
  std::vector<double> sums(static_cast<size_t>(stride));
  for (size_t i = 0; i < window.size(); ++i)
    sums[i % sums.size()] += static_cast<double>(window[i]) * static_cast<double>(window[i]);
  std::vector<float> inverse;
  for (size_t i = 0; i < window.size(); ++i)
    inverse.push_back(static_cast<float>(static_cast<double>(window[i]) / sums[i % sums.size()]));
  return inverse;
}

static Value istft(In in) {
  const Framing framing = framing_of(in);
  Value frames = in.b.irfft(complex_of(in), framing.length);
  const Dims dims = in.b.dims(frames);
  if (dims.size() < 2) throw ShapeError(cat("x must be frames (..., frames, bins); received ", Shape(in.dims(0))));
  const std::vector<float> window = window_of(in, framing);
  if (!window.empty()) frames = in.b.mul(frames, last_axis(in, inverse_window(window, framing.stride), dims.size()));
  const Value signal = in.b.overlap_sequences(frames, framing.stride);
  const int64_t samples = in.b.dims(signal).back(), start = framing.center ? framing.length / 2 : 0;
  const Literal& length = in.setting("length");
  const int64_t end = length.is_none() ? samples - start : start + length.integer();
  const auto axis = static_cast<int>(dims.size()) - 2;
  return cut(in, signal, axis, start, std::min(end, samples) - start);
}

static Value sequences(In in) {
  return in.b.extract_sequences(in[0], in.setting("sequence_length").integer(),
                                in.setting("sequence_stride").integer());
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation signal(const char* name, std::vector<std::string> operands, Literals settings, Emit emit) {
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = Operation::Type::floats};
}

static std::vector<Operation> signal_rows() {
  const std::vector<std::string> one{"x"}, pair{"x..."};
  const Literals framing{
      {"sequence_length", 1}, {"sequence_stride", 1}, {"fft_length", 1}, {"window", "hann"}, {"center", true}};
  Literals inverse = framing;
  inverse["length"] = Literal();
  Operation frames = signal("ExtractSequences", one, {{"sequence_length", 1}, {"sequence_stride", 1}}, sequences);
  frames.type = Operation::Type::first;
  return {
      signal("FFT", pair, {}, [](In in) { return both(in.b.fft(complex_of(in))); }),
      signal("FFT2", pair, {}, [](In in) { return both(in.b.fft2(complex_of(in))); }),
      signal("IFFT2", pair, {}, [](In in) { return both(in.b.fft2(complex_of(in), true)); }),
      signal("RFFT", one, {{"fft_length", {}}}, rfft),
      signal("IRFFT", pair, {{"fft_length", {}}}, irfft),
      signal("STFT", one, framing, stft),
      signal("ISTFT", pair, inverse, istft),
      std::move(frames),
  };
}

const std::vector<Operation>& signal_operations() {
  static const auto table = signal_rows();
  return table;
}

}  // namespace graft
