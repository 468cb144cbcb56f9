#pragma once

// Internal to graft-bench: the primitives of oneDNN that Graft's kernels replace.

#include <string>
#include <unordered_map>
#include <vector>

#include "graft/core/onednn.h"
#include "graft/ops/program/builder.h"

namespace graft::bench {

/// Float memory in this layout, filled with 0.5.
dnnl::memory filled(const dnnl::memory::desc& md);

/// A oneDNN primitive with memory for every argument, scratchpad included.
class Primitive {
 public:
  template <class Pd>
  Primitive(const Pd& pd, const dnnl::primitive& primitive, std::unordered_map<int, dnnl::memory> arguments)
      : implementation_(pd.impl_info_str()),
        primitive_(primitive),
        stream_(onednn::engine()),
        arguments_(std::move(arguments)) {
    if (pd.scratchpad_desc().get_size() > 0) arguments_.emplace(DNNL_ARG_SCRATCHPAD, filled(pd.scratchpad_desc()));
  }
  /// Makes memory of its own for every argument.
  template <class Pd>
  Primitive(const Pd& pd, const dnnl::primitive& primitive,
            const std::vector<std::pair<int, dnnl::memory::desc>>& arguments)
      : Primitive(pd, primitive, memories(arguments)) {}

  void run();
  const std::string& implementation() const { return implementation_; }

 private:
  static std::unordered_map<int, dnnl::memory> memories(
      const std::vector<std::pair<int, dnnl::memory::desc>>& arguments);

  std::string implementation_;
  dnnl::primitive primitive_;
  dnnl::stream stream_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

/// Primitives that together compute what one kernel does.
class Chain {
 public:
  Chain(const Primitive& only) : primitives_{only} {}
  Chain(std::initializer_list<Primitive> primitives) : primitives_(primitives) {}
  void run();
  std::string implementations() const;  ///< each named once

 private:
  std::vector<Primitive> primitives_;
};

struct Convolution {
  ops::Dims src, dst, weights;
  ops::ConvArgs args;
};

Primitive batch_norm(const ops::Dims& dims);
Primitive layer_norm_forward(const ops::Dims& dims);
Primitive layer_norm_backward(const ops::Dims& dims);
Primitive softmax(const ops::Dims& dims);
/// (rows, columns, depth, left transposed, right transposed, ...).
Primitive product(const ops::Dims& size);
/// The products and the softmax of attention, (batch, heads, heads_kv, queries, keys, depth, width, ...), whose heads
/// are side by side; and their gradients from stored shares.
Chain attention(const ops::Dims& size);
Chain attention_backward(const ops::Dims& size);
Primitive sums(const ops::Dims& dims, const ops::Dims& to);
Primitive added_bias(const ops::Dims& dims);
Primitive up_sampling_backward(const ops::Dims& small, const ops::Dims& large, dnnl::algorithm algorithm);
/// The largest of windows, (images, channels, height, width, kernel, stride, padding, ...), and their gradient.
Chain largest_of_windows(const ops::Dims& size, bool with_gradient);
/// Puts the channels of two images side by side.
Primitive joined(const ops::Dims& dims);
Chain step_down(const ops::Dims& dims);
Chain adam_chain(const ops::Dims& dims);
/// Copies from or into the pixels inside a margin of one; oneDNN does not change the margin itself.
Primitive moved_inside(const ops::Dims& inner, const ops::Dims& outer, bool into);
Primitive convolution(const Convolution& c);
Primitive convolution_backward_weights(const Convolution& c);
Primitive convolution_backward_data(const Convolution& c);
Primitive upsampling(const ops::Dims& dims, const ops::Dims& to, dnnl::algorithm algorithm);

}  // namespace graft::bench
