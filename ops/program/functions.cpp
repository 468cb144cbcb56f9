#include "graft/ops/program/functions.h"

namespace graft::ops {

bool recurrent_supports(const CellFunction& f) {
  switch (f.function.algorithm) {
    case Eltwise::tanh:
    case Eltwise::logistic:
    case Eltwise::linear:
    case Eltwise::clip:
    case Eltwise::exp:
    case Eltwise::soft_relu:
      return true;
    case Eltwise::relu:
    case Eltwise::elu:
      return f.function.alpha >= 0;  // otherwise a result below 0 may come from either side of 0
    default:
      return false;  // the slope does not follow from the result
  }
}

}  // namespace graft::ops
