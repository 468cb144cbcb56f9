#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace graft {

/// Draws DOT text in the format of the path's ending: .svg and .png through Graphviz, .dot unchanged. The file appears
/// whole or not at all. Throws ConfigError for another ending, BackendError when this build has no Graphviz.
void draw_dot(const std::string& dot, const std::filesystem::path& path, int64_t dpi = 96);

}  // namespace graft
