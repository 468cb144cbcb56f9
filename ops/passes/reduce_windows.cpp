#include "graft/core/onednn.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/pool.h"

namespace graft::ops {

namespace {

/// The only spatial axis along which windows have more than one pixel, if they are side by side without padding; else
/// -1.
int axis_of_windows(const PoolArgs& args, const Dims& src, const Dims& dst) {
  int axis = -1;
  for (size_t k = 0; k < args.kernel.size(); ++k) {
    if (args.padding_l[k] != 0 || args.padding_r[k] != 0 || args.strides[k] != args.kernel[k]) return -1;
    if (src[k + 2] != dst[k + 2] * args.kernel[k]) return -1;
    if (args.kernel[k] == 1) continue;
    if (axis >= 0) return -1;
    axis = static_cast<int>(k);
  }
  return axis;
}

class WindowReducer {
 public:
  explicit WindowReducer(const Program& program) : program_(program), rewriter_(program), b_(rewriter_.to()) {}

  Program run() {
    return rewriter_.each([&](const Instruction& i) { return reduce(i); });
  }

 private:
  bool reduce(const Instruction& i) {
    const auto* pool = primitive_as<PoolForward>(i);
    if (!pool || i.outputs.size() != 1) return false;
    const Dims &src = program_.dims(i.inputs[0]), &dst = program_.dims(i.outputs[0]);
    const int axis = axis_of_windows(pool->args, src, dst);
    if (axis < 0) return false;
    // channels last, where the pixels of a window are neighbours along an axis of their own
    const auto rank = static_cast<int>(src.size());
    std::vector<int> last{0}, first{0, rank - 1};
    Dims split{dst[0]}, whole{dst[0]};
    for (int k = 2; k < rank; ++k) {
      last.push_back(k);
      first.push_back(k - 1);
      split.push_back(dst[static_cast<size_t>(k)]);
      whole.push_back(dst[static_cast<size_t>(k)]);
      if (k == axis + 2) split.push_back(pool->args.kernel[static_cast<size_t>(axis)]);
    }
    last.push_back(1);
    split.push_back(dst[1]);
    whole.push_back(dst[1]);
    const Value windows = b_.reshape(b_.transpose(rewriter_(i.inputs[0]), last), split);
    const Reduction kind = pool->args.algorithm == Pooling::max ? Reduction::max : Reduction::mean;
    const Value found = b_.reshape(b_.reduce(kind, windows, {axis + 2}), whole);
    rewriter_.map(i.outputs[0], b_.transpose(found, first));
    return true;
  }

  const Program& program_;
  Rewriter rewriter_;
  Builder& b_;
};

}  // namespace

Program reduce_windows(const Program& program) { return onednn::has_avx512() ? program : WindowReducer(program).run(); }

}  // namespace graft::ops
