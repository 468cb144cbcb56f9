#pragma once

#include "graft/graph/layers/operations/expressions.h"

namespace graft {

/// PaddedWindows over images (N, C, spatial...): their size and where they are, along each spatial axis.
struct PaddedWindows {
  Dims kernel, strides, dilation;  ///< of Keras: dilation 1 is dense
  Dims before, after;              ///< pixels of padding
};

/// A setting that is one number for all spatial axes or a list of them; `otherwise` where it is None.
Dims spatial_setting(In in, const std::string& name, size_t axes, const Dims& otherwise = {});
/// The windows of the padding "same" or "valid" over images of these dims. Throws ConfigError for another word,
/// ShapeError where no window fits.
PaddedWindows padded_windows(In in, const Dims& dims, const Dims& kernel, const Dims& strides, const Dims& dilation);
/// The pixels of each window: (N, C, spatial...) -> (N, C, pixels of a window, windows...).
Value window_pixels(In in, Value x, const PaddedWindows& windows);
/// The opposite: the sum of all pixels at their places in images (N, C, spatial...) of these dims.
Value summed_windows(In in, Value pixels, const Dims& dims, const PaddedWindows& windows);
/// Images of the setting "data_format" as (N, C, spatial...), and such in its order.
Value images_first(In in, Value x);
Value images_back(In in, Value x);

}  // namespace graft
