#include "graft/ops/primitives/recurrent/recurrent.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/recurrent/backward.h"
#include "graft/ops/kernels/recurrent/forward.h"
#include "graft/ops/kernels/recurrent/pack.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/elementwise/eltwise.h"

namespace graft::ops {

namespace {

bool is_lstm(const RecurrentArgs& args) { return args.cell == Cell::lstm; }

/// Where each output of a Recurrent stands; -1: its cell has none.
struct Outputs {
  int outputs = 0, last = 1, h = 2, c, gates, states, cells;
  explicit Outputs(const RecurrentArgs& args)
      : c(is_lstm(args) ? 3 : -1),
        gates(is_lstm(args) ? 4 : 3),
        states(gates + 1),
        cells(is_lstm(args) ? states + 1 : -1) {}
};

Value at(std::span<const Value> values, int k) { return k < 0 ? Value{} : values[static_cast<size_t>(k)]; }

const char* cell_name(Cell cell) {
  switch (cell) {
    case Cell::simple:
      return "simple";
    case Cell::lstm:
      return "lstm";
    case Cell::gru:
      return "gru";
    default:
      return "gru_reset_before";
  }
}

std::string function_text(const CellFunction& f) {
  std::string out = eltwise_text(f.function);
  if (f.scale != 1) out += cat(" scale=", f.scale);
  if (f.offset != 0) out += cat(" offset=", f.offset);
  return out;
}

std::string text(const RecurrentArgs& args) {
  std::string out = cat(cell_name(args.cell), " activation=", function_text(args.activation));
  if (args.cell != Cell::simple) out += cat(" recurrent_activation=", function_text(args.recurrent_activation));
  if (args.go_backwards) out += " go_backwards";
  if (args.zero_output_for_mask) out += " zero_output_for_mask";
  return out;
}

/// The kernels have loops for vectors of 16 floats where oneDNN may use AVX-512, else of 8.
RecurrentShape shape_of(const RecurrentArgs& args, const Dims& projected, const Dims& kernel) {
  constexpr int64_t kWide = 16, kNarrow = 8;
  return {args, projected[0], projected[1], kernel[0], onednn::has_avx512() ? kWide : kNarrow};
}

double product_flop(const RecurrentShape& shape) {
  return 2.0 * static_cast<double>(shape.rows * shape.steps * shape.units) *
         static_cast<double>(shape.gates() * shape.units);
}

// -- operands: empty where the value is, or where nobody reads what is written ----------------------------------------

Operand source(Lowering& lowering, Value v) { return v ? lowering.row_major(v) : Operand{}; }

Operand result(Lowering& lowering, Value v) {
  if (!v || (lowering.index().readers(v).empty() && !lowering.index().is_output(v))) return {};
  return lowering.define(v, onednn::row_major(lowering.dims(v)));
}

/// The arguments of a kernel, without the empty ones, and for each the place where the kernel finds its address.
class Operands {
 public:
  explicit Operands(const std::vector<Operand>& all) {
    for (const Operand& o : all) {
      places_.push_back(o ? static_cast<int>(present_.size()) : -1);
      if (o) present_.push_back(o);
    }
  }
  const std::vector<Operand>& present() const { return present_; }
  /// The places in a list that has `before` others in front.
  std::vector<int> places(size_t before) const {
    std::vector<int> out = places_;
    for (int& k : out)
      if (k >= 0) k += static_cast<int>(before);
    return out;
  }

 private:
  std::vector<Operand> present_;
  std::vector<int> places_;
};

/// The addresses of operands, null for those that are empty.
struct PresentAddresses {
  std::span<void* const> pointers;
  const std::vector<int>& places;
  float* operator[](size_t k) const { return places[k] < 0 ? nullptr : out(pointers[static_cast<size_t>(places[k])]); }
};

/// Adds a kernel whose operands may be empty.
template <class Body>
Step& add_kernel(Lowering& lowering, const Instruction& self, const std::vector<Operand>& sources,
                 const std::vector<Operand>& results, const Body& body) {
  const Operands from(sources), to(results);
  return lowering.kernel(self, "recurrent", from.present(), to.present(),
                         [body, read = from.places(0), written = to.places(from.present().size())](
                             const Run& run, std::span<void* const> p) {
                           body(run.threads, PresentAddresses{p, read}, PresentAddresses{p, written});
                         });
}

/// The recurrent kernel as a walk reads it. A kernel that is known ahead of the runs is packed ahead of them.
template <class Pack>
Operand packed(Lowering& lowering, const Instruction& self, const RecurrentShape& shape, Value kernel,
               const Pack& pack) {
  const Operand to = lowering.scratch(onednn::row_major({shape.packed_floats()}));
  lowering.kernel(
      self, "pack_recurrent", {lowering.row_major(kernel)}, {to},
      [shape, pack](const Run& run, std::span<void* const> p) { pack(run.threads, shape, in(p[0]), out(p[1])); });
  return to;
}

/// The value with the floats of a step contiguous, whatever the order of rows and steps is.
Operand sequence(Lowering& lowering, Value v) {
  const Operand own = lowering.operand(v);
  const bool fits =
      onednn::is_plain(own.md) && onednn::type_of(own.md) == memory::data_type::f32 && onednn::strides(own.md)[2] == 1;
  return fits ? own : lowering.row_major(v);
}

}  // namespace

std::string Recurrent::attributes() const { return text(args); }

std::string RecurrentBackward::attributes() const { return text(args) + (has_initial_state ? " initial_state" : ""); }

void Recurrent::realise(Lowering& lowering, const Instruction& self) const {
  const Values& v = self.inputs;
  const RecurrentShape shape = shape_of(args, lowering.dims(v[0]), lowering.dims(v[1]));
  const Outputs index(args);
  const auto to = [&](int k) { return result(lowering, at(self.outputs, k)); };
  const Operand kernel = packed(lowering, self, shape, v[1], pack_recurrent), projected = sequence(lowering, v[0]);
  const Dims strides = onednn::strides(projected.md);
  Step& step =
      add_kernel(lowering, self,
                 {projected, kernel, source(lowering, v[2]), source(lowering, v[3]), source(lowering, v[4]),
                  source(lowering, v[5])},
                 {to(index.outputs), to(index.last), to(index.h), to(index.c), to(index.gates), to(index.states),
                  to(index.cells), lowering.scratch(onednn::row_major({shape.forward_scratch()}))},
                 [shape, row = strides[0], time = strides[1]](int threads, const PresentAddresses& in,
                                                              const PresentAddresses& out) {
                   recurrent_forward(threads, shape,
                                     {in[0], row, time, in[1], in[2], in[3], in[4], in[5], out[0], out[1], out[2],
                                      out[3], out[4], out[5], out[6], out[7]});
                 });
  step.flop = product_flop(shape);
}

void RecurrentBackward::realise(Lowering& lowering, const Instruction& self) const {
  const Values& v = self.inputs;
  const RecurrentShape shape = shape_of(args, lowering.dims(self.outputs[0]), lowering.dims(v[7]));
  std::vector<Operand> sources{packed(lowering, self, shape, v[7], pack_recurrent_transposed)};
  for (const size_t k : {0, 1, 2, 3, 4, 5, 6, 8}) sources.push_back(source(lowering, v[k]));
  const auto define = [&](Value d) { return lowering.define(d, onednn::row_major(lowering.dims(d))); };
  const bool lstm = is_lstm(args), gru = args.cell == Cell::gru;
  Step& step = add_kernel(
      lowering, self, sources,
      {define(self.outputs[0]), result(lowering, self.outputs[1]), lstm ? result(lowering, self.outputs[2]) : Operand{},
       gru ? define(self.outputs[2]) : Operand{}, lowering.scratch(onednn::row_major({shape.backward_scratch()}))},
      [shape, initial = has_initial_state](int threads, const PresentAddresses& in, const PresentAddresses& out) {
        recurrent_backward(threads, shape,
                           {in[1], in[2], in[3], in[4], in[5], in[6], in[7], in[0], in[8], initial, out[0], out[3],
                            out[1], out[2], out[4]});
      });
  step.flop = product_flop(shape);
}

// -- the gradient -----------------------------------------------------------------------------------------------------

namespace {

/// (N, T, columns) as a matrix with a row for each row and step.
Value matrix(Builder& b, Value v) { return b.reshape(v, {b.dims(v)[0] * b.dims(v)[1], b.dims(v)[2]}); }

Value columns(Builder& b, Value matrix, int64_t begin, int64_t count) {
  return b.slice(matrix, {0, begin}, {b.dims(matrix)[0], count});
}

/// The gradient of the recurrent kernel, as one product over all steps. The candidate of a gru_reset_before was
/// multiplied with r h, which stands last among the gates.
Value kernel_gradient(Builder& b, Cell cell, Value states, Value gates, Value diff) {
  const Value h = matrix(b, states), d = matrix(b, diff);
  if (cell != Cell::gru_reset_before) return b.matmul(h, d, true);
  const int64_t units = b.dims(h)[1];
  const Value reset = columns(b, matrix(b, gates), 3 * units, units);
  return b.concat(
      {b.matmul(h, columns(b, d, 0, 2 * units), true), b.matmul(reset, columns(b, d, 2 * units, units), true)}, 1);
}

}  // namespace

Values Recurrent::gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                           const std::vector<bool>& wanted) const {
  const Outputs index(args);
  const Values v = self.inputs;
  const Value gates = at(self.outputs, index.gates), states = at(self.outputs, index.states);
  const Dims projected = b.dims(v[0]), single{projected[0], b.dims(v[1])[0]};
  std::vector<Dims> dims{projected, single};
  if (is_lstm(args)) dims.push_back(single);
  if (args.cell == Cell::gru) dims.push_back(projected);
  const Values diff = b.append(std::make_shared<RecurrentBackward>(args, bool(v[3])),
                               {at(diff_dst, index.outputs), at(diff_dst, index.last), at(diff_dst, index.h),
                                at(diff_dst, index.c), gates, states, at(self.outputs, index.cells), v[1], v[5]},
                               dims);
  const Value recurrent = args.cell == Cell::gru ? diff[2] : diff[0];
  Values out{diff[0], {}, {}, diff[1], is_lstm(args) ? diff[2] : Value{}, {}};
  if (wanted[1]) out[1] = kernel_gradient(b, args.cell, states, gates, recurrent);
  if (wanted[2]) out[2] = b.sum_to(matrix(b, recurrent), {1, projected[2]});
  if (wanted[2]) out[2] = b.reshape(out[2], {projected[2]});
  return out;
}

// -- the function of the Builder --------------------------------------------------------------------------------------

namespace {

void check_operand(const Builder& b, Value v, const char* what, const Dims& expected) {
  if (v && b.dims(v) != expected)
    throw ShapeError(
        cat("recurrent: ", what, " must have dims ", to_string(expected), "; received ", to_string(b.dims(v))));
}

void check_function(const CellFunction& f, const char* what) {
  if (!recurrent_supports(f))
    throw ConfigError(cat("recurrent: the ", what, " ", function_text(f), " is not one of its functions"))
        .hint("recurrent_supports tells which are.");
}

void check_operands(const Builder& b, const RecurrentShape& shape, const Values& v) {
  const int64_t columns = shape.gates() * shape.units;
  check_operand(b, v[1], "kernel", {shape.units, columns});
  check_operand(b, v[0], "projected", {shape.rows, shape.steps, columns});
  check_operand(b, v[2], "recurrent_bias", {columns});
  check_operand(b, v[3], "h", {shape.rows, shape.units});
  check_operand(b, v[4], "c", {shape.rows, shape.units});
  check_operand(b, v[5], "mask", {shape.rows, shape.steps});
  if (v[2] && shape.args.cell != Cell::gru)
    throw ConfigError(cat("recurrent: the cell ", cell_name(shape.args.cell), " has no recurrent_bias; only gru has"));
  if (v[4] && !is_lstm(shape.args))
    throw ConfigError(cat("recurrent: the cell ", cell_name(shape.args.cell), " has no state c; only lstm has"));
}

}  // namespace

Builder::Recurrent Builder::recurrent(Value projected, Value kernel, Value recurrent_bias, Value h, Value c, Value mask,
                                      const RecurrentArgs& args) {
  check_function(args.activation, "activation");
  if (args.cell != Cell::simple) check_function(args.recurrent_activation, "recurrent_activation");
  const Dims &x = dims(projected), &u = dims(kernel);
  if (x.size() != 3 || u.size() != 2)
    throw ShapeError(
        cat("recurrent: projected must have dims (N, T, gates units) and kernel (units, gates units); "
            "received ",
            to_string(x), " and ", to_string(u)));
  const RecurrentShape shape = shape_of(args, x, u);
  check_operands(*this, shape, {projected, kernel, recurrent_bias, h, c, mask});
  const Dims single{x[0], u[0]}, all{x[0], x[1], u[0]}, gates{x[0], x[1], shape.kept() * u[0]};
  const bool lstm = is_lstm(args);
  const Values out = append(std::make_shared<ops::Recurrent>(args), {projected, kernel, recurrent_bias, h, c, mask},
                            lstm ? std::vector<Dims>{all, single, single, single, gates, all, all}
                                 : std::vector<Dims>{all, single, single, gates, all});
  return {out[0], out[1], out[2], lstm ? out[3] : Value{}};
}

}  // namespace graft::ops
