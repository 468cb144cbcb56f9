#include "graft/ops/lower/lowering.h"

#include <omp.h>

#include <algorithm>
#include <numeric>

#include "graft/ops/program/variable_state.h"

namespace graft::ops {

namespace {

std::vector<int> identity(size_t rank) {
  std::vector<int> out(rank);
  std::iota(out.begin(), out.end(), 0);
  return out;
}

const Operand* find_layout(const std::vector<Operand>& copies, const memory::desc& md) {
  for (const Operand& copy : copies)
    if (onednn::same_layout(copy.md, md)) return &copy;
  return nullptr;
}

}  // namespace

Lowering::Lowering(const Program& program, int threads, bool blocked, Ways ways)
    : program_(program),
      index_(program),
      threads_(threads),
      blocked_(blocked),
      ways_(std::move(ways)),
      places_(program) {}

void Lowering::lower() {
  place_leaves();
  for (size_t k = 0; k < program_.instructions.size(); ++k) lower(k);
  place_outputs();
}

void Lowering::place_leaves() {
  for (const Value v : all_values(program_)) {
    const ValueInfo& info = program_[v];
    Place& place = places_[v];
    const memory::desc md = onednn::row_major(info.dims);
    if (info.source == Source::input) {
      place.operand = {add_buffer({.kind = BufferKind::input, .bytes = md.get_size()}), md};
    } else if (info.source == Source::constant) {
      place.operand = {add_buffer({.kind = BufferKind::constant, .bytes = md.get_size(), .constant = info.constant}),
                       md};
    } else if (info.source == Source::variable) {
      place.base = v;
      place.permutation = identity(info.dims.size());
    }
  }
  for (const Value v : program_.inputs) inputs_.push_back(operand(v));
}

void Lowering::lower(size_t instruction) {
  const Instruction& self = program_.instructions[instruction];
  current_ = instruction;
  parts_ = 0;
  onednn::guarded(cat(self.label, ": ", self.primitive->name()), [&] { self.primitive->realise(*this, self); });
  forget_copies();
  current_.reset();
}

// Once an instruction has changed a variable, copies that were made before hold its old values.
void Lowering::forget_copies() {
  for (const size_t k : index_.traits(*current_).writes) {
    const Value changed = program_.instructions[*current_].inputs[k];
    for (const Value v : all_values(program_))
      if (place(v).base == changed) place(v).copies.clear();
  }
}

// An output is row-major in a temporary buffer, so an input, a weight or a constant that is an output is copied.
void Lowering::place_outputs() {
  for (const Value v : program_.outputs) {
    const memory::desc md = onednn::row_major(dims(v));
    Operand out = as(v, md);
    if (buffers_[static_cast<size_t>(out.buffer)].kind != BufferKind::temporary) {
      const Operand copy{add_buffer({.kind = BufferKind::temporary, .bytes = md.get_size()}), md};
      const dnnl::reorder::primitive_desc pd(onednn::engine(), out.md, onednn::engine(), md);
      add({.kind = StepKind::copy,
           .label = "output",
           .primitive = "copy",
           .implementation = pd.impl_info_str(),
           .arguments = {{DNNL_ARG_FROM, out, false}, {DNNL_ARG_TO, copy, true}},
           .onednn = dnnl::reorder(pd),
           .same_for_any_threads = true},
          true);
      out = copy;
    }
    buffers_[static_cast<size_t>(out.buffer)].output = true;
    outputs_.push_back(out);
  }
}

memory::desc Lowering::image(const Dims& dims, memory::data_type type) const {
  const int64_t block = onednn::block();
  if (!blocked_ || dims.size() != 4 || dims[1] % block != 0) return onednn::channels_last(dims, type);
  return {dims, type, block == 16 ? memory::format_tag::nChw16c : memory::format_tag::nChw8c};
}

std::string_view Lowering::way(const Instruction& self) const {
  if (ways_.empty()) return {};
  const auto found = ways_.find(signature(program_, self));
  return found == ways_.end() ? std::string_view() : found->second;
}

int Lowering::threads_for(int64_t work, int64_t grain) const {
  return static_cast<int>(std::clamp<int64_t>(work / grain, 1, threads_));
}

// -- operands -------------------------------------------------------------------------------------------------------

bool Lowering::settled(const Place& place) const { return variable_layouts_.contains(place.base.id); }

Operand Lowering::view(const Place& place) const {
  return {variable_buffers_.at(place.base.id),
          onednn::permuted(variable_layouts_.at(place.base.id), place.permutation)};
}

Operand Lowering::settle(const Place& place, const memory::desc& md, const std::string& as) {
  const memory::desc base = onednn::permuted(md, onednn::inverse(place.permutation));
  variable_layouts_.emplace(place.base.id, base);
  variable_buffers_[place.base.id] =
      add_buffer({.kind = BufferKind::variable, .bytes = base.get_size(), .variable = program_[place.base].variable});
  const Instruction* reader = current();
  const std::string chosen =
      reader ? cat("as ", reader->primitive->name(), " of ", reader->label, " reads it") : "as Keras orders it";
  chosen_as_[variable_buffers_[place.base.id]] = as.empty() ? chosen : as;
  return view(place);
}

Operand Lowering::load(const Place& place, const memory::desc& md) {
  const memory::desc wanted = onednn::permuted(md, onednn::inverse(place.permutation));
  Place& base = places_[place.base];
  if (const Operand* copy = find_layout(base.copies, wanted)) return {copy->buffer, md};
  const Variable variable = program_[place.base].variable;
  const Operand out{add_buffer({.kind = BufferKind::prepared, .bytes = wanted.get_size(), .variable = variable}),
                    wanted};
  add({.kind = StepKind::load,
       .label = variable.name(),
       .primitive = "load",
       .implementation = "graft:load",
       .arguments = {{0, out, true}},
       .kernel = [variable, wanted](const Run&, std::span<void* const> to) { variable.state().read(wanted, to[0]); },
       .same_for_any_threads = true,
       .prepared = true});
  base.copies.push_back(out);
  return {out.buffer, md};
}

Operand Lowering::operand(Value v) {
  Place& p = place(v);
  if (!p.base) return p.operand;
  if (settled(p)) return view(p);
  const Dims& base_dims = program_.dims(p.base);
  const memory::desc md = onednn::permuted(onednn::row_major(base_dims), p.permutation);
  return index_.updated(p.base) ? settle(p, md) : load(p, md);
}

Operand Lowering::as(Value v, const memory::desc& wanted, const std::string& why) {
  Place& p = place(v);
  if (p.base && !settled(p)) {
    if (!index_.updated(p.base)) return load(p, wanted);
    if (onednn::type_of(wanted) == memory::data_type::f32) return settle(p, wanted);
  }
  const Operand from = operand(v);
  if (onednn::same_layout(from.md, wanted)) return {from.buffer, wanted};
  if (const Operand* copy = find_layout(p.copies, wanted)) return *copy;
  p.copies.push_back(reorder(from, wanted, why));
  return p.copies.back();
}

void Lowering::lay_out(Value v, const memory::desc& md, const std::string& as) {
  const Place& p = place(v);
  if (p.base && index_.updated(p.base) && !settled(p)) settle(p, md, as);
}

std::string Lowering::how_it_lies(const Operand& operand) const {
  const auto chosen = chosen_as_.find(operand.buffer);
  if (chosen == chosen_as_.end()) return {};
  return cat(buffers_[static_cast<size_t>(operand.buffer)].variable.name(), " is laid out ", chosen->second, " (",
             typed_layout(operand.md), ')');
}

Operand Lowering::plain(Value v) {
  const Operand from = operand(v);
  return onednn::is_plain(from.md) ? from : row_major(v);
}

Operand Lowering::row_major(Value v) { return as(v, onednn::row_major(dims(v), type(v))); }

Operand Lowering::define(Value v, const memory::desc& md) {
  place(v).operand = scratch(md);
  return place(v).operand;
}

Operand Lowering::scratch(const memory::desc& md) {
  return {add_buffer({.kind = BufferKind::temporary, .bytes = md.get_size()}), md};
}

void Lowering::alias(Value v, Value of, const memory::desc& md) { alias(v, operand(of), md); }

void Lowering::alias(Value v, const Operand& of, const memory::desc& md) { place(v).operand = {of.buffer, md}; }

void Lowering::alias_transposed(Value v, Value of, const std::vector<int>& permutation) {
  const Place& from = place(of);
  if (!from.base) return alias(v, of, onednn::permuted(from.operand.md, permutation));
  Place& p = place(v);
  p.base = from.base;
  p.permutation.clear();
  for (const int axis : permutation) p.permutation.push_back(from.permutation[static_cast<size_t>(axis)]);
}

Operand Lowering::reorder(const Operand& from, const memory::desc& to, const std::string& why) {
  const Operand out = scratch(to);
  dnnl::reorder::primitive_desc pd(onednn::engine(), from.md, onednn::engine(), to, onednn::user_scratchpad());
  const Instruction* self = current();
  Step& step = add_primitive({.kind = StepKind::reorder,
                              .label = self ? self->label : "",
                              .primitive = "reorder",
                              .implementation = pd.impl_info_str(),
                              .arguments = {{DNNL_ARG_FROM, from, false}, {DNNL_ARG_TO, out, true}},
                              .onednn = dnnl::reorder(pd),
                              .same_for_any_threads = true},
                             pd.scratchpad_desc());
  step.remark = why;
  if (const std::string lies = how_it_lies(from); why.empty() && !lies.empty() && self)
    step.remark = cat(lies, "; ", self->primitive->name(), " wants ", typed_layout(to));
  return out;
}

// -- steps ------------------------------------------------------------------------------------------------------------

int Lowering::add_buffer(Buffer buffer) {
  buffers_.push_back(std::move(buffer));
  return static_cast<int>(buffers_.size()) - 1;
}

// A step that reads only values known ahead of the runs is itself executed ahead of them.
Step& Lowering::add(Step step, bool every_run) {
  step.threads = omp_get_max_threads();
  if (!step.label.empty()) step.layers = {step.label};
  if (current_) describe(step);
  step.prepared = step.prepared || (!every_run && known_ahead(step));
  if (step.prepared)
    for (const Argument& a : step.arguments)
      if (a.written && kind(a) == BufferKind::temporary) kind(a) = BufferKind::prepared;
  steps_.push_back(std::move(step));
  return steps_.back();
}

// Fills in the fields of a step that come from the instruction that is being lowered.
void Lowering::describe(Step& step) {
  const Instruction& self = *current();
  step.instruction = static_cast<int>(*current_);
  step.layers.insert(step.layers.end(), self.merged.begin(), self.merged.end());
  step.remark = self.remark;
  if (step.kind != StepKind::work) return;
  step.settings = cat(self.primitive->attributes(), " part ", ++parts_);
  step.same_for_any_threads = index_.traits(*current_).same_for_any_threads;
}

// Whether the step reads at least one value, and all the values that it reads are known ahead of the runs.
bool Lowering::known_ahead(const Step& step) {
  if (current_ && index_.traits(*current_).random) return false;
  size_t reads = 0;
  for (const Argument& a : step.arguments) {
    const bool known = kind(a) == BufferKind::prepared || kind(a) == BufferKind::constant;
    if (a.written ? kind(a) == BufferKind::variable : !known) return false;
    reads += !a.written;
  }
  return reads > 0;
}

BufferKind& Lowering::kind(const Argument& argument) {
  return buffers_[static_cast<size_t>(argument.operand.buffer)].kind;
}

const Instruction* Lowering::current() const { return current_ ? &program_.instructions[*current_] : nullptr; }

Step& Lowering::add_primitive(Step step, const memory::desc& scratchpad) {
  std::erase_if(step.arguments, [](const Argument& a) { return !a.operand; });
  if (scratchpad.get_size() > 0) step.arguments.push_back({DNNL_ARG_SCRATCHPAD, scratch(scratchpad), true});
  return add(std::move(step));
}

Step& Lowering::kernel(const Instruction& self, const std::string& name, const std::vector<Operand>& sources,
                       const std::vector<Operand>& destinations, Kernel kernel) {
  std::vector<Argument> arguments;
  for (const Operand& o : sources) arguments.push_back({0, o, false});
  for (const Operand& o : destinations) arguments.push_back({0, o, true});
  return add({.label = self.label,
              .primitive = std::string(self.primitive->name()),
              .implementation = "graft:" + name,
              .arguments = std::move(arguments),
              .kernel = std::move(kernel)});
}

Step& Lowering::update(const Instruction& self, const std::string& name, const std::vector<Operand>& operands,
                       const std::vector<size_t>& changed, Kernel kernel) {
  Step& step = this->kernel(self, name, operands, {}, std::move(kernel));
  for (const size_t k : changed) step.arguments[k].written = true;
  step.prepared = false;
  return step;
}

std::string typed_layout(const memory::desc& md) {
  return onednn::layout_name(md) + (onednn::type_of(md) == memory::data_type::bf16 ? ":bf16" : "");
}

}  // namespace graft::ops
