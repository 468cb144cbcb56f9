#pragma once

// Internal: the choices by which one Program can be compiled.

#include <string>
#include <vector>

#include "graft/ops/program/ways.h"

namespace graft {

/// One way to compile a Program: the passes that are left out or added, the layout of images, and the ways of
/// instructions.
struct Formulation {
  std::string name = "usual";
  std::vector<std::string> without = {}, with = {};
  bool blocked = false;  ///< whether images are in blocked layouts, see Lowering
  ops::Ways ways = {};   ///< the ways of instructions, by signature
};

}  // namespace graft
