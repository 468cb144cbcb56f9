#include <algorithm>
#include <compare>
#include <numeric>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"

namespace graft::ops {

namespace {

// The new place of an instruction: the old instruction that it is moved behind (itself, unless it is an update), and
// its order among the updates that are moved there.
struct Place {
  size_t behind = 0, order = 0;
  auto operator<=>(const Place&) const = default;
};

std::vector<Place> places(const Program& program, const ProgramIndex& index) {
  std::vector<Place> place(program.instructions.size());
  PerValue<Place> last_reader(program);  // of each variable
  size_t hoisted = 0;
  for (size_t k = 0; k < place.size(); ++k) {
    const Instruction& i = program.instructions[k];
    const auto for_each_variable = [&](const auto& body) {
      for (const Value v : i.inputs)
        if (v && program[index.root(v)].source == Source::variable) body(last_reader[index.root(v)]);
    };
    place[k] = {k, 0};
    if (!index.traits(k).writes.empty()) {
      Place latest;
      for (const Value v : i.inputs)
        if (v && program[v].producer >= 0) latest = std::max(latest, place[static_cast<size_t>(program[v].producer)]);
      for_each_variable([&](const Place& last) { latest = std::max(latest, last); });
      place[k] = {latest.behind, ++hoisted};
    }
    for_each_variable([&](Place& last) { last = std::max(last, place[k]); });
  }
  return place;
}

}  // namespace

Program hoist_updates(const Program& program) {
  Rewriter rewriter(program);
  const std::vector<Place> place = places(program, rewriter.index());
  std::vector<size_t> order(place.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return place[a] < place[b]; });
  for (const size_t k : order) rewriter.copy(program.instructions[k]);
  return rewriter.finish();
}

}  // namespace graft::ops
