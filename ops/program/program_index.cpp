#include "graft/ops/program/program_index.h"

#include <algorithm>

namespace graft::ops {

Values all_values(const Program& program) {
  Values out(program.values.size());
  for (size_t id = 0; id < out.size(); ++id) out[id] = {static_cast<int32_t>(id)};
  return out;
}

ProgramIndex::ProgramIndex(const Program& program)
    : program_(program),
      readers_end_(program, 0),
      root_(program),
      is_output_(program, false),
      updated_(program, false),
      ahead_(program, false) {
  traits_.reserve(program.instructions.size());
  for (const Instruction& i : program.instructions) traits_.push_back(i.primitive->traits(program, i));
  for (const Value v : program.outputs) is_output_[v] = true;
  find_readers();
  follow_views();
  find_updates();
  find_known();
}

// The lists of all values are one after the other. readers_end_ first holds the length of each, then its begin, and as
// the readers are entered its end.
void ProgramIndex::find_readers() {
  size_t count = 0;
  for (const Instruction& i : program_.instructions)
    for (const Value v : i.inputs)
      if (v) ++readers_end_[v], ++count;
  readers_.resize(count);
  size_t begin = 0;
  for (const Value v : all_values(program_)) {
    const size_t length = readers_end_[v];
    readers_end_[v] = begin;
    begin += length;
  }
  for (size_t k = 0; k < program_.instructions.size(); ++k)
    for (const Value v : program_.instructions[k].inputs)
      if (v) readers_[readers_end_[v]++] = k;
}

void ProgramIndex::follow_views() {
  for (const Value v : all_values(program_)) root_[v] = v;
  for (size_t k = 0; k < program_.instructions.size(); ++k)
    if (const Instruction& i = program_.instructions[k]; traits_[k].view) root_[i.outputs[0]] = root_[i.inputs[0]];
}

void ProgramIndex::find_updates() {
  for (size_t k = 0; k < program_.instructions.size(); ++k)
    for (const size_t written : traits_[k].writes) {
      updated_[root(program_.instructions[k].inputs[written])] = true;
      updates_ = true;
    }
}

void ProgramIndex::find_known() {
  for (const Value v : all_values(program_)) {
    const Source source = program_[v].source;
    ahead_[v] = source == Source::constant || (source == Source::variable && !updated_[v]);
  }
  const auto known = [&](Value v) { return !v || ahead_[v]; };
  for (size_t k = 0; k < program_.instructions.size(); ++k) {
    const Instruction& i = program_.instructions[k];
    if (traits_[k].random || !std::all_of(i.inputs.begin(), i.inputs.end(), known)) continue;
    for (const Value v : i.outputs) ahead_[v] = true;
  }
}

std::span<const size_t> ProgramIndex::readers(Value v) const {
  const size_t begin = v.id == 0 ? 0 : readers_end_[{v.id - 1}], end = readers_end_[v];
  return std::span(readers_).subspan(begin, end - begin);
}

const Instruction* ProgramIndex::sole_reader(Value v) const {
  const std::span<const size_t> all = readers(v);
  return all.size() == 1 && !is_output(v) ? &program_.instructions[all[0]] : nullptr;
}

const Instruction* ProgramIndex::producer(Value v) const {
  const int32_t index = v ? program_[v].producer : -1;
  return index < 0 ? nullptr : &program_.instructions[static_cast<size_t>(index)];
}

}  // namespace graft::ops
