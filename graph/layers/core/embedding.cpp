#include "graft/graph/layers/core/embedding.h"

#include "graft/graph/axes.h"

namespace graft {

void EmbeddingConfig::fields(FieldVisitor& field) {
  field("input_dim", input_dim);
  field("output_dim", output_dim);
  field("embeddings_initializer", embeddings_initializer);
  field("embeddings_regularizer", embeddings_regularizer);
  field("activity_regularizer", activity_regularizer);
  field("embeddings_constraint", embeddings_constraint);
  field("mask_zero", mask_zero);
  field("lora_rank", lora_rank);
  field("lora_alpha", lora_alpha);
  quantization_config.field_of(field);
}

void ReversibleEmbeddingConfig::fields(FieldVisitor& field) {
  field("input_dim", input_dim);
  field("output_dim", output_dim);
  field("tie_weights", tie_weights);
  field("embeddings_initializer", embeddings_initializer);
  field("embeddings_regularizer", embeddings_regularizer);
  field("activity_regularizer", activity_regularizer);
  field("embeddings_constraint", embeddings_constraint);
  field("mask_zero", mask_zero);
  field("reverse_dtype", reverse_dtype);
  field("logit_soft_cap", logit_soft_cap);
  field("lora_rank", lora_rank);
  field("lora_alpha", lora_alpha);
  quantization_config.field_of(field);
}

namespace {

// A table of vectors, (rows, columns), as floats or as bytes with scales for each row.
class Table {
 public:
  Table() = default;
  Table(const DTypePolicy& policy, const QuantizationConfig& config, int64_t row_count, int64_t column_count)
      : storage(kernel_storage(policy)), rows(row_count), columns(column_count) {
    if (storage == KernelStorage::int4) block = block_size_of(policy, config);
    if (storage == KernelStorage::float8 || storage == KernelStorage::ternary)
      throw ConfigError(cat("dtype: an embedding is quantized as int8 or int4; received \"", policy.name(), '"'));
  }

  int64_t groups() const { return (columns + block - 1) / block; }
  Shape scale_shape() const { return block == -1 ? Shape{rows} : Shape{rows, groups()}; }
  Shape stored_shape() const { return {rows, storage == KernelStorage::int4 ? (columns + 1) / 2 : columns}; }

  ops::Value emit(ops::Builder& b) const {
    if (storage == KernelStorage::floats) return b.variable(weights);
    ops::Value whole = b.variable(weights);
    if (storage == KernelStorage::int4) whole = unpacked_int4(b, whole, columns);
    if (block == -1) return b.div(whole, b.reshape(b.variable(scale), {rows, 1}));
    const auto of_column = [&](const Variable& variable) { return b.take(b.variable(variable), b.variable(group), 1); };
    return b.mul(b.sub(whole, of_column(zero)), of_column(scale));
  }

  KernelStorage storage = KernelStorage::floats;
  int64_t rows = 0, columns = 0, block = -1;
  Variable weights, scale, zero, group;
};

// The table of the way back, (columns, rows) of the first one, with scales for each of its columns.
struct ReverseTable {
  Variable weights, scale, zero;

  ops::Value emit(ops::Builder& b, const Table& table) const {
    ops::Value whole = b.variable(weights);
    if (table.storage == KernelStorage::floats) return whole;
    if (table.storage == KernelStorage::int4) {  // packed along the first axis
      const ops::Value turned = unpacked_int4(b, b.transpose(whole, {1, 0}), table.columns);
      whole = b.transpose(turned, {1, 0});
    }
    if (table.block == -1) return b.div(whole, b.reshape(b.variable(scale), {1, table.rows}));
    const auto of_row = [&](const Variable& variable) {
      return b.take(b.variable(variable), b.variable(table.group), 0);
    };
    return b.mul(b.sub(whole, of_row(zero)), of_row(scale));
  }
};

// What both layers do with numbers.
template <class Config>
class EmbeddingBase : public ConfiguredLayer<Config> {
 public:
  using ConfiguredLayer<Config>::ConfiguredLayer;
  using ConfiguredLayer<Config>::config;

  bool casts_inputs() const override { return false; }

  void check() const override {
    check_at_least("input_dim", config.input_dim, 1);
    check_at_least("output_dim", config.output_dim, 1);
    if (config.lora_rank) check_at_least("lora_rank", *config.lora_rank, 1);
  }

  void check_built(std::span<const Shape>) const override {}

  std::vector<DType> infer_dtypes(std::span<const DType>, size_t) const override {
    return {this->dtype_policy.compute_dtype()};
  }

  size_t saved_weights() const override { return this->weights.size() - (config.lora_rank ? 2 : 0); }

 protected:
  void build_table() {
    const bool floats = table_.storage == KernelStorage::floats;
    table_.weights = this->add_weight(
        "embeddings", table_.stored_shape(), floats ? config.embeddings_initializer : Initializer("zeros"),
        config.embeddings_regularizer, floats && !config.lora_rank, config.embeddings_constraint);
    if (floats) return;
    table_.scale = this->add_weight("embeddings_scale", table_.scale_shape(), "ones", {}, false);
    if (table_.block == -1) return;
    table_.zero = this->add_weight("embeddings_zero", table_.scale_shape(), "zeros", {}, false);
    table_.group = this->add_weight("g_idx", {table_.columns}, "zeros", {}, false);
  }

  void build_lora() {
    if (!config.lora_rank) return;
    const int64_t rank = *config.lora_rank;
    lora_a_ = this->add_weight("lora_embeddings_a", {table_.rows, rank}, "he_uniform", config.embeddings_regularizer);
    lora_b_ = this->add_weight("lora_embeddings_b", {rank, table_.columns}, "zeros", config.embeddings_regularizer);
  }

  ops::Value emit_table(ops::Builder& b) const {
    const ops::Value table = table_.emit(b);
    if (!config.lora_rank) return table;
    return b.add(table, low_rank(b, lora_a_, lora_b_, *config.lora_rank, config.lora_alpha));
  }

  ops::Value emit_vectors(ops::Builder& b, ops::Value numbers) const {
    return to_channels_first(b, b.take(emit_table(b), to_channels_last(b, numbers), 0));
  }

  ops::Values emit_zero_mask(ops::Builder& b, ops::Value numbers) const {
    return {config.mask_zero ? b.binary(ops::Binary::ne, numbers, b.scalar(0)) : ops::Value{}};
  }

  Shape with_vectors(const Shape& numbers) const {
    std::vector<int64_t> dims = numbers.dims();
    dims.push_back(config.output_dim);
    return Shape(std::move(dims));
  }

  Table table_;
  Variable lora_a_, lora_b_;
};

class EmbeddingImpl final : public EmbeddingBase<EmbeddingConfig> {
 public:
  using EmbeddingBase::EmbeddingBase;
  std::string class_name() const override { return "Embedding"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {with_vectors(inputs[0])}; }

  void build(std::span<const Shape>) override {
    table_ = Table(dtype_policy, config.quantization_config, config.input_dim, config.output_dim);
    build_table();
    build_lora();
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {emit_vectors(b, inputs[0])};
  }

  ops::Values emit_masks(ops::Builder& b, const ops::Values& inputs, const ops::Values&,
                         const CallArguments&) const override {
    return emit_zero_mask(b, inputs[0]);
  }
};

class ReversibleEmbeddingImpl final : public EmbeddingBase<ReversibleEmbeddingConfig> {
 public:
  using EmbeddingBase::EmbeddingBase;
  std::string class_name() const override { return "ReversibleEmbedding"; }
  std::vector<std::string> call_signature() const override { return {"inputs", "reverse"}; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {with_vectors(inputs[0])}; }

  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    if (!arguments.reverse.value_or(false)) return infer(inputs.first(1));
    check_min_rank(inputs[0], 2, "(N, ..., output_dim)");
    if (inputs[0][-1] != Shape::none && inputs[0][-1] != config.output_dim)
      throw ShapeError(cat("the last dimension must be output_dim ", static_cast<int64_t>(config.output_dim),
                           "; received ", inputs[0]));
    return {inputs[0].with(-1, config.input_dim)};
  }

  void build(std::span<const Shape>) override {
    table_ = Table(dtype_policy, config.quantization_config, config.input_dim, config.output_dim);
    build_table();
    if (!config.tie_weights) build_reverse();
    build_lora();
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    return {arguments.reverse.value_or(false) ? emit_scores(b, inputs[0]) : emit_vectors(b, inputs[0])};
  }

  ops::Values emit_masks(ops::Builder& b, const ops::Values& inputs, const ops::Values&,
                         const CallArguments& arguments) const override {
    return arguments.reverse.value_or(false) ? ops::Values{ops::Value{}} : emit_zero_mask(b, inputs[0]);
  }

 private:
  void build_reverse() {
    const bool floats = table_.storage == KernelStorage::floats, int4 = table_.storage == KernelStorage::int4;
    const int64_t rows = int4 ? (table_.columns + 1) / 2 : table_.columns;
    reverse_.weights = add_weight("reverse_embeddings", {rows, table_.rows},
                                  floats ? config.embeddings_initializer : Initializer("zeros"), {}, floats);
    if (floats) return;
    const Shape scales = table_.block == -1 ? Shape{table_.rows} : Shape{table_.groups(), table_.rows};
    reverse_.scale = add_weight("reverse_embeddings_scale", scales, "ones", {}, false);
    if (table_.block != -1) reverse_.zero = add_weight("reverse_embeddings_zero", scales, "zeros", {}, false);
  }

  ops::Value emit_scores(ops::Builder& b, ops::Value vectors) const {
    const ops::Dims src = keras_dims(b, vectors);
    const ops::Value flat = reshape_keras(b, vectors, {ops::elements(src) / src.back(), src.back()});
    Quantizer quantizer;
    if (table_.storage != KernelStorage::floats)
      quantizer = config.quantization_config ? config.quantization_config.activation_quantizer
                                             : Quantizer{.class_name = "AbsMaxQuantizer"};
    const ops::Value rows = quantized_inputs(b, flat, quantizer, {-1});
    const ops::Value kernel = config.tie_weights ? b.transpose(emit_table(b), {1, 0}) : reverse_.emit(b, table_);
    ops::Value scores = b.matmul(rows, kernel);
    if (config.logit_soft_cap) {
      const auto cap = static_cast<float>(*config.logit_soft_cap);
      scores = b.scale(b.eltwise(b.scale(scores, 1 / cap), ops::Eltwise::tanh), cap);
    }
    ops::Dims dst = src;
    dst.back() = config.input_dim;
    return reshape_keras(b, scores, dst);
  }

  ReverseTable reverse_;
};

}  // namespace

Embedding::Embedding(EmbeddingConfig config, source_location location)
    : Layer(make_layer<EmbeddingImpl>(std::move(config), location)) {}

ReversibleEmbedding::ReversibleEmbedding(ReversibleEmbeddingConfig config, source_location location)
    : Layer(make_layer<ReversibleEmbeddingImpl>(std::move(config), location)) {}

std::vector<LayerClass> embedding_classes() {
  return {layer_class<EmbeddingImpl>("Embedding"), layer_class<ReversibleEmbeddingImpl>("ReversibleEmbedding")};
}

}  // namespace graft
