#include "graft/ops/passes/pipeline.h"

#include <algorithm>

#include "graft/core/env.h"
#include "graft/core/error.h"

namespace graft::ops {

const std::vector<Pass>& passes() {
  static const std::vector<Pass> table{
      {"remove_dead_code", "removes instructions whose results nobody reads", remove_dead_code},
      {"simplify", "cancels views that undo each other, turns arithmetic with a number into one function", simplify},
      {"merge_common", "does the same instruction on the same operands once", merge_common},
      {"fold_padding", "makes zeros around an image, and cutting off, part of a convolution's padding", fold_padding},
      {"fold_batch_norm", "makes a normalisation by given statistics part of weights and bias", fold_batch_norm},
      {"fold_embedding", "makes a dense layer behind an embedding part of its table", fold_embedding},
      {"drop_dead_bias", "adds a bias that a normalisation takes away again to the mean alone", drop_dead_bias},
      {"split_pixels", "makes a transposed convolution with few channels one of stride 1 with more", split_pixels},
      {"multiply_windows", "makes gradients of a convolution with few windows one matrix product", multiply_windows},
      {"multiply_all_windows", "does the same also where it may be slower", multiply_all_windows, false},
      {"fuse_sum", "computes a sum with a convolution inside the convolution", fuse_sum},
      {"fuse_loss", "makes the gradients of a cross-entropy and of the softmax before it one", fuse_loss},
      {"fuse_eltwise", "makes an elementwise function part of the primitive before it", fuse_eltwise},
      {"use_winograd", "computes convolutions of 2 or 3 taps with fewer products, tile by tile", use_winograd, true,
       true},
      {"own_pooling", "computes poolings by a kernel that needs no record of the winners", own_pooling, true, true},
      {"fuse_norm", "makes relu or clip part of the training normalisation before it, and of its gradient", fuse_norm},
      {"hoist_updates", "moves an update up behind the last reader of its variable", hoist_updates},
  };
  return table;
}

namespace {

bool names(const std::vector<std::string>& list, const Pass& pass) {
  return std::find(list.begin(), list.end(), pass.name) != list.end();
}

std::vector<Pass> enabled_passes(const std::vector<std::string>& without, const std::vector<std::string>& with) {
  std::vector<Pass> out = passes();
  std::string all;
  for (const Pass& pass : out) all += cat(all.empty() ? "" : ", ", pass.name);
  for (const std::string& name : env::disabled_passes()) {
    const auto named = [&](const Pass& pass) { return name == "all" || name == pass.name; };
    if (name != "all" && std::none_of(passes().begin(), passes().end(), named))
      throw ConfigError(cat("GRAFT_DISABLE_PASSES: there is no pass \"", name, "\"; the passes are ", all));
    std::erase_if(out, named);
  }
  std::erase_if(out, [&](const Pass& pass) { return names(without, pass) || (!pass.usual && !names(with, pass)); });
  return out;
}

}  // namespace

Program optimize(const Program& program, const std::vector<std::string>& without,
                 const std::vector<std::string>& with) {
  const std::vector<Pass> enabled = enabled_passes(without, with);
  Program p = program;
  for (int round = 0; round < 2; ++round)
    for (const Pass& pass : enabled)
      if (round == 1 || !pass.last) p = pass.run(p);
  return p;
}

}  // namespace graft::ops
