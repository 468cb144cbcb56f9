#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Moves values between images (N, C, H, W) and the matrix of their windows (N OH OW, KH KW C). Each window is a row,
/// with zeros where it covers padding. OH and OW are the numbers of places where the kernel fits.
class WindowMove : public Primitive {
 public:
  WindowMove(ConvArgs settings, Dims kernel_size) : args(std::move(settings)), kernel(std::move(kernel_size)) {}
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override { return {.same_for_any_threads = true}; }
  const ConvArgs args;
  const Dims kernel;  ///< (KH, KW)
};

/// Computes the matrix of windows from the images.
class Im2Col final : public WindowMove {
 public:
  using WindowMove::WindowMove;
  std::string_view name() const override { return "im2col"; }
  void realise(Lowering&, const Instruction&) const override;
};

/// Computes the transpose of Im2Col: each pixel is the sum of its copies in all windows.
class Col2Im final : public WindowMove {
 public:
  using WindowMove::WindowMove;
  std::string_view name() const override { return "col2im"; }
  void realise(Lowering&, const Instruction&) const override;
};

}  // namespace graft::ops
