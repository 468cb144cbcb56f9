#pragma once

// Helpers with which the tests of passes build their Programs.

#include <doctest/doctest.h>

#include <string>

#include "graft/ops/program/builder.h"
#include "tests/support/golden.h"

namespace graft::test {

inline ops::Value weight(ops::Builder& b, const std::string& name, const Shape& shape) {
  return b.variable(Variable(name, Tensor(shape)));
}

/// Labels the instruction that makes v: golden texts name v after it.
inline ops::Value named(ops::Builder& b, const std::string& label, ops::Value v) {
  b.program().instructions[static_cast<size_t>(b.program()[v].producer)].label = label;
  return v;
}

inline const ops::ConvArgs kSame{{1, 1}, {0, 0}, {1, 1}, {1, 1}}, kValid{{1, 1}, {0, 0}, {0, 0}, {0, 0}};

}  // namespace graft::test
