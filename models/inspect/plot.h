#pragma once

#include <filesystem>
#include <string>

#include "graft/models/model/model.h"
#include "graft/ops/run/executable.h"

namespace graft {

/// Settings of plot_model.
struct PlotOptions {
  bool show_shapes = false;    ///< shows the output shapes of each call
  bool expand_nested = false;  ///< draws nested models as boxes around their layers instead of one node each
  int64_t dpi = 96;            ///< dots per inch of a .png
};

/// Draws a model in the format of the path's ending: .svg and .png through Graphviz, .dot as text. The file appears
/// whole or not at all. Throws ConfigError for another ending; BackendError when this build has no Graphviz, or the
/// file cannot be written. Source: keras.utils.plot_model.
void plot_model(const Model& model, const std::filesystem::path& path, const PlotOptions& options = {});

/// Returns the picture of a model as text for Graphviz: one node per layer call, in the order of execution. The calls
/// of a shared layer have one border colour and are labelled name@1, name@2, ... It works without Graphviz.
std::string model_dot(const Model& model, const PlotOptions& options = {});

/// Returns the picture of the Program that an Executable runs: one node per instruction after the passes, labelled with
/// its primitive, the layer, the implementation and the layout of its step, and the operations fused into it.
std::string executable_dot(const Executable& executable, const std::string& title);

}  // namespace graft
