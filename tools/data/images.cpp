#include "graft/tools/data/images.h"

#include <png.h>

#include <algorithm>
#include <cmath>

#include "graft/core/error.h"
#include "graft/core/file.h"

namespace graft::tools {

namespace {

// Frees the resources of libpng's simple interface.
class PngImage {
 public:
  explicit PngImage(int64_t channels) {
    image_.version = PNG_IMAGE_VERSION;
    format_ = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  }
  ~PngImage() { png_image_free(&image_); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;

  png_image* operator->() { return &image_; }
  png_image* get() { return &image_; }
  void use_format() { image_.format = static_cast<png_uint_32>(format_); }

 private:
  png_image image_ = {};
  int format_;
};

int64_t checked_channels(int64_t channels) {
  if (channels != 1 && channels != 3) throw ShapeError(cat("a PNG has 1 or 3 channels; received ", channels));
  return channels;
}

uint8_t to_byte(float value) { return static_cast<uint8_t>(std::lround(std::clamp(value, 0.f, 1.f) * 255)); }

}  // namespace

void write_png(const std::filesystem::path& path, const Tensor& image) {
  const Shape& shape = image.shape();
  if (shape.rank() != 3) throw ShapeError(cat("an image has the shape (H, W, C); received ", shape));
  PngImage png(checked_channels(shape[2]));
  png.use_format();
  png->width = static_cast<png_uint_32>(shape[1]);
  png->height = static_cast<png_uint_32>(shape[0]);
  std::vector<uint8_t> bytes;
  std::ranges::transform(image.data<float>(), std::back_inserter(bytes), to_byte);
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(*png.get());
  std::string file(size, '\0');
  if (!png_image_write_to_memory(png.get(), file.data(), &size, 0, bytes.data(), 0, nullptr))
    throw BackendError(cat(path.string(), ": cannot be made: ", png->message));
  file.resize(size);
  write_file(path, file);
}

Tensor read_png(const std::filesystem::path& path, int64_t channels) {
  const std::string file = read_file(path);
  PngImage png(checked_channels(channels));
  if (!png_image_begin_read_from_memory(png.get(), file.data(), file.size()))
    throw FormatError(path.string(), cat("cannot be read as PNG: ", png->message));
  png.use_format();
  std::vector<uint8_t> bytes(PNG_IMAGE_SIZE(*png.get()));
  if (!png_image_finish_read(png.get(), nullptr, bytes.data(), 0, nullptr))
    throw FormatError(path.string(), cat("cannot be read as PNG: ", png->message));
  Tensor image(Shape{png->height, png->width, channels});
  std::ranges::transform(bytes, image.data<float>().begin(),
                         [](uint8_t byte) { return static_cast<float>(byte) / 255; });
  return image;
}

Tensor image_grid(const std::vector<Tensor>& rows, const GridOptions& options) {
  if (rows.empty() || rows[0].shape().rank() != 4) throw ShapeError("a grid needs rows of images (N, H, W, C)");
  const int64_t h = rows[0].shape()[1], w = rows[0].shape()[2], c = rows[0].shape()[3];
  int64_t most = 0;
  for (const Tensor& row : rows) {
    if (row.shape().rank() != 4 || row.shape().with_batch(1) != Shape{1, h, w, c})
      throw ShapeError(cat("the images of a grid have one shape; received ", rows[0].shape(), " and ", row.shape()));
    most = std::max(most, row.shape()[0]);
  }
  const int64_t cell_h = h * options.scale + options.gap, cell_w = w * options.scale + options.gap;
  const int64_t width = most * cell_w + options.gap, height = static_cast<int64_t>(rows.size()) * cell_h + options.gap;
  Tensor grid = Tensor::full({height, width, c}, options.background);
  const std::span<float> to = grid.data<float>();
  for (size_t r = 0; r < rows.size(); ++r) {
    const std::span<const float> from = rows[r].data<float>();
    for (int64_t n = 0; n < rows[r].shape()[0]; ++n)
      for (int64_t y = 0; y < h * options.scale; ++y)
        for (int64_t x = 0; x < w * options.scale; ++x) {
          const int64_t row = static_cast<int64_t>(r) * cell_h + options.gap + y, column = n * cell_w + options.gap + x;
          const int64_t source = ((n * h + y / options.scale) * w + x / options.scale) * c;
          std::copy_n(from.begin() + source, c, to.begin() + (row * width + column) * c);
        }
  }
  return grid;
}

}  // namespace graft::tools
