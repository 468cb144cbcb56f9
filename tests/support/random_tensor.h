#pragma once

#include "graft/core/random.h"
#include "graft/core/tensor.h"

namespace graft::test {

/// Numbers from -1 to 1, reproducible. A header alone: the tests that ThreadSanitizer runs link no more than they need.
inline Tensor random_tensor(const Shape& shape, uint64_t seed) {
  Tensor out(shape);
  Random random(seed);
  for (float& v : out.data<float>()) v = random.uniform(-1, 1);
  return out;
}

}  // namespace graft::test
