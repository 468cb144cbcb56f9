#pragma once

#include "graft/graph/layers/attention/multi_head_attention.h"
#include "graft/graph/layers/convolution/conv.h"
#include "graft/graph/layers/convolution/conv_transpose.h"
#include "graft/graph/layers/convolution/separable_conv.h"
#include "graft/graph/layers/pooling/global_pooling.h"
#include "graft/graph/layers/pooling/pooling.h"

/// Keras's second names of layers: alias(the second name, the class).
#define GRAFT_LAYER_ALIASES(alias)                                                                                 \
  alias(Convolution1D, Conv1D) alias(Convolution2D, Conv2D) alias(Convolution3D, Conv3D)                           \
      alias(Convolution1DTranspose, Conv1DTranspose) alias(Convolution2DTranspose, Conv2DTranspose)                \
          alias(Convolution3DTranspose, Conv3DTranspose) alias(SeparableConvolution1D, SeparableConv1D)            \
              alias(SeparableConvolution2D, SeparableConv2D) alias(MaxPool1D, MaxPooling1D)                        \
                  alias(MaxPool2D, MaxPooling2D) alias(MaxPool3D, MaxPooling3D) alias(AvgPool1D, AveragePooling1D) \
                      alias(AvgPool2D, AveragePooling2D) alias(AvgPool3D, AveragePooling3D)                        \
                          alias(GlobalMaxPool1D, GlobalMaxPooling1D) alias(GlobalMaxPool2D, GlobalMaxPooling2D)    \
                              alias(GlobalMaxPool3D, GlobalMaxPooling3D)                                           \
                                  alias(GlobalAvgPool1D, GlobalAveragePooling1D)                                   \
                                      alias(GlobalAvgPool2D, GlobalAveragePooling2D)                               \
                                          alias(GlobalAvgPool3D, GlobalAveragePooling3D)                           \
                                              alias(GroupedQueryAttention, GroupQueryAttention)

namespace graft {

#define GRAFT_LAYER_ALIAS(second, first) using second = first;
GRAFT_LAYER_ALIASES(GRAFT_LAYER_ALIAS)
#undef GRAFT_LAYER_ALIAS

}  // namespace graft
