#pragma once

// Only this file depends on the version of oneDNN, Debian's 2.6 or 3.x. It is internal and not installed.

#include <dnnl.hpp>
#include <functional>
#include <string>
#include <vector>

#include "graft/core/error.h"
#include "graft/core/tensor.h"

namespace graft::onednn {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::primitive_attr;
using dnnl::prop_kind;
using Dims = std::vector<int64_t>;

const dnnl::engine& engine();  ///< the CPU
bool has_avx2();               ///< whether the CPU has vectors of eight floats
bool has_avx512();             ///< whether oneDNN computes with vectors of sixteen floats
bool has_bf16();               ///< whether the CPU multiplies bfloat16 numbers
int64_t block();               ///< channels in a block, as many as a vector has floats
memory::data_type type_of(DType dtype);

/// Makes P::primitive_desc from these arguments, in either version.
template <class P, class... Args>
typename P::primitive_desc make_pd(const primitive_attr& attr, const Args&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename P::primitive_desc(engine(), args..., attr);
#else
  return typename P::primitive_desc(typename P::desc(args...), attr, engine());
#endif
}

/// Makes that of a backward primitive, which takes the forward one as a hint.
template <class P, class Hint, class... Args>
typename P::primitive_desc make_pd_hint(const Hint& hint, const primitive_attr& attr, const Args&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename P::primitive_desc(engine(), args..., hint, attr);
#else
  return typename P::primitive_desc(typename P::desc(args...), attr, engine(), hint);
#endif
}

#if DNNL_VERSION_MAJOR >= 3
using pooling_forward = dnnl::pooling_forward;
using pooling_backward = dnnl::pooling_backward;
using softmax_forward = dnnl::softmax_forward;
using softmax_backward = dnnl::softmax_backward;
#else
using pooling_forward = dnnl::pooling_v2_forward;
using pooling_backward = dnnl::pooling_v2_backward;
using softmax_forward = dnnl::softmax_v2_forward;
using softmax_backward = dnnl::softmax_v2_backward;
#endif

/// Puts scratchpads in the caller's memory. In oneDNN's own, two threads in one primitive give wrong results.
primitive_attr user_scratchpad();
void append_eltwise(dnnl::post_ops& ops, algorithm algorithm, float alpha, float beta);

dnnl::eltwise_forward::primitive_desc eltwise_pd(prop_kind kind, algorithm algorithm, const memory::desc& md,
                                                 float alpha, float beta);
dnnl::eltwise_backward::primitive_desc eltwise_backward_pd(const dnnl::eltwise_forward::primitive_desc& forward,
                                                           algorithm algorithm, const memory::desc& diff,
                                                           const memory::desc& data, float alpha, float beta);
dnnl::batch_normalization_forward::primitive_desc batch_norm_pd(prop_kind kind, const memory::desc& md, float epsilon,
                                                                dnnl::normalization_flags flags);
dnnl::batch_normalization_backward::primitive_desc batch_norm_backward_pd(
    const dnnl::batch_normalization_forward::primitive_desc& forward, const memory::desc& diff,
    const memory::desc& data, float epsilon, dnnl::normalization_flags flags);
/// oneDNN 2.6 requires the shift among the arguments of the backward pass, and 3.x forbids it.
constexpr bool kBatchNormBackwardTakesShift = DNNL_VERSION_MAJOR < 3;

memory::data_type type_of(const memory::desc& md);
Dims dims(const memory::desc& md);
Dims strides(const memory::desc& md);   ///< of a plain layout, in elements
bool is_plain(const memory::desc& md);  ///< strided, no blocks inside
bool is_dense(const memory::desc& md);  ///< plain and without holes: the elements are contiguous in some order
/// Whether type and place of every element are the same (oneDNN's == also compares the strides of dims of size 1).
bool same_layout(const memory::desc& a, const memory::desc& b);
memory::desc row_major(const Dims& dims, memory::data_type type = memory::data_type::f32);
memory::desc channels_last(const Dims& dims,
                           memory::data_type type = memory::data_type::f32);  ///< dims are N, C, spatial
memory::desc channels_last_weights(const Dims& dims);  ///< dims are O, I, spatial; in memory spatial, I, O
memory::desc any(const Dims& dims, memory::data_type type = memory::data_type::f32);
/// The permutation that undoes another.
std::vector<int> inverse(const std::vector<int>& permutation);
/// md with its logical axes renamed: result.dims[i] = md.dims[permutation[i]]; the memory stays as it is.
memory::desc permuted(const memory::desc& md, const std::vector<int>& permutation);
std::string layout_name(const memory::desc& md);       ///< "acdb", "ABcd16b16a"
bool is_reference(const std::string& implementation);  ///< "ref:..." and "simple:...", the slow ones

/// Runs the call and turns a dnnl::error into a BackendError that names the step.
void guarded(const std::string& step, const std::function<void()>& call);

}  // namespace graft::onednn
