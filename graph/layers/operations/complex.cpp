#include <numbers>

#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

// A complex number is two Values: the one that stands for the tensor has the real parts, and the imaginary parts go
// with it (MaskedValue). Only these operations make or take such tensors.

using Type = Operation::Type;

static Value real_part(In in) { return in[0]; }

static Value imaginary_part(In in) { return in.imaginary ? in.imaginary : in.filled(in.b.dims(in[0]), 0); }

static Values opposite(In in) { return in.imaginary ? Values{negated(in, in.imaginary)} : Values{}; }

static Value size(In in) {
  return in.imaginary ? in.b.binary(Binary::hypot, in[0], in.imaginary) : in.b.eltwise(in[0], Eltwise::abs);
}

static Value angle(In in) {
  if (in.imaginary) return in.b.binary(Binary::atan2, in.imaginary, in[0]);
  const Value pi = in.b.scalar(std::numbers::pi_v<float>);
  const Value half_turn = in.b.where(in.b.eltwise(in[0], Eltwise::signbit), pi, in.b.scalar(0));
  return in.b.where(in.b.eltwise(in[0], Eltwise::isnan), in[0], half_turn);
}

// The part of a number of this size and angle.
template <Eltwise cosine_or_sine>
static Value part(In in) {
  return in.b.mul(in[0], in.b.eltwise(in[1], cosine_or_sine));
}

static Operation of_complex(const char* name, Emit emit, Type type, std::optional<Emit> imaginary = {}) {
  Operation row = unary(name, std::move(emit), type);
  row.takes_complex = true;
  row.imaginary = std::move(imaginary);
  return row;
}

const std::vector<Operation>& complex_operations() {
  static const std::vector<Operation> rows{
      {.name = "Polar",
       .operands = {"abs_", "angle"},
       .settings = {},
       .emit = part<Eltwise::cos>,
       .type = Type::floats,
       .order = Operation::Order::elementwise,
       .imaginary = part<Eltwise::sin>},
      of_complex("Real", real_part, Type::promoted),
      of_complex("Imag", imaginary_part, Type::promoted),
      of_complex("Absolute", size, Type::promoted),
      of_complex("Angle", angle, Type::floats),
      of_complex("Conjugate", real_part, Type::promoted, opposite),
      of_complex("Conj", real_part, Type::promoted, opposite),
  };
  return rows;
}

}  // namespace graft
