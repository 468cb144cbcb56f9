#include "graft/graph/layers/operations/math/images.h"

#include "graft/graph/layers/operations/math/record.h"

namespace graft {

SymbolicTensor conv(const Operand& x, const Argument& kernel, int64_t strides, const std::string& padding,
                    int64_t dilation_rate) {
  return record("Conv", {x, kernel}, {{"strides", strides}, {"padding", padding}, {"dilation_rate", dilation_rate}});
}
SymbolicTensor depthwise_conv(const Operand& x, const Argument& kernel, int64_t strides, const std::string& padding,
                              int64_t dilation_rate) {
  return record("DepthwiseConv", {x, kernel},
                {{"strides", strides}, {"padding", padding}, {"dilation_rate", dilation_rate}});
}
SymbolicTensor max_pool(const Operand& x, int64_t pool_size, std::optional<int64_t> strides,
                        const std::string& padding) {
  return record("MaxPool", {x}, {{"pool_size", pool_size}, {"strides", literal_of(strides)}, {"padding", padding}});
}
SymbolicTensor average_pool(const Operand& x, int64_t pool_size, std::optional<int64_t> strides,
                            const std::string& padding) {
  return record("AveragePool", {x}, {{"pool_size", pool_size}, {"strides", literal_of(strides)}, {"padding", padding}});
}

SymbolicTensor depth_to_space(const Operand& x, int64_t block_size) {
  return record("DepthToSpace", {x}, {{"block_size", block_size}});
}
SymbolicTensor space_to_depth(const Operand& x, int64_t block_size) {
  return record("SpaceToDepth", {x}, {{"block_size", block_size}});
}
SymbolicTensor extract_patches(const Operand& x, int64_t size, std::optional<int64_t> strides,
                               const std::string& padding) {
  return record("ExtractPatches", {x}, {{"size", size}, {"strides", literal_of(strides)}, {"padding", padding}});
}

SymbolicTensor resize(const Operand& x, Size2D size, const std::string& interpolation, bool antialias) {
  return record("Resize", {x},
                {{"size", Literal(std::vector<int64_t>{size.values[0], size.values[1]})},
                 {"interpolation", interpolation},
                 {"antialias", antialias}});
}
SymbolicTensor rgb_to_grayscale(const Operand& x) { return record("RGBToGrayscale", {x}); }
SymbolicTensor rgb_to_hsv(const Operand& x) { return record("RGBToHSV", {x}); }
SymbolicTensor hsv_to_rgb(const Operand& x) { return record("HSVToRGB", {x}); }
SymbolicTensor affine_transform(const Operand& x, const Argument& transform, const std::string& interpolation,
                                const std::string& fill_mode) {
  return record("AffineTransform", {x, transform}, {{"interpolation", interpolation}, {"fill_mode", fill_mode}});
}
SymbolicTensor gaussian_blur(const Operand& x, int64_t kernel_size, double sigma) {
  return record("GaussianBlur", {x}, {{"kernel_size", kernel_size}, {"sigma", sigma}});
}

SymbolicTensors fft(const Operand& real, const Operand& imaginary) { return record_all("FFT", {real, imaginary}); }
SymbolicTensors fft2(const Operand& real, const Operand& imaginary) { return record_all("FFT2", {real, imaginary}); }
SymbolicTensors ifft2(const Operand& real, const Operand& imaginary) { return record_all("IFFT2", {real, imaginary}); }
SymbolicTensors rfft(const Operand& x, std::optional<int64_t> fft_length) {
  return record_all("RFFT", {x}, {{"fft_length", literal_of(fft_length)}});
}
SymbolicTensor irfft(const Operand& real, const Operand& imaginary, std::optional<int64_t> fft_length) {
  return record("IRFFT", {real, imaginary}, {{"fft_length", literal_of(fft_length)}});
}
SymbolicTensors stft(const Operand& x, int64_t sequence_length, int64_t sequence_stride, int64_t fft_length,
                     const std::string& window, bool center) {
  return record_all("STFT", {x},
                    {{"sequence_length", sequence_length},
                     {"sequence_stride", sequence_stride},
                     {"fft_length", fft_length},
                     {"window", window},
                     {"center", center}});
}
SymbolicTensor istft(const Operand& real, const Operand& imaginary, int64_t sequence_length, int64_t sequence_stride,
                     int64_t fft_length, const std::string& window, bool center) {
  return record("ISTFT", {real, imaginary},
                {{"sequence_length", sequence_length},
                 {"sequence_stride", sequence_stride},
                 {"fft_length", fft_length},
                 {"window", window},
                 {"center", center}});
}
SymbolicTensor extract_sequences(const Operand& x, int64_t sequence_length, int64_t sequence_stride) {
  return record("ExtractSequences", {x}, {{"sequence_length", sequence_length}, {"sequence_stride", sequence_stride}});
}

}  // namespace graft
