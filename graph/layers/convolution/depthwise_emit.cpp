#include "graft/graph/layers/convolution/depthwise_emit.h"

#include "graft/graph/axes.h"

namespace graft {

ops::Value emit_depthwise(ops::Builder& b, ops::Value x, const Variable& kernel, ops::Value bias, const Size2D& strides,
                          const Size2D& dilation, const Padding& padding) {
  const ops::Dims src = b.dims(x);
  const ops::Dims k = kernel.shape().dims();
  const Window2D window = conv_window(src[2], src[3], {k[0], k[1]}, strides, dilation, padding);
  const ops::Value grouped = b.reshape(b.variable(kernel), {k[0], k[1], 1, k[2] * k[3]});
  return b.conv(x, b.transpose(grouped, {3, 2, 0, 1}), bias,
                {.strides = {strides.height, strides.width},
                 .dilates = {dilation.height - 1, dilation.width - 1},
                 .padding_l = window.before(),
                 .padding_r = window.after(),
                 .groups = k[2]});
}

}  // namespace graft
