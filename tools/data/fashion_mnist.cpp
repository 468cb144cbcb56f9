#include "graft/tools/data/fashion_mnist.h"

#include "graft/core/error.h"
#include "graft/tools/data/idx.h"

namespace graft::tools {

namespace {

constexpr int64_t kSize = 28, kPadding = 2, kPadded = kSize + 2 * kPadding;

Tensor load_images(const std::filesystem::path& path) {
  const Tensor bytes = read_idx(path);
  if (bytes.shape().rank() != 3 || bytes.shape().with_batch(1) != Shape{1, kSize, kSize})
    throw FormatError(path.string(), cat("expected images (N, 28, 28); received ", bytes.shape()));
  const int64_t count = bytes.shape()[0];
  Tensor images = Tensor::full({count, kPadded, kPadded, 1}, -1);
  const auto from = bytes.data<uint8_t>();
  const auto to = images.data<float>();
  for (int64_t n = 0; n < count; ++n)
    for (int64_t y = 0; y < kSize; ++y)
      for (int64_t x = 0; x < kSize; ++x)
        to[static_cast<size_t>((n * kPadded + y + kPadding) * kPadded + x + kPadding)] =
            static_cast<float>(from[static_cast<size_t>((n * kSize + y) * kSize + x)]) / 127.5f - 1;
  return images;
}

Tensor load_labels(const std::filesystem::path& path, const Tensor& images) {
  const Tensor labels = read_idx(path);
  if (labels.shape() != Shape{images.shape()[0]})
    throw FormatError(path.string(),
                      cat("expected a label for each of ", images.shape()[0], " images; received ", labels.shape()));
  return labels.cast(DType::s32);
}

}  // namespace

FashionMnist load_fashion_mnist(const std::filesystem::path& folder) {
  FashionMnist data;
  data.train = load_images(folder / "train-images-idx3-ubyte.gz");
  data.test = load_images(folder / "t10k-images-idx3-ubyte.gz");
  data.train_labels = load_labels(folder / "train-labels-idx1-ubyte.gz", data.train);
  data.test_labels = load_labels(folder / "t10k-labels-idx1-ubyte.gz", data.test);
  return data;
}

Tensor pixels(const Tensor& images) {
  const int64_t count = images.shape()[0];
  Tensor result(Shape{count, kSize, kSize, 1});
  const auto from = images.data<float>();
  const auto to = result.data<float>();
  for (int64_t n = 0; n < count; ++n)
    for (int64_t y = 0; y < kSize; ++y)
      for (int64_t x = 0; x < kSize; ++x)
        to[static_cast<size_t>((n * kSize + y) * kSize + x)] =
            (from[static_cast<size_t>((n * kPadded + y + kPadding) * kPadded + x + kPadding)] + 1) / 2;
  return result;
}

}  // namespace graft::tools
