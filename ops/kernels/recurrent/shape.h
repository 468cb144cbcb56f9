#pragma once

// Internal: the sizes of a recurrent layer, and of the arrays that its kernels need beside its operands.

#include <cstdint>

#include "graft/ops/program/functions.h"

namespace graft::ops {

/// A cell of `units` units that walks over `steps` steps of `rows` sequences.
struct RecurrentShape {
  RecurrentArgs args;
  int64_t rows = 0, steps = 0, units = 0;
  int64_t lanes = 8;  ///< floats of a vector: 16 where the CPU has AVX-512, else 8

  /// Gates of the cell: the columns of its kernels are gates() * units.
  int64_t gates() const { return args.cell == Cell::simple ? 1 : args.cell == Cell::lstm ? 4 : 3; }
  /// Numbers that the backward walk needs of each unit and step: the gates of an LSTM; z, r, the candidate h, and of
  /// h U the columns of the candidate (gru) or r h (gru_reset_before); the new h of a simple cell.
  int64_t kept() const { return args.cell == Cell::simple ? 1 : 4; }
  /// A panel is a vector of neighbouring units; the last one may be filled up with zeros.
  int64_t panels() const { return (units + lanes - 1) / lanes; }
  int64_t padded() const { return panels() * lanes; }
  /// The step of the sequence that is the s-th of the walk.
  int64_t time(int64_t s) const { return args.go_backwards ? steps - 1 - s : s; }

  int64_t packed_floats() const { return padded() * units * gates(); }  ///< of a packed recurrent kernel
  int64_t forward_scratch() const { return 6 * rows * padded(); }
  int64_t backward_scratch() const { return 3 * rows * padded(); }
};

}  // namespace graft::ops
