#include "graft/core/onednn.h"

#include <algorithm>
#include <numeric>

namespace graft::onednn {

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

static bool has(dnnl::cpu_isa wanted) {
  const auto bits = [](dnnl::cpu_isa isa) { return static_cast<unsigned>(isa); };
  return (bits(dnnl::get_effective_cpu_isa()) & bits(wanted)) == bits(wanted);
}

bool has_avx2() { return has(dnnl::cpu_isa::avx2); }
bool has_avx512() { return has(dnnl::cpu_isa::avx512_core); }
bool has_bf16() { return has(dnnl::cpu_isa::avx512_core_bf16); }
int64_t block() { return has_avx512() ? 16 : 8; }

memory::data_type type_of(DType dtype) {
  return dtype == DType::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

primitive_attr user_scratchpad() {
  primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

#if DNNL_VERSION_MAJOR >= 3

void append_eltwise(dnnl::post_ops& ops, algorithm algorithm, float alpha, float beta) {
  ops.append_eltwise(algorithm, alpha, beta);
}
dnnl::eltwise_forward::primitive_desc eltwise_pd(prop_kind kind, algorithm algorithm, const memory::desc& md,
                                                 float alpha, float beta) {
  return make_pd<dnnl::eltwise_forward>(user_scratchpad(), kind, algorithm, md, md, alpha, beta);
}
dnnl::eltwise_backward::primitive_desc eltwise_backward_pd(const dnnl::eltwise_forward::primitive_desc& forward,
                                                           algorithm algorithm, const memory::desc& diff,
                                                           const memory::desc& data, float alpha, float beta) {
  return make_pd_hint<dnnl::eltwise_backward>(forward, user_scratchpad(), algorithm, diff, diff, data, alpha, beta);
}
dnnl::batch_normalization_forward::primitive_desc batch_norm_pd(prop_kind kind, const memory::desc& md, float epsilon,
                                                                dnnl::normalization_flags flags) {
  return make_pd<dnnl::batch_normalization_forward>(user_scratchpad(), kind, md, md, epsilon, flags);
}
dnnl::batch_normalization_backward::primitive_desc batch_norm_backward_pd(
    const dnnl::batch_normalization_forward::primitive_desc& forward, const memory::desc& diff,
    const memory::desc& data, float epsilon, dnnl::normalization_flags flags) {
  return make_pd_hint<dnnl::batch_normalization_backward>(forward, user_scratchpad(), prop_kind::backward, diff, diff,
                                                          data, epsilon, flags);
}
memory::data_type type_of(const memory::desc& md) { return md.get_data_type(); }
Dims dims(const memory::desc& md) { return md.get_dims(); }
Dims strides(const memory::desc& md) { return md.get_strides(); }
bool is_plain(const memory::desc& md) {
  return md.get_format_kind() == memory::format_kind::blocked && md.get_inner_nblks() == 0;
}
static Dims inner_blocks(const memory::desc& md) { return md.get_inner_blks(); }
static Dims inner_axes(const memory::desc& md) { return md.get_inner_idxs(); }

#else

void append_eltwise(dnnl::post_ops& ops, algorithm algorithm, float alpha, float beta) {
  ops.append_eltwise(1.f, algorithm, alpha, beta);
}
dnnl::eltwise_forward::primitive_desc eltwise_pd(prop_kind kind, algorithm algorithm, const memory::desc& md,
                                                 float alpha, float beta) {
  return make_pd<dnnl::eltwise_forward>(user_scratchpad(), kind, algorithm, md, alpha, beta);
}
dnnl::eltwise_backward::primitive_desc eltwise_backward_pd(const dnnl::eltwise_forward::primitive_desc& forward,
                                                           algorithm algorithm, const memory::desc& diff,
                                                           const memory::desc& data, float alpha, float beta) {
  return make_pd_hint<dnnl::eltwise_backward>(forward, user_scratchpad(), algorithm, diff, data, alpha, beta);
}
dnnl::batch_normalization_forward::primitive_desc batch_norm_pd(prop_kind kind, const memory::desc& md, float epsilon,
                                                                dnnl::normalization_flags flags) {
  return make_pd<dnnl::batch_normalization_forward>(user_scratchpad(), kind, md, epsilon, flags);
}
dnnl::batch_normalization_backward::primitive_desc batch_norm_backward_pd(
    const dnnl::batch_normalization_forward::primitive_desc& forward, const memory::desc& diff,
    const memory::desc& data, float epsilon, dnnl::normalization_flags flags) {
  return make_pd_hint<dnnl::batch_normalization_backward>(forward, user_scratchpad(), prop_kind::backward, diff, data,
                                                          epsilon, flags);
}
memory::data_type type_of(const memory::desc& md) { return md.data_type(); }
Dims dims(const memory::desc& md) { return md.dims(); }
Dims strides(const memory::desc& md) {
  const auto& blocking = md.data.format_desc.blocking;
  return Dims(blocking.strides, blocking.strides + md.data.ndims);
}
bool is_plain(const memory::desc& md) {
  return md.data.format_kind == dnnl_blocked && md.data.format_desc.blocking.inner_nblks == 0;
}
static Dims inner_blocks(const memory::desc& md) {
  const auto& blocking = md.data.format_desc.blocking;
  return Dims(blocking.inner_blks, blocking.inner_blks + blocking.inner_nblks);
}
static Dims inner_axes(const memory::desc& md) {
  const auto& blocking = md.data.format_desc.blocking;
  return Dims(blocking.inner_idxs, blocking.inner_idxs + blocking.inner_nblks);
}

#endif

bool is_dense(const memory::desc& md) {
  if (!is_plain(md)) return false;
  const Dims d = dims(md);
  const int64_t elements = std::accumulate(d.begin(), d.end(), int64_t{1}, std::multiplies<>());
  return static_cast<int64_t>(md.get_size()) == elements * static_cast<int64_t>(memory::data_type_size(type_of(md)));
}

bool same_layout(const memory::desc& a, const memory::desc& b) {
  if (a == b) return true;
  if (!is_plain(a) || !is_plain(b) || type_of(a) != type_of(b) || dims(a) != dims(b)) return false;
  const Dims d = dims(a), sa = strides(a), sb = strides(b);
  for (size_t i = 0; i < d.size(); ++i)
    if (d[i] > 1 && sa[i] != sb[i]) return false;
  return true;
}

memory::desc row_major(const Dims& dims, memory::data_type type) {
  Dims strides(dims.size());
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0; stride *= std::max<int64_t>(dims[i], 1)) strides[i] = stride;
  return {dims, type, strides};
}

memory::desc channels_last(const Dims& dims, memory::data_type type) {
  if (dims.size() < 3) return row_major(dims, type);
  Dims strides(dims.size());
  strides[1] = 1;
  int64_t stride = dims[1];
  for (size_t i = dims.size(); i-- > 2; stride *= dims[i]) strides[i] = stride;
  strides[0] = stride;
  return {dims, type, strides};
}

memory::desc channels_last_weights(const Dims& dims) {
  Dims strides(dims.size());
  strides[0] = 1;
  strides[1] = dims[0];
  int64_t stride = dims[0] * dims[1];
  for (size_t i = dims.size(); i-- > 2; stride *= dims[i]) strides[i] = stride;
  return {dims, memory::data_type::f32, strides};
}

memory::desc any(const Dims& dims, memory::data_type type) { return {dims, type, memory::format_tag::any}; }

std::vector<int> inverse(const std::vector<int>& permutation) {
  std::vector<int> out(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) out[static_cast<size_t>(permutation[i])] = static_cast<int>(i);
  return out;
}

// oneDNN's permutation holds the place to which each old axis goes, ours the axis from which each new one comes.
memory::desc permuted(const memory::desc& md, const std::vector<int>& permutation) {
  return md.permute_axes(inverse(permutation));
}

std::string layout_name(const memory::desc& md) {
  const Dims d = dims(md), s = strides(md), blocks = inner_blocks(md), axes = inner_axes(md);
  std::vector<size_t> order(d.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return s[a] != s[b] ? s[a] > s[b] : d[a] > d[b]; });
  std::string name;
  for (const size_t axis : order) {
    const bool blocked = std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
    name += static_cast<char>((blocked ? 'A' : 'a') + static_cast<int>(axis));
  }
  for (size_t i = 0; i < blocks.size(); ++i) name += cat(blocks[i], static_cast<char>('a' + axes[i]));
  return name;
}

bool is_reference(const std::string& implementation) {
  return implementation.rfind("ref", 0) == 0 || implementation.rfind("simple", 0) == 0;
}

void guarded(const std::string& step, const std::function<void()>& call) {
  try {
    call();
  } catch (const dnnl::error& error) {
    throw BackendError(cat("oneDNN refused the step \"", step, "\": ", error.what(), " (status ",
                           static_cast<int>(error.status), ")"));
  }
}

}  // namespace graft::onednn
