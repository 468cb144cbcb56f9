#pragma once

#include "graft/graph/layers/recurrent/walk.h"

namespace graft {

// What the configs of recurrent layers and of their cells have in common: Keras's names are the same in all of them.

/// The settings of a cell behind its activations.
template <class Config>
void cell_fields(FieldVisitor& field, Config& config) {
  field("use_bias", config.use_bias);
  field("kernel_initializer", config.kernel_initializer);
  field("recurrent_initializer", config.recurrent_initializer);
  field("bias_initializer", config.bias_initializer);
  if constexpr (requires { config.unit_forget_bias; }) field("unit_forget_bias", config.unit_forget_bias);
  field("kernel_regularizer", config.kernel_regularizer);
  field("recurrent_regularizer", config.recurrent_regularizer);
  field("bias_regularizer", config.bias_regularizer);
  field("kernel_constraint", config.kernel_constraint);
  field("recurrent_constraint", config.recurrent_constraint);
  field("bias_constraint", config.bias_constraint);
  field("dropout", config.dropout);
  field("recurrent_dropout", config.recurrent_dropout);
  if constexpr (requires { config.reset_after; }) field("reset_after", config.reset_after);
  if constexpr (requires { config.implementation; }) field("implementation", config.implementation);
  field("seed", config.seed);
}

/// Those of the walk, which a layer has and a cell has not.
template <class Config>
void walk_fields(FieldVisitor& field, Config& config) {
  field("return_sequences", config.return_sequences);
  field("return_state", config.return_state);
  field("go_backwards", config.go_backwards);
  field("stateful", config.stateful);
  field("unroll", config.unroll);
  field("zero_output_for_mask", config.zero_output_for_mask);
}

template <class Config>
WalkSettings walk_settings(const Config& config) {
  return {config.return_sequences, config.return_state, config.go_backwards,
          config.stateful,         config.unroll,       config.zero_output_for_mask};
}

/// Copies the settings of cell_fields from a layer to its cell.
template <class LayerConfig, class CellConfig>
void copy_cell_settings(const LayerConfig& layer, CellConfig& cell) {
  cell.use_bias = layer.use_bias;
  cell.kernel_initializer = layer.kernel_initializer;
  cell.recurrent_initializer = layer.recurrent_initializer;
  cell.bias_initializer = layer.bias_initializer;
  if constexpr (requires { layer.unit_forget_bias; }) cell.unit_forget_bias = layer.unit_forget_bias;
  cell.kernel_regularizer = layer.kernel_regularizer;
  cell.recurrent_regularizer = layer.recurrent_regularizer;
  cell.bias_regularizer = layer.bias_regularizer;
  cell.kernel_constraint = layer.kernel_constraint;
  cell.recurrent_constraint = layer.recurrent_constraint;
  cell.bias_constraint = layer.bias_constraint;
  cell.dropout = layer.dropout;
  cell.recurrent_dropout = layer.recurrent_dropout;
  if constexpr (requires { layer.reset_after; }) cell.reset_after = layer.reset_after;
  if constexpr (requires { layer.implementation; }) cell.implementation = layer.implementation;
  cell.seed = layer.seed;
}

}  // namespace graft
