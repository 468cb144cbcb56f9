#pragma once

#include "graft/graph/layer_impl.h"
#include "graft/graph/layers/base/low_rank.h"

namespace graft {

/// How numbers are quantized, as keras.quantizers.AbsMaxQuantizer: x times the largest of value_range over
/// max|x| + epsilon, rounded to whole numbers within the range.
struct Quantizer {
  std::string class_name = {};  ///< Keras's class; empty: none
  std::vector<int64_t> value_range = {-127, 127};
  double epsilon = 1e-7;
  std::string output_dtype = "int8";
  explicit operator bool() const { return !class_name.empty(); }
  void fields(FieldVisitor& field);
};

/// Keras's quantization_config of a layer; the kind of quantization is in its dtype policy.
struct QuantizationConfig {
  std::string class_name = {};  ///< Int8QuantizationConfig, Int4QuantizationConfig, ...; empty: none
  Quantizer weight_quantizer = {};
  Quantizer activation_quantizer = {};
  std::optional<int64_t> block_size = {};  ///< of int4: inputs that share a scale; -1 or none: all of them
  explicit operator bool() const { return !class_name.empty(); }
  void fields(FieldVisitor& field);
  /// Reads or writes the setting "quantization_config" of a layer.
  void field_of(FieldVisitor& field);
};

/// How the kernel of a layer is stored, which its dtype policy says.
enum class KernelStorage { floats, int8, int4, float8, ternary };
/// Throws ConfigError for a quantization that Graft does not compute.
KernelStorage kernel_storage(const DTypePolicy& policy);
/// Of int4: how many rows of the kernel share a scale; -1: all.
int64_t block_size_of(const DTypePolicy& policy, const QuantizationConfig& config);

/// The quantizer of the inputs: that of the config, by default AbsMaxQuantizer for int8 and none otherwise.
Quantizer inputs_quantizer(KernelStorage storage, const QuantizationConfig& config);
/// Inputs after quantization, as floats again; each stretch along these axes (Keras's) has a scale of its own.
ops::Value quantized_inputs(ops::Builder& builder, ops::Value x, const Quantizer& quantizer,
                            const std::vector<int64_t>& axes);

/// Two numbers of 4 bits from each byte, along the last axis of (rows, bytes), of which `columns` are kept: (rows,
/// columns). The first number is in the lower half.
ops::Value unpacked_int4(ops::Builder& builder, ops::Value bytes, int64_t columns);
/// Five numbers of -1, 0 or 1 from each byte, along the first axis: (rows, columns).
ops::Value unpacked_ternary(ops::Builder& builder, ops::Value bytes, int64_t rows);

/// Numbers as float8_e4m3fn holds them once they are divided by the scale, times the scale again.
ops::Value through_float8(ops::Builder& builder, ops::Value x, ops::Value scale);

}  // namespace graft
