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
      threads_(threads),
      blocked_(blocked),
      ways_(std::move(ways)),
      places_(program.values.size()),
      updated_(program.values.size()) {
  for (const Instruction& i : program.instructions)
    for (const size_t k : i.primitive->writes()) updated_[static_cast<size_t>(i.inputs[k].id)] = true;
}

void Lowering::lower() {
  place_leaves();
  for (const Instruction& i : program_.instructions) {
    ++current_index_;
    lower(i);
  }
  place_outputs();
}

void Lowering::place_leaves() {
  for (size_t id = 0; id < program_.values.size(); ++id) {
    const ValueInfo& info = program_.values[id];
    Place& place = places_[id];
    const memory::desc md = onednn::row_major(info.dims);
    if (info.source == Source::input) {
      place.operand = {add_buffer({.kind = BufferKind::input, .bytes = md.get_size()}), md};
    } else if (info.source == Source::constant) {
      place.operand = {add_buffer({.kind = BufferKind::constant, .bytes = md.get_size(), .constant = info.constant}),
                       md};
    } else if (info.source == Source::variable) {
      place.base = static_cast<int>(id);
      place.permutation = identity(info.dims.size());
    }
  }
  for (const Value v : program_.inputs) inputs_.push_back(operand(v));
}

void Lowering::lower(const Instruction& instruction) {
  current_ = &instruction;
  parts_ = 0;
  onednn::guarded(cat(instruction.label, ": ", instruction.primitive->name()),
                  [&] { instruction.primitive->realise(*this, instruction); });
  forget_copies(instruction);
  current_ = nullptr;
}

// What was copied from a variable before it changes is not what it holds afterwards.
void Lowering::forget_copies(const Instruction& instruction) {
  for (const size_t k : instruction.primitive->writes()) {
    const int base = instruction.inputs[k].id;
    for (Place& place : places_)
      if (place.base == base) place.copies.clear();
  }
}

// Outputs are row-major in buffers of their own kind: what is an input, a weight or a constant is copied.
void Lowering::place_outputs() {
  for (const Value v : program_.outputs) {
    const memory::desc md = onednn::row_major(dims(v));
    Operand out = as(v, md);
    if (buffers_[static_cast<size_t>(out.buffer)].kind != BufferKind::temporary) {
      const Operand copy{add_buffer({.kind = BufferKind::temporary, .bytes = md.get_size()}), md};
      const dnnl::reorder::primitive_desc pd(onednn::engine(), out.md, onednn::engine(), md);
      add({.label = "output",
           .primitive = "copy",
           .implementation = pd.impl_info_str(),
           .arguments = {{DNNL_ARG_FROM, out, false}, {DNNL_ARG_TO, copy, true}},
           .onednn = dnnl::reorder(pd),
           .moves = true,
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

bool Lowering::settled(const Place& place) const { return variable_layouts_.count(place.base) != 0; }

Operand Lowering::view(const Place& place) const {
  return {variable_buffers_.at(place.base), onednn::permuted(variable_layouts_.at(place.base), place.permutation)};
}

Operand Lowering::settle(const Place& place, const memory::desc& md, const std::string& as) {
  const memory::desc base = onednn::permuted(md, onednn::inverse(place.permutation));
  variable_layouts_.emplace(place.base, base);
  variable_buffers_[place.base] = add_buffer({.kind = BufferKind::variable,
                                              .bytes = base.get_size(),
                                              .variable = program_.values[static_cast<size_t>(place.base)].variable});
  const std::string reader =
      current_ ? cat("as ", current_->primitive->name(), " of ", current_->label, " reads it") : "as Keras orders it";
  chosen_as_[variable_buffers_[place.base]] = as.empty() ? reader : as;
  return view(place);
}

Operand Lowering::load(const Place& place, const memory::desc& md) {
  const memory::desc wanted = onednn::permuted(md, onednn::inverse(place.permutation));
  Place& base = places_[static_cast<size_t>(place.base)];
  if (const Operand* copy = find_layout(base.copies, wanted)) return {copy->buffer, md};
  const Variable variable = program_.values[static_cast<size_t>(place.base)].variable;
  const Operand out{add_buffer({.kind = BufferKind::prepared, .bytes = wanted.get_size(), .variable = variable}),
                    wanted};
  add({.label = variable.name(),
       .primitive = "load",
       .implementation = "graft:load",
       .arguments = {{0, out, true}},
       .kernel = [variable, wanted](const Run&, std::span<void* const> to) { variable.state().read(wanted, to[0]); },
       .moves = true,
       .same_for_any_threads = true,
       .prepared = true});
  base.copies.push_back(out);
  return {out.buffer, md};
}

Operand Lowering::operand(Value v) {
  Place& p = place(v);
  if (p.base < 0) return p.operand;
  if (settled(p)) return view(p);
  const Dims& base_dims = program_.values[static_cast<size_t>(p.base)].dims;
  const memory::desc md = onednn::permuted(onednn::row_major(base_dims), p.permutation);
  return updated_[static_cast<size_t>(p.base)] ? settle(p, md) : load(p, md);
}

Operand Lowering::as(Value v, const memory::desc& wanted, const std::string& why) {
  Place& p = place(v);
  if (p.base >= 0 && !settled(p)) {
    if (!updated_[static_cast<size_t>(p.base)]) return load(p, wanted);
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
  if (p.base >= 0 && updated_[static_cast<size_t>(p.base)] && !settled(p)) settle(p, md, as);
}

std::string Lowering::how_it_lies(const Operand& operand) const {
  const auto chosen = chosen_as_.find(operand.buffer);
  if (chosen == chosen_as_.end()) return {};
  return cat(buffers_[static_cast<size_t>(operand.buffer)].variable.name(), " lies ", chosen->second, " (",
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
  if (from.base < 0) return alias(v, of, onednn::permuted(from.operand.md, permutation));
  Place& p = place(v);
  p.base = from.base;
  p.permutation.clear();
  for (const int axis : permutation) p.permutation.push_back(from.permutation[static_cast<size_t>(axis)]);
}

Operand Lowering::reorder(const Operand& from, const memory::desc& to, const std::string& why) {
  const Operand out = scratch(to);
  dnnl::reorder::primitive_desc pd(onednn::engine(), from.md, onednn::engine(), to, onednn::user_scratchpad());
  const Instruction self{.label = current_ ? current_->label : ""};
  Step& step = add_primitive(self, pd.impl_info_str(), pd.scratchpad_desc(), dnnl::reorder(pd),
                             {{DNNL_ARG_FROM, from, false}, {DNNL_ARG_TO, out, true}});
  step.primitive = "reorder";
  step.remark = why;
  if (const std::string lies = how_it_lies(from); why.empty() && !lies.empty() && current_)
    step.remark = cat(lies, "; ", current_->primitive->name(), " wants ", typed_layout(to));
  step.moves = step.same_for_any_threads = true;
  return out;
}

bool Lowering::ahead(Value v) const {
  const Place& p = place(v);
  if (p.base >= 0) return !updated_[static_cast<size_t>(p.base)];
  const BufferKind kind = buffers_[static_cast<size_t>(p.operand.buffer)].kind;
  return kind == BufferKind::prepared || kind == BufferKind::constant;
}

// -- steps ------------------------------------------------------------------------------------------------------------

int Lowering::add_buffer(Buffer buffer) {
  buffers_.push_back(std::move(buffer));
  return static_cast<int>(buffers_.size()) - 1;
}

// A step that reads nothing but what is known ahead of the runs is itself run ahead of them.
Step& Lowering::add(Step step, bool every_run) {
  const auto kind = [&](const Argument& a) -> BufferKind& {
    return buffers_[static_cast<size_t>(a.operand.buffer)].kind;
  };
  const bool random = current_ && current_->primitive && current_->primitive->random();
  size_t reads = 0, ahead = 0;
  for (const Argument& a : step.arguments) {
    if (a.written) continue;
    ++reads;
    ahead += kind(a) == BufferKind::prepared || kind(a) == BufferKind::constant;
  }
  const bool changes_variable = std::any_of(step.arguments.begin(), step.arguments.end(), [&](const Argument& a) {
    return a.written && kind(a) == BufferKind::variable;
  });
  step.threads = omp_get_max_threads();
  step.instruction = current_ ? current_index_ : -1;
  if (!step.label.empty()) step.layers = {step.label};
  if (current_) {
    step.layers.insert(step.layers.end(), current_->merged.begin(), current_->merged.end());
    step.remark = current_->remark;
  }
  if (current_ && current_->primitive && step.primitive == current_->primitive->name()) {
    step.settings = cat(current_->primitive->attributes(), " part ", ++parts_);
    step.same_for_any_threads = current_->primitive->same_for_any_threads();
  }
  step.prepared = step.prepared || (reads > 0 && reads == ahead && !random && !changes_variable && !every_run);
  if (step.prepared)
    for (const Argument& a : step.arguments)
      if (a.written && kind(a) == BufferKind::temporary) kind(a) = BufferKind::prepared;
  steps_.push_back(std::move(step));
  return steps_.back();
}

Step& Lowering::add_primitive(const Instruction& self, const char* implementation, const memory::desc& scratchpad,
                              const dnnl::primitive& primitive, std::vector<Argument> arguments) {
  std::erase_if(arguments, [](const Argument& a) { return !a.operand; });
  if (scratchpad.get_size() > 0) arguments.push_back({DNNL_ARG_SCRATCHPAD, scratch(scratchpad), true});
  return add({.label = self.label,
              .primitive = std::string(self.primitive ? self.primitive->name() : ""),
              .implementation = implementation,
              .arguments = std::move(arguments),
              .onednn = primitive});
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
