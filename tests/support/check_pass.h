#pragma once

#include <doctest/doctest.h>

#include <string>

#include "graft/ops/program/builder.h"

namespace graft::test {

inline ops::Value weight(ops::Builder& b, const std::string& name, const Shape& shape) {
  return b.variable(Variable(name, Tensor(shape)));
}

inline const ops::ConvArgs kSame{{1, 1}, {0, 0}, {1, 1}, {1, 1}}, kValid{{1, 1}, {0, 0}, {0, 0}, {0, 0}};

/// The text of a Program before and after a pass.
inline void check_pass(ops::Program (*pass)(const ops::Program&), const ops::Program& program,
                       const std::string& before, const std::string& after) {
  CHECK(program.text() == before);
  CHECK(pass(program).text() == after);
}

}  // namespace graft::test
