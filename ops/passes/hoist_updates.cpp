#include <algorithm>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"

namespace graft::ops {

Program hoist_updates(const Program& program) {
  const std::vector<Value> roots = variable_roots(program);
  const size_t n = program.instructions.size();
  // place[k]: behind which instruction k now stands (itself, unless it is an update), and as how manieth there.
  std::vector<std::pair<size_t, size_t>> place(n);
  std::vector<std::pair<size_t, size_t>> last_reader(program.values.size(), {0, 0});  // by variable
  size_t hoisted = 0;
  for (size_t k = 0; k < n; ++k) {
    const Instruction& i = program.instructions[k];
    place[k] = {k, 0};
    if (!i.primitive->writes().empty()) {
      std::pair<size_t, size_t> latest{0, 0};
      for (const Value v : i.inputs) {
        if (!v) continue;
        if (const int32_t p = program[v].producer; p >= 0) latest = std::max(latest, place[static_cast<size_t>(p)]);
        if (const Value root = roots[static_cast<size_t>(v.id)]; root)
          latest = std::max(latest, last_reader[static_cast<size_t>(root.id)]);
      }
      place[k] = {latest.first, ++hoisted};
    }
    for (const Value v : i.inputs)
      if (const Value root = v ? roots[static_cast<size_t>(v.id)] : Value{}; root)
        last_reader[static_cast<size_t>(root.id)] = std::max(last_reader[static_cast<size_t>(root.id)], place[k]);
  }
  std::vector<size_t> order(n);
  for (size_t k = 0; k < n; ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return place[a] < place[b]; });
  Rewriter rewriter(program);
  for (const size_t k : order) rewriter.copy(program.instructions[k]);
  return rewriter.finish();
}

}  // namespace graft::ops
