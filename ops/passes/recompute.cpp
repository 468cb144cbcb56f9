#include <algorithm>
#include <tuple>

#include "graft/ops/passes/recompute.h"
#include "graft/ops/passes/rewriter.h"

namespace graft::ops {

namespace {

/// The instructions that read each value of a Program. A read of a view counts as a read of the value that it is a view
/// of.
class Reads {
 public:
  explicit Reads(const Program& program)
      : program_(program), index_(program), reads_(program), changed_(program, program.instructions.size()) {
    for (size_t k = 0; k < program.instructions.size(); ++k)
      if (!is_view(k))
        for (const Value v : program.instructions[k].inputs)
          if (v) reads_[root(v)].push_back(k);
    for (const Value v : program.outputs) reads_[root(v)].push_back(program.instructions.size());
    for (size_t k = program.instructions.size(); k-- > 0;)
      for (const size_t w : index_.traits(k).writes) changed_[root(program.instructions[k].inputs[w])] = k;
  }

  bool is_view(size_t instruction) const { return index_.traits(instruction).view; }
  bool is_view(Value v) const { return root(v) != v; }
  /// Whether the instruction may be executed again. Random instructions may, because they draw the same numbers again.
  bool is_cheap(size_t instruction) const { return index_.traits(instruction).cheap; }
  /// Whether the value can be computed again: it must be the first result of a cheap instruction.
  bool is_cheap(Value v) const {
    const Instruction* made = producer(v);
    return made && is_cheap(static_cast<size_t>(program_[v].producer)) && made->outputs[0] == v;
  }

  Value root(Value v) const { return index_.root(v); }
  const std::vector<size_t>& of(Value v) const { return reads_[v]; }
  size_t last(Value v) const { return of(root(v)).empty() ? 0 : of(root(v)).back(); }
  /// The index of the first instruction that updates the variable; the end of the Program for all other values.
  size_t changed(Value v) const { return changed_[root(v)]; }
  const Instruction* producer(Value v) const { return index_.producer(v); }
  double bytes(Value v) const {
    return static_cast<double>(elements(program_.dims(v))) * static_cast<double>(size_of(program_[v].dtype));
  }

 private:
  const Program& program_;
  ProgramIndex index_;
  PerValue<std::vector<size_t>> reads_;
  PerValue<size_t> changed_;
};

constexpr double kImpossible = 1e300;
constexpr int kDepth = 4;  // the longest chain of instructions that is computed again for one value

// The cost of computing v again at instruction k: the bytes of its operands, times the number of instructions for which
// they are kept longer.
double price(const Reads& reads, Value v, size_t k, int depth) {
  const Instruction& i = *reads.producer(v);
  double sum = 0;
  for (const Value input : i.inputs) {
    if (!input) continue;
    const Value u = reads.root(input);
    if (reads.changed(u) < k) return kImpossible;
    const Instruction* made = reads.producer(u);
    const size_t last = reads.last(u);
    if (!made || last >= k) continue;
    double least = reads.bytes(u) * static_cast<double>(k - last);
    if (depth > 0 && reads.is_cheap(u)) least = std::min(least, price(reads, u, k, depth - 1));
    sum += least;
  }
  return sum;
}

class Recomputer {
 public:
  Recomputer(const Program& program, const std::vector<Recomputable>& again)
      : program_(program),
        reads_(program),
        rewriter_(program),
        dropped_behind_(program, program.instructions.size()),
        made_from_(program) {
    for (const Recomputable& r : again) dropped_behind_[r.value] = r.dropped_behind;
  }

  Program run() {
    for (size_t k = 0; k < program_.instructions.size(); ++k) {
      const Instruction& i = program_.instructions[k];
      if (!reads_.is_view(k))
        for (const Value v : i.inputs)
          if (v) refresh(v, k);
      rewriter_.copy(i);
      if (reads_.is_view(k)) made_from_[i.outputs[0]] = rewriter_(i.inputs[0]);
    }
    return rewriter_.finish();
  }

 private:
  // Makes sure that v is in memory at instruction k: a value that was dropped is computed again, and its views are made
  // again.
  void refresh(Value v, size_t k) {
    const Instruction* made = reads_.producer(v);
    if (!made) return;
    if (reads_.is_view(v)) {
      refresh(made->inputs[0], k);
      if (made_from_[v] == rewriter_(made->inputs[0])) return;
      made_from_[v] = rewriter_(made->inputs[0]);
      emit(*made, v);
    } else if (dropped_behind_[v] < k) {
      dropped_behind_[v] = program_.instructions.size();
      make_again(*made, v, k, kDepth);
    }
  }

  void make_again(const Instruction& made, Value v, size_t k, int depth) {
    for (const Value input : made.inputs) {
      if (!input) continue;
      const Value u = reads_.root(input);
      const Instruction* before = reads_.producer(u);
      const size_t last = reads_.last(u);
      const bool dropped = dropped_behind_[u] < k;
      if (!dropped && before && last < k && depth > 0 && reads_.is_cheap(u) &&
          price(reads_, u, k, depth - 1) <= reads_.bytes(u) * static_cast<double>(k - last))
        make_again(*before, u, k, depth - 1);
      refresh(input, k);
    }
    emit(made, v);
  }

  // Emits an instruction once more; from here on v is its new result.
  void emit(const Instruction& made, Value v) {
    std::vector<Dims> dims;
    for (const Value output : made.outputs) dims.push_back(program_.dims(output));
    rewriter_.to().set_label(reads_.is_view(v) ? made.label : made.label + " (again)");
    const Values now = rewriter_.to().append(made.primitive, rewriter_(made.inputs), dims);
    for (size_t i = 0; i < now.size(); ++i) {
      rewriter_.to().program()[now[i]].dtype = program_[made.outputs[i]].dtype;
      if (made.outputs[i] == v) rewriter_.map(v, now[i]);
    }
  }

  const Program& program_;
  Reads reads_;
  Rewriter rewriter_;
  PerValue<size_t> dropped_behind_;  // the instruction behind which a value is dropped; the end if it is kept
  PerValue<Value> made_from_;        // by view: the new value that it is a view of now
};

}  // namespace

std::vector<Recomputable> recomputable(const Program& program) {
  const Reads reads(program);
  std::vector<std::pair<double, Recomputable>> found;
  for (size_t p = 0; p < program.instructions.size(); ++p) {
    if (!reads.is_cheap(p)) continue;
    const Value v = program.instructions[p].outputs[0];
    size_t before = p, from = p, to = p;  // the longest time between two reads
    for (const size_t k : reads.of(v)) {
      if (k - before > to - from) std::tie(from, to) = std::pair(before, k);
      before = k;
    }
    if (to == from || to == program.instructions.size()) continue;
    const double saved = reads.bytes(v) * static_cast<double>(to - from) - price(reads, v, to, kDepth);
    if (saved > 0) found.push_back({saved, {v, from}});
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Recomputable> out;
  for (const auto& [saved, r] : found) out.push_back(r);
  return out;
}

Program recompute(const Program& program, const std::vector<Recomputable>& again) {
  return Recomputer(program, again).run();
}

}  // namespace graft::ops
