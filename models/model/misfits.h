#pragma once

// Internal: what does not fit a change, gathered so that one error tells all of it.

#include <string>
#include <vector>

#include "graft/core/error.h"

namespace graft {

class Misfits {
 public:
  void add(const ShapeError& error) { errors_.push_back(error); }
  /// Nothing when all fitted; a single error as it is, several as one that lists them.
  void raise() const;

 private:
  std::vector<ShapeError> errors_;
};

}  // namespace graft
