#pragma once

#include <filesystem>
#include <string>

#include "graft/models/model/model.h"

namespace graft {

/// The picture of a model as text for Graphviz: one node per call of a layer, in the order of execution. The calls of a
/// shared layer have one border colour and are told apart as name@1, name@2, ...; nested models are boxes around their
/// layers when expanded. Needs no library.
std::string model_dot(const Model& model, const PlotOptions& options = {});

/// The picture of what an Executable runs: one node per instruction after the passes, with what its steps are.
std::string executable_dot(const Executable& executable, const std::string& title);

/// Draws DOT text by the ending of the path: .svg and .png through Graphviz, .dot as it is. The file appears whole or
/// not at all. Throws ConfigError for another ending, BackendError when this build has no Graphviz.
void draw_dot(const std::string& dot, const std::filesystem::path& path, int64_t dpi = 96);

}  // namespace graft
