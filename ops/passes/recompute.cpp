#include <algorithm>
#include <set>

#include "graft/ops/passes/recompute.h"
#include "graft/ops/passes/rewriter.h"

namespace graft::ops {

namespace {

// What costs little beside the products around it. Random numbers are the same when they are drawn again.
bool is_cheap(const Instruction& i) {
  static const std::set<std::string_view> names{
      "eltwise", "binary", "bias",  "batch_norm_training", "batch_norm_inference",
      "concat",  "pad",    "slice", "broadcast_to",        "resample",
      "where",   "cast",   "pool",  "layer_norm"};
  return i.primitive->writes().empty() && (i.primitive->random() || names.contains(i.primitive->name()));
}

bool is_view(const Instruction& i) {
  const std::string_view name = i.primitive->name();
  return name == "transpose" || name == "reshape" || name == "stop_gradient";
}

/// When the values of a Program are read. A read of a view is one of what it is a view of.
class Reads {
 public:
  explicit Reads(const Program& program) : program_(program), root_(program.values.size()), reads_(root_.size()) {
    for (size_t id = 0; id < root_.size(); ++id) root_[id] = static_cast<int32_t>(id);
    for (size_t k = 0; k < program.instructions.size(); ++k) {
      const Instruction& i = program.instructions[k];
      if (is_view(i)) {
        at(root_, i.outputs[0]) = at(root_, i.inputs[0]);
        continue;
      }
      for (const Value v : i.inputs)
        if (v) reads_[static_cast<size_t>(at(root_, v))].push_back(k);
    }
    for (const Value v : program.outputs)
      reads_[static_cast<size_t>(at(root_, v))].push_back(program.instructions.size());
    changes_.assign(root_.size(), program.instructions.size());
    for (size_t k = program.instructions.size(); k-- > 0;)
      for (const size_t w : program.instructions[k].primitive->writes())
        changes_[static_cast<size_t>(at(root_, program.instructions[k].inputs[w]))] = k;
  }

  Value root(Value v) const { return {at(root_, v)}; }
  const std::vector<size_t>& of(Value v) const { return at(reads_, v); }
  size_t last(Value v) const { return of(root(v)).empty() ? 0 : of(root(v)).back(); }
  /// A variable's first update; the end of the program for all else.
  size_t changed(Value v) const { return at(changes_, root(v)); }
  const Instruction* producer(Value v) const {
    const int32_t index = program_[v].producer;
    return index < 0 ? nullptr : &program_.instructions[static_cast<size_t>(index)];
  }
  double bytes(Value v) const {
    return static_cast<double>(elements(program_.dims(v))) * static_cast<double>(size_of(program_[v].dtype));
  }

 private:
  template <class T>
  static T& at(std::vector<T>& list, Value v) {
    return list[static_cast<size_t>(v.id)];
  }
  template <class T>
  static const T& at(const std::vector<T>& list, Value v) {
    return list[static_cast<size_t>(v.id)];
  }

  const Program& program_;
  std::vector<int32_t> root_;
  std::vector<std::vector<size_t>> reads_;
  std::vector<size_t> changes_;
};

constexpr double kImpossible = 1e300;
constexpr int kDepth = 4;  // instructions in a row that are done again

// Bytes times steps for which operands must be kept longer, to make v again at step k.
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
    if (depth > 0 && is_cheap(*made) && made->outputs[0] == u) least = std::min(least, price(reads, u, k, depth - 1));
    sum += least;
  }
  return sum;
}

class Recomputer {
 public:
  Recomputer(const Program& program, const std::vector<Recomputable>& again)
      : program_(program), reads_(program), rewriter_(program), made_from_(program.values.size()) {
    drop_.assign(program.values.size(), program.instructions.size());
    for (const Recomputable& r : again) drop_[static_cast<size_t>(r.value.id)] = r.dropped_behind;
  }

  Program run() {
    for (size_t k = 0; k < program_.instructions.size(); ++k) {
      const Instruction& i = program_.instructions[k];
      if (!is_view(i))
        for (const Value v : i.inputs)
          if (v) refresh(v, k);
      rewriter_.copy(i);
      if (is_view(i)) made_from(i.outputs[0]) = rewriter_(i.inputs[0]);
    }
    return rewriter_.finish();
  }

 private:
  Value& made_from(Value view) { return made_from_[static_cast<size_t>(view.id)]; }

  // Makes sure that what v stands for is there at step k: a value that was dropped is made again, and so are its views.
  void refresh(Value v, size_t k) {
    const Instruction* made = reads_.producer(v);
    if (!made) return;
    if (is_view(*made)) {
      refresh(made->inputs[0], k);
      if (made_from(v) == rewriter_(made->inputs[0])) return;
      made_from(v) = rewriter_(made->inputs[0]);
      emit(*made, v);
    } else if (drop_[static_cast<size_t>(v.id)] < k) {
      drop_[static_cast<size_t>(v.id)] = program_.instructions.size();
      make_again(*made, v, k, kDepth);
    }
  }

  void make_again(const Instruction& made, Value v, size_t k, int depth) {
    for (const Value input : made.inputs) {
      if (!input) continue;
      const Value u = reads_.root(input);
      const Instruction* before = reads_.producer(u);
      const size_t last = reads_.last(u);
      const bool dropped = drop_[static_cast<size_t>(u.id)] < k;
      if (!dropped && before && last < k && depth > 0 && is_cheap(*before) && before->outputs[0] == u &&
          price(reads_, u, k, depth - 1) <= reads_.bytes(u) * static_cast<double>(k - last))
        make_again(*before, u, k, depth - 1);
      refresh(input, k);
    }
    emit(made, v);
  }

  // Emits an instruction once more; from here on v is what it makes.
  void emit(const Instruction& made, Value v) {
    std::vector<Dims> dims;
    for (const Value output : made.outputs) dims.push_back(program_.dims(output));
    rewriter_.to().set_label(is_view(made) ? made.label : made.label + " (again)");
    const Values now = rewriter_.to().append(made.primitive, rewriter_(made.inputs), dims);
    for (size_t i = 0; i < now.size(); ++i) {
      rewriter_.to().program()[now[i]].dtype = program_[made.outputs[i]].dtype;
      if (made.outputs[i] == v) rewriter_.map(v, now[i]);
    }
  }

  const Program& program_;
  Reads reads_;
  Rewriter rewriter_;
  std::vector<size_t> drop_;      // by value: behind which instruction it is dropped
  std::vector<Value> made_from_;  // by view: what it was last made a view of
};

}  // namespace

std::vector<Recomputable> recomputable(const Program& program) {
  const Reads reads(program);
  std::vector<std::pair<double, Recomputable>> found;
  for (size_t p = 0; p < program.instructions.size(); ++p) {
    const Instruction& i = program.instructions[p];
    if (!is_cheap(i)) continue;
    const Value v = i.outputs[0];
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
