#include "graft/ops/compile/compile.h"

#include <algorithm>

#include "graft/core/env.h"
#include "graft/core/error.h"
#include "graft/core/memory.h"
#include "graft/ops/compile/memory_limit.h"
#include "graft/ops/compile/rows.h"
#include "graft/ops/passes/pipeline.h"
#include "graft/ops/passes/set_precision.h"

namespace graft {

int thread_count(int asked) {
  if (asked < 0) throw ConfigError(cat("threads must be 1 or more, or 0 for all; received ", asked));
  if (asked == 0) asked = env::threads();
  return asked > 0 ? asked : env::cores();
}

namespace {

// The bytes that the steps of a run read from and write to temporary buffers.
size_t activation_traffic(const ExecutableState& state) {
  size_t bytes = 0;
  for (const ops::Step* step : state.main)
    for (const ops::Argument& a : step->arguments)
      if (state.buffers[static_cast<size_t>(a.operand.buffer)].kind == ops::BufferKind::temporary)
        bytes += a.operand.md.get_size();
  return bytes;
}

// The smallest number of parts with which the activations of a part fit into half of the cache. Weights that do not fit
// into the cache beside them are read from memory again in each part, so their bytes must be few compared with those of
// the activations.
int64_t fitting_parts(const ExecutableState& whole, int64_t rows) {
  const size_t cache = cache_bytes(), weights = packed_bytes(whole), traffic = activation_traffic(whole);
  if (whole.arena_bytes <= cache / 2) return 1;
  int64_t best = 1;
  for (int64_t parts = 2; parts <= rows; ++parts) {
    const size_t part = whole.arena_bytes / static_cast<size_t>(parts);
    const bool cheap = part + weights <= cache || static_cast<size_t>(parts) * weights <= traffic / 4;
    if (rows % parts != 0 || !cheap) continue;
    best = parts;
    if (part <= cache / 2) break;
  }
  return best;
}

std::shared_ptr<ExecutableState> lower_in_parts(const ops::Program& program, LoweringOptions lowering,
                                                const ExecutableOptions& options) {
  const auto lower_as = [&](int64_t parts, int64_t rows) {
    lowering.parts = static_cast<size_t>(parts);
    return lower_within(ops::for_rows(program, rows / parts), lowering, options.memory_limit);
  };
  if (options.parts < 0) throw ConfigError(cat("parts must be 1 or more, or 0; received ", options.parts));
  if (options.parts == 1) return lower_within(program, lowering, options.memory_limit);
  const int64_t rows = ops::independent_rows(program);
  if (options.parts == 0) {
    auto whole = lower_within(program, lowering, options.memory_limit);
    const int64_t parts = rows > 1 ? fitting_parts(*whole, rows) : 1;
    return parts == 1 ? whole : lower_as(parts, rows);
  }
  if (rows == 0) throw ConfigError("parts: a row of the outputs depends on other rows of the inputs");
  if (rows % options.parts != 0)
    throw ConfigError(cat("parts must divide the ", rows, " rows; received ", options.parts));
  return lower_as(options.parts, rows);
}

}  // namespace

std::shared_ptr<ExecutableState> compile_program(const ops::Program& program, const ExecutableOptions& options,
                                                 const Formulation& formulation) {
  const int threads = thread_count(options.threads);
  ops::check_supported(options.precision);
  std::vector<std::string> without = formulation.without;
  if (options.precision == Precision("bf16")) without.push_back("use_winograd");  // its kernels compute in float32
  const ops::Program optimized =
      ops::set_precision(ops::optimize(program, without, formulation.with), options.precision);
  auto state = lower_in_parts(optimized, {.threads = threads, .formulation = formulation}, options);
  state->precision = options.precision;
  return state;
}

}  // namespace graft
