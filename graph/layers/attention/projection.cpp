#include "graft/graph/layers/attention/projection.h"

namespace graft {

void ProjectionImpl::make(const std::vector<int64_t>& from, const std::vector<int64_t>& to) {
  if (built) return;
  std::vector<int64_t> shape = from;
  shape.insert(shape.end(), to.begin(), to.end());
  kernel_ = add_weight("kernel", Shape(shape), settings_.kernel_initializer, settings_.kernel_regularizer, true,
                       settings_.kernel_constraint);
  if (settings_.use_bias)
    bias_ = add_weight("bias", Shape(to), settings_.bias_initializer, settings_.bias_regularizer, true,
                       settings_.bias_constraint);
  from_ = ops::elements(from);
  to_ = ops::elements(to);
  built = true;
}

ops::Value ProjectionImpl::product(ops::Builder& b, ops::Value rows) const {
  const ops::Value kernel = b.reshape(b.variable(kernel_), {from_, to_});
  return b.inner_product(rows, kernel, settings_.use_bias ? b.reshape(b.variable(bias_), {to_}) : ops::Value{});
}

ops::Value ProjectionImpl::project(ops::Builder& b, ops::Value rows, int64_t batch) const {
  const ops::Value result = product(b, rows);
  add_activity_penalty(b, result, batch);
  return result;
}

ops::Value ProjectionImpl::gate(ops::Builder& b, ops::Value rows, int64_t batch) const {
  const ops::Value result = b.eltwise(product(b, rows), ops::Eltwise::logistic);
  add_activity_penalty(b, result, batch);
  return result;
}

ops::Values ProjectionImpl::emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const {
  return {project(b, inputs[0], b.dims(inputs[0])[0])};
}

}  // namespace graft
