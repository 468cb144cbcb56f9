#include "graft/ops/run/runner.h"

#include <algorithm>
#include <cmath>

#include "graft/core/env.h"
#include "graft/core/error.h"
#include "graft/core/random.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft {

Runner::Runner(std::vector<const ops::Step*> steps, size_t buffers, int threads)
    : addresses_(buffers, nullptr), stream_(onednn::engine()), threads_(threads), checking_(env::check()) {
  for (const ops::Step* step : steps) {
    Call call{step, {}, {}, {}};
    for (const ops::Argument& a : step->arguments) {
      if (step->kernel) {
        call.operands.push_back(nullptr);
      } else {
        call.memories.push_back(dnnl::memory(a.operand.md, onednn::engine(), DNNL_MEMORY_NONE));
        call.arguments.push_back({a.id, call.memories.back().get()});
      }
    }
    calls_.push_back(std::move(call));
  }
}

void Runner::bind(const std::vector<void*>& addresses) {
  for (Call& call : calls_) {
    const auto& arguments = call.step->arguments;
    for (size_t k = 0; k < arguments.size(); ++k) {
      const auto b = static_cast<size_t>(arguments[k].operand.buffer);
      if (addresses[b] == addresses_[b] && addresses_[b]) continue;
      if (call.step->kernel)
        call.operands[k] = addresses[b];
      else
        call.memories[k].set_data_handle(addresses[b]);
    }
  }
  addresses_ = addresses;
}

void Runner::run(uint64_t seed) {
  for (size_t k = 0; k < calls_.size(); ++k) run_step(k, seed);
}

void Runner::run_step(size_t index, uint64_t seed) {
  Call& call = calls_[index];
  if (call.step->kernel)
    call.step->kernel({threads_, seed}, call.operands);
  else
    run_primitive(call);
  if (checking_) check(call);
}

void Runner::run_primitive(Call& call) {
  const ops::ThreadScope scope(call.step->threads);
  const auto status = dnnl_primitive_execute(call.step->onednn.get(), stream_.get(),
                                             static_cast<int>(call.arguments.size()), call.arguments.data());
  if (status == dnnl_success) return;
  throw BackendError(cat("oneDNN failed to run ", call.step->primitive, " (", call.step->implementation, "): status ",
                         static_cast<int>(status)))
      .who(call.step->label);
}

// A bfloat16 is the upper half of a float and has the same exponent, which is all ones for NaN and infinity.
static bool all_finite(const void* values, const ops::memory::desc& md) {
  if (onednn::type_of(md) == ops::memory::data_type::bf16) {
    const auto* bits = static_cast<const uint16_t*>(values);
    return std::none_of(bits, bits + md.get_size() / 2, [](uint16_t b) { return (b & 0x7f80) == 0x7f80; });
  }
  const auto* floats = static_cast<const float*>(values);
  return std::all_of(floats, floats + md.get_size() / sizeof(float), [](float v) { return std::isfinite(v); });
}

void Runner::check(const Call& call) const {
  for (const ops::Argument& a : call.step->arguments) {
    if (!a.written || a.id == DNNL_ARG_SCRATCHPAD || a.id == DNNL_ARG_WORKSPACE) continue;
    if (!all_finite(addresses_[static_cast<size_t>(a.operand.buffer)], a.operand.md))
      throw DataError(cat("the step ", call.step->primitive, " made a NaN or an infinity")).who(call.step->label);
  }
}

}  // namespace graft
