#pragma once

// Internal: the choices in which one Program can be compiled.

#include <string>
#include <vector>

#include "graft/ops/program/ways.h"

namespace graft {

/// One way to say a Program: which passes are left out or added, how images lie, how instructions are realised.
struct Formulation {
  std::string name = "usual";
  std::vector<std::string> without = {}, with = {};
  bool blocked = false;  ///< Lowering
  ops::Ways ways = {};   ///< likewise
};

}  // namespace graft
