#include "graft/ops/program/dims.h"

#include "graft/core/error.h"

namespace graft::ops {

std::string to_string(const Dims& dims) {
  std::string out = "(";
  for (size_t i = 0; i < dims.size(); ++i) out += cat(i ? "," : "", dims[i]);
  return out + ")";
}

int64_t elements(const Dims& dims) {
  int64_t product = 1;
  for (const int64_t d : dims) product *= d;
  return product;
}

}  // namespace graft::ops
