#pragma once

#include "graft/graph/layers/operations/operation.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

/// The sum of products that the subscripts name, "bij,bjk->bik", with "..." for further axes. Throws ConfigError for
/// subscripts that cannot be read, ShapeError where they do not fit the operands.
ops::Value einsum(const Operands& in, const std::string& subscripts, const ops::Values& operands);

}  // namespace graft
