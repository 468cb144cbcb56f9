#pragma once

// Internal: gathers the errors of layers that cannot take their new inputs, so that one error lists them all.

#include <vector>

#include "graft/core/error.h"

namespace graft {

class Misfits {
 public:
  void add(const ShapeError& error) { errors_.push_back(error); }
  /// Throws when there are errors: a single one unchanged, several as one ShapeError that lists them.
  void raise() const;

 private:
  std::vector<ShapeError> errors_;
};

}  // namespace graft
