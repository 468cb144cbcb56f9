#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

// The functions of keras.ops of the same names for images (N, H, W, C) and signals (..., samples).

/// Convolutions and poolings; kernels are (H, W, in, out), strides one for both axes.
SymbolicTensor conv(const Operand& x, const Argument& kernel, int64_t strides = 1, const std::string& padding = "valid",
                    int64_t dilation_rate = 1);
SymbolicTensor depthwise_conv(const Operand& x, const Argument& kernel, int64_t strides = 1,
                              const std::string& padding = "valid", int64_t dilation_rate = 1);
SymbolicTensor max_pool(const Operand& x, int64_t pool_size, std::optional<int64_t> strides = {},
                        const std::string& padding = "valid");
SymbolicTensor average_pool(const Operand& x, int64_t pool_size, std::optional<int64_t> strides = {},
                            const std::string& padding = "valid");

/// Blocks of pixels.
SymbolicTensor depth_to_space(const Operand& x, int64_t block_size);
SymbolicTensor space_to_depth(const Operand& x, int64_t block_size);
SymbolicTensor extract_patches(const Operand& x, int64_t size, std::optional<int64_t> strides = {},
                               const std::string& padding = "valid");

/// Sizes and colours.
SymbolicTensor resize(const Operand& x, Size2D size, const std::string& interpolation = "bilinear",
                      bool antialias = false);
SymbolicTensor rgb_to_grayscale(const Operand& x);
SymbolicTensor rgb_to_hsv(const Operand& x);
SymbolicTensor hsv_to_rgb(const Operand& x);
SymbolicTensor affine_transform(const Operand& x, const Argument& transform,
                                const std::string& interpolation = "bilinear",
                                const std::string& fill_mode = "constant");
SymbolicTensor gaussian_blur(const Operand& x, int64_t kernel_size = 3, double sigma = 1);

/// Fourier transforms; complex tensors are {real, imaginary} pairs.
SymbolicTensors fft(const Operand& real, const Operand& imaginary);
SymbolicTensors fft2(const Operand& real, const Operand& imaginary);
SymbolicTensors ifft2(const Operand& real, const Operand& imaginary);
SymbolicTensors rfft(const Operand& x, std::optional<int64_t> fft_length = {});
SymbolicTensor irfft(const Operand& real, const Operand& imaginary, std::optional<int64_t> fft_length = {});
SymbolicTensors stft(const Operand& x, int64_t sequence_length, int64_t sequence_stride, int64_t fft_length,
                     const std::string& window = "hann", bool center = true);
SymbolicTensor istft(const Operand& real, const Operand& imaginary, int64_t sequence_length, int64_t sequence_stride,
                     int64_t fft_length, const std::string& window = "hann", bool center = true);
SymbolicTensor extract_sequences(const Operand& x, int64_t sequence_length, int64_t sequence_stride);

}  // namespace graft
