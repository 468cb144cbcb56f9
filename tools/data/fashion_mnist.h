#pragma once

#include <filesystem>

#include "graft/core/tensor.h"

namespace graft::tools {

constexpr int64_t kClasses = 10;

/// The folder of Debian's package dataset-fashion-mnist.
constexpr const char* kFashionMnist = "/usr/share/datasets/fashion-mnist";

/// Fashion-MNIST as the demo and the examples train on it: 28x28 padded to 32x32, pixels from -1 to 1, (N, 32, 32, 1);
/// labels (N).
struct FashionMnist {
  Tensor train, test;
  Tensor train_labels, test_labels;
};

/// Reads the four files of the data set. Throws FormatError naming the file that is missing or damaged.
FashionMnist load_fashion_mnist(const std::filesystem::path& folder = kFashionMnist);

/// The inner 28x28 pixels, from 0 to 1, (N, 28, 28, 1): errors and pictures use this form.
Tensor pixels(const Tensor& images);

}  // namespace graft::tools
