#pragma once

#include "graft/ops/builder.h"

namespace graft::ops {

/// Each window of an image as a row: (N, C, H, W) becomes (N OH OW, KH KW C), zeros where it lies on padding. OH, OW:
/// how often the kernel fits.
class Im2Col final : public Primitive {
 public:
  Im2Col(ConvArgs settings, Dims kernel_size) : args(std::move(settings)), kernel(std::move(kernel_size)) {}
  std::string_view name() const override { return "im2col"; }
  std::string attributes() const override;
  bool same_for_any_threads() const override { return true; }
  void realise(Lowering&, const Instruction&) const override;
  const ConvArgs args;
  const Dims kernel;  ///< (KH, KW)
};

/// Its transposed: each pixel is the sum of what the windows hold of it.
class Col2Im final : public Primitive {
 public:
  Col2Im(ConvArgs settings, Dims kernel_size) : args(std::move(settings)), kernel(std::move(kernel_size)) {}
  std::string_view name() const override { return "col2im"; }
  std::string attributes() const override;
  bool same_for_any_threads() const override { return true; }
  void realise(Lowering&, const Instruction&) const override;
  const ConvArgs args;
  const Dims kernel;
};

}  // namespace graft::ops
