#include "graft/graph/layers/core/quantization.h"

#include "graft/graph/axes.h"

namespace graft {

void Quantizer::fields(FieldVisitor& field) {
  field("value_range", value_range);
  field("epsilon", epsilon);
  field("output_dtype", output_dtype);
  Literal axis;  // Keras 3.13 and older; that of a kernel follows from the layer
  if (field.reading()) field("axis", axis);
}

void QuantizationConfig::fields(FieldVisitor& field) {
  field.object("weight_quantizer", weight_quantizer.class_name, [&](FieldVisitor& in) { weight_quantizer.fields(in); });
  field.object("activation_quantizer", activation_quantizer.class_name,
               [&](FieldVisitor& in) { activation_quantizer.fields(in); });
  if (class_name.starts_with("Int4")) field("block_size", block_size);
}

void QuantizationConfig::field_of(FieldVisitor& field) {
  field.object("quantization_config", class_name, [&](FieldVisitor& in) { fields(in); });
}

KernelStorage kernel_storage(const DTypePolicy& policy) {
  const std::string& mode = policy.quantization();
  if (mode.empty()) return KernelStorage::floats;
  if (mode == "int8") return KernelStorage::int8;
  if (mode.starts_with("int4")) return KernelStorage::int4;
  if (mode == "float8") return KernelStorage::float8;
  if (mode == "ternary") return KernelStorage::ternary;
  throw ConfigError(cat("dtype: the quantization must be int8, int4, float8 or ternary; received \"", mode, '"'));
}

int64_t block_size_of(const DTypePolicy& policy, const QuantizationConfig& config) {
  if (config.class_name.starts_with("Int4")) return config.block_size.value_or(-1);
  const std::string& mode = policy.quantization();
  const size_t slash = mode.find('/');
  if (slash == std::string::npos || mode.substr(slash + 1) == "None") return -1;
  const int64_t size = std::atoll(mode.c_str() + slash + 1);
  if (size != -1 && size < 1) throw ConfigError(cat("dtype: the block size must be -1 or above 0; received ", mode));
  return size;
}

Quantizer inputs_quantizer(KernelStorage storage, const QuantizationConfig& config) {
  if (config) return config.activation_quantizer;
  return storage == KernelStorage::int8 ? Quantizer{.class_name = "AbsMaxQuantizer"} : Quantizer{};
}

ops::Value quantized_inputs(ops::Builder& b, ops::Value x, const Quantizer& quantizer,
                            const std::vector<int64_t>& axes) {
  if (!quantizer) return x;
  const auto rank = static_cast<int64_t>(b.dims(x).size());
  std::vector<int> along;
  for (const int64_t axis : axes) along.push_back(logical_axis(axis, rank));
  const auto low = static_cast<float>(quantizer.value_range.at(0));
  const auto high = static_cast<float>(quantizer.value_range.at(1));
  const ops::Value largest = b.reduce(ops::Reduction::max, b.eltwise(x, ops::Eltwise::abs), along);
  const ops::Value scale = b.div(b.scalar(high), b.scale(largest, 1, static_cast<float>(quantizer.epsilon)));
  const ops::Value whole = b.eltwise(b.mul(x, scale), ops::Eltwise::round);
  return b.div(b.eltwise(whole, ops::Eltwise::clip, low, high), scale);
}

// Bytes are kept as the signed numbers that files have, or unsigned: 0 to 255.
static ops::Value unsigned_bytes(ops::Builder& b, ops::Value bytes) {
  return b.where(b.binary(ops::Binary::lt, bytes, b.scalar(0)), b.scale(bytes, 1, 256), bytes);
}

static ops::Value quotient(ops::Builder& b, ops::Value x, float divisor) {
  return b.eltwise(b.scale(x, 1 / divisor), ops::Eltwise::floor);
}

// 0 to 15 as -8 to 7.
static ops::Value signed_nibble(ops::Builder& b, ops::Value x) {
  return b.where(b.binary(ops::Binary::ge, x, b.scalar(8)), b.scale(x, 1, -16), x);
}

ops::Value unpacked_int4(ops::Builder& b, ops::Value bytes, int64_t columns) {
  const ops::Dims dims = b.dims(bytes);
  const ops::Value whole = unsigned_bytes(b, bytes);
  const ops::Value upper = quotient(b, whole, 16), lower = b.sub(whole, b.scale(upper, 16));
  ops::Values halves;
  for (const ops::Value half : {lower, upper})
    halves.push_back(b.reshape(signed_nibble(b, half), {dims[0], dims[1], 1}));
  const ops::Value all = b.reshape(b.concat(halves, 2), {dims[0], 2 * dims[1]});
  return b.slice(all, {0, 0}, {dims[0], columns});
}

// 1/3 is no float, so the quotient is taken a little above the whole number.
ops::Value unpacked_ternary(ops::Builder& b, ops::Value bytes, int64_t rows) {
  const ops::Dims dims = b.dims(bytes);
  ops::Value rest = unsigned_bytes(b, bytes);
  ops::Values digits;
  for (int place = 0; place < 5; ++place) {
    const ops::Value next = b.eltwise(b.scale(rest, 1.f / 3, 0.1f), ops::Eltwise::floor);
    digits.push_back(b.reshape(b.scale(b.sub(rest, b.scale(next, 3)), 1, -1), {dims[0], 1, dims[1]}));
    rest = next;
  }
  return b.slice(b.reshape(b.concat(digits, 1), {5 * dims[0], dims[1]}), {0, 0}, {rows, dims[1]});
}

ops::Value through_float8(ops::Builder& b, ops::Value x, ops::Value scale) {
  const float max = ops::kFloat8E4M3.max;
  const ops::Value bounded = b.eltwise(b.div(x, scale), ops::Eltwise::clip, -max, max);
  return b.mul(b.round_float(bounded, ops::kFloat8E4M3), scale);
}

}  // namespace graft
