#pragma once

#include <vector>

#include "graft/graph/layer_impl.h"

namespace graft {

// The classes of each file of layers/, for registry.cpp.
std::vector<LayerClass> activation_classes();
std::vector<LayerClass> advanced_activation_classes();
std::vector<LayerClass> array_op_classes();
std::vector<LayerClass> batch_normalization_classes();
std::vector<LayerClass> concatenate_classes();
std::vector<LayerClass> conv2d_classes();
std::vector<LayerClass> conv2d_transpose_classes();
std::vector<LayerClass> cropping2d_classes();
std::vector<LayerClass> cross_entropy_classes();
std::vector<LayerClass> dense_classes();
std::vector<LayerClass> depthwise_conv2d_classes();
std::vector<LayerClass> dot_classes();
std::vector<LayerClass> dropout_classes();
std::vector<LayerClass> elementwise_classes();
std::vector<LayerClass> global_pooling2d_classes();
std::vector<LayerClass> input_classes();
std::vector<LayerClass> layer_normalization_classes();
std::vector<LayerClass> merge_classes();
std::vector<LayerClass> pooling2d_classes();
std::vector<LayerClass> reduction_classes();
std::vector<LayerClass> rescaling_classes();
std::vector<LayerClass> reshape_classes();
std::vector<LayerClass> separable_conv2d_classes();
std::vector<LayerClass> up_sampling2d_classes();
std::vector<LayerClass> zero_padding2d_classes();

}  // namespace graft
