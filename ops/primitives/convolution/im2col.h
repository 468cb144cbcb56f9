#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Between images and the matrix of their windows: (N, C, H, W) and (N OH OW, KH KW C), each window a row, zeros where
/// it lies on padding. OH, OW: how often the kernel fits.
class WindowMove : public Primitive {
 public:
  WindowMove(ConvArgs settings, Dims kernel_size) : args(std::move(settings)), kernel(std::move(kernel_size)) {}
  std::string attributes() const override;
  bool same_for_any_threads() const override { return true; }
  const ConvArgs args;
  const Dims kernel;  ///< (KH, KW)
};

/// The matrix of an image.
class Im2Col final : public WindowMove {
 public:
  using WindowMove::WindowMove;
  std::string_view name() const override { return "im2col"; }
  void realise(Lowering&, const Instruction&) const override;
};

/// Its transposed: each pixel is the sum of what the windows hold of it.
class Col2Im final : public WindowMove {
 public:
  using WindowMove::WindowMove;
  std::string_view name() const override { return "col2im"; }
  void realise(Lowering&, const Instruction&) const override;
};

}  // namespace graft::ops
