#include "graft/ops/program/builder.h"

#include "graft/core/error.h"

namespace graft::ops {

static Dims dims_of(const Shape& shape) { return shape.rank() == 0 ? Dims{1} : shape.dims(); }

static Value add_value(Program& program, ValueInfo info) {
  program.values.push_back(std::move(info));
  return {static_cast<int32_t>(program.values.size()) - 1};
}

Value Builder::input(const Dims& dims, const std::string& name, DType dtype) {
  const Value v = add_value(program_, {.dims = dims, .dtype = dtype, .source = Source::input, .name = name});
  program_.inputs.push_back(v);
  return v;
}

Value Builder::variable(const Variable& variable) {
  const auto [entry, fresh] = variables_.try_emplace(&variable.state(), Value{});
  if (fresh)
    entry->second = add_value(
        program_,
        {.dims = dims_of(variable.shape()), .source = Source::variable, .name = variable.name(), .variable = variable});
  return rounding_ ? round_float(entry->second, *rounding_) : entry->second;
}

Value Builder::constant(const Tensor& tensor) {
  return add_value(program_,
                   {.dims = dims_of(tensor.shape()), .source = Source::constant, .constant = tensor.cast(DType::f32)});
}

Value Builder::scalar(float value) { return constant(Tensor(Shape{1}, std::vector<float>{value})); }

Statistics Builder::statistics_of(const Variable& statistic, bool trainable) const {
  if (!statistics_) return trainable ? Statistics::update : Statistics::frozen;
  const auto entry = statistics_->find(&statistic.state());
  return entry == statistics_->end() ? Statistics::frozen : entry->second;
}

Values Builder::append(std::shared_ptr<const Primitive> primitive, Values inputs, const std::vector<Dims>& out_dims,
                       DType dtype) {
  const auto index = static_cast<int32_t>(program_.instructions.size());
  Values outputs;
  for (const Dims& dims : out_dims)
    outputs.push_back(add_value(program_, {.dims = dims, .dtype = dtype, .producer = index}));
  program_.instructions.push_back({std::move(primitive), std::move(inputs), outputs, label_, merged_});
  return outputs;
}

Program Builder::finish(Values outputs) {
  program_.outputs = std::move(outputs);
  program_.verify();
  return std::move(program_);
}

Builder::Scope::Scope(Builder& builder, const std::string& name) : builder_(builder), outer_(builder.label_) {
  builder_.label_ = outer_.empty() ? name : outer_ + "/" + name;
}

Builder::Scope::~Scope() { builder_.label_ = outer_; }

}  // namespace graft::ops
