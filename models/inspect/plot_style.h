#pragma once

// Internal: the look of the pictures.

#include <string>
#include <vector>

namespace graft::plot {

std::string escaped(const std::string& text);  ///< escapes text for HTML-like labels

/// Returns "digraph G {" with the style of nodes, edges and boxes.
std::string begin_picture(const std::string& title);

/// Returns the fill colour of a layer class or a primitive by its kind: convolution, normalisation, activation, ...
const char* fill_of(const std::string& kind);
/// Returns the border colour of a shared layer; the colours repeat after the last.
const char* shared_border(size_t index);

/// Returns a label of several lines: the first is the title, the others are smaller.
std::string label_of(const std::vector<std::string>& lines);

}  // namespace graft::plot
