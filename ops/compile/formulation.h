#pragma once

// Internal: the choices in which one Program can be compiled.

#include <string>
#include <vector>

#include "graft/ops/program/ways.h"

namespace graft {

/// One way to compile a Program: which passes are left out or added, the layout of images, the ways of instructions.
struct Formulation {
  std::string name = "usual";
  std::vector<std::string> without = {}, with = {};
  bool blocked = false;  ///< images are in blocked layouts, see Lowering
  ops::Ways ways = {};   ///< of instructions, by their signature
};

}  // namespace graft
