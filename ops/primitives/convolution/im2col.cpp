#include "graft/ops/primitives/convolution/im2col.h"

#include "graft/ops/kernels/windows.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

WindowAxis axis(const Dims& image, const Dims& kernel, const ConvArgs& args, size_t i) {
  const int64_t step = args.dilates[i] + 1, extent = (kernel[i] - 1) * step + 1;
  const int64_t room = image[i + 2] + args.padding_l[i] + args.padding_r[i] - extent;
  return {image[i + 2], room / args.strides[i] + 1, kernel[i], args.strides[i], step, args.padding_l[i]};
}

Windows windows(const Dims& image, const Dims& kernel, const ConvArgs& args, int64_t matrix_rows) {
  Windows out{image[0], image[1], axis(image, kernel, args, 0), axis(image, kernel, args, 1)};
  out.columns.windows = matrix_rows / out.images / out.rows.windows;
  return out;
}

}  // namespace

std::string WindowMove::attributes() const {
  const auto join = [](const Dims& dims) { return cat(dims[0], 'x', dims[1]); };
  std::string out = cat("kernel=", join(kernel), " strides=", join(args.strides), " padding=", join(args.padding_l),
                        ',', join(args.padding_r));
  return args.dilates == Dims{0, 0} ? out : out + cat(" dilates=", join(args.dilates));
}

void Im2Col::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &image = lowering.dims(self.inputs[0]), &matrix = lowering.dims(self.outputs[0]);
  lowering.kernel(self, "im2col", {lowering.as(self.inputs[0], onednn::channels_last(image))},
                  {lowering.define(self.outputs[0], onednn::row_major(matrix))},
                  [w = windows(image, kernel, args, matrix[0])](const Run& run, std::span<void* const> p) {
                    images_to_windows(run.threads, w, in(p[0]), out(p[1]));
                  });
}

void Col2Im::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &matrix = lowering.dims(self.inputs[0]), &image = lowering.dims(self.outputs[0]);
  lowering.kernel(self, "col2im", {lowering.row_major(self.inputs[0])},
                  {lowering.define(self.outputs[0], onednn::channels_last(image))},
                  [w = windows(image, kernel, args, matrix[0])](const Run& run, std::span<void* const> p) {
                    windows_to_images(run.threads, w, in(p[0]), out(p[1]));
                  });
}

}  // namespace graft::ops
