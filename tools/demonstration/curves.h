#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft::tools {

struct Curve {
  std::string name;
  std::vector<double> x, y;
};

struct Panel {
  std::string title, x_label, y_label;
  bool logarithmic = false;  ///< the y axis; every y must be above 0
  std::vector<Curve> curves;
};

/// The means of `window` neighbours, so that a curve of single batches can be read. The result is as long as the input.
std::vector<double> smoothed(const std::vector<double>& values, size_t window);

/// Draws the panels side by side as SVG; the file appears whole or not at all. Throws DataError for a panel without
/// points, or a value that the axis cannot show.
void write_curves(const std::filesystem::path& path, const std::vector<Panel>& panels);

}  // namespace graft::tools
