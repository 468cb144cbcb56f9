#pragma once

// Internal: the look of the pictures.

#include <string>
#include <vector>

namespace graft::plot {

std::string escaped(const std::string& text);  ///< for HTML-like labels

/// "digraph G {" with the look of nodes, edges and boxes.
std::string begin_picture(const std::string& title);

/// The fill colour of a layer class or a primitive, by its kind: convolution, normalisation, activation, ...
const char* fill_of(const std::string& kind);
/// A border colour for each shared layer; the colours repeat after the last.
const char* shared_border(size_t index);

/// A label of lines: the first is the title, the others are smaller.
std::string label_of(const std::vector<std::string>& lines);

}  // namespace graft::plot
