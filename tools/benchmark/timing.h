#pragma once

#include <functional>
#include <vector>

namespace graft::bench {

/// The time in milliseconds that one call of the work takes.
double milliseconds(const std::function<void()>& work);
double median(std::vector<double> values);

}  // namespace graft::bench
