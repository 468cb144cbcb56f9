#pragma once

#include <functional>
#include <vector>

namespace graft::bench {

/// How long the work takes, once.
double milliseconds(const std::function<void()>& work);
double median(std::vector<double> values);

}  // namespace graft::bench
