#include "graft/graph/layers/recurrent/steps.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;

Shape step_shape(const Shape& sequence) {
  check_min_rank(sequence, 3, "(N, T, ...)");
  std::vector<int64_t> dims = sequence.dims();
  dims.erase(dims.begin() + 1);
  return Shape(dims);
}

Value step_at(Builder& b, Value sequence, int64_t t) {
  Dims begin(b.dims(sequence).size(), 0), sizes = b.dims(sequence);
  begin[1] = t;
  sizes[1] = 1;
  const Value step = b.slice(sequence, begin, sizes);
  sizes.erase(sizes.begin() + 1);
  return b.reshape(step, sizes);
}

Value merge_steps(Builder& b, Value sequence) {
  Dims dims = b.dims(sequence);
  dims[1] *= dims[0];
  dims.erase(dims.begin());
  return b.reshape(sequence, dims);
}

Value split_steps(Builder& b, Value rows, int64_t steps) {
  Dims dims = b.dims(rows);
  dims.insert(dims.begin(), dims[0] / steps);
  dims[1] = steps;
  return b.reshape(rows, dims);
}

Value stack_steps(Builder& b, const ops::Values& steps) {
  ops::Values rows;
  for (const Value step : steps) {
    Dims dims = keras_dims(b, step);
    dims.insert(dims.begin() + 1, 1);
    rows.push_back(b.reshape(to_channels_last(b, step), dims));
  }
  return rows.size() == 1 ? rows[0] : b.concat(rows, 1);
}

}  // namespace graft
