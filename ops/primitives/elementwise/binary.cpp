// This file has arithmetic and comparisons of two operands. They run in Graft's loops, because oneDNN's `binary` falls
// back to its reference for half of the ways to broadcast.

#include "graft/ops/primitives/elementwise/binary.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/blocks.h"
#include "graft/ops/lower/elementwise.h"

namespace graft::ops {

namespace {

struct BinaryRow {
  Binary algorithm;
  const char* name;
  bool zero_stays_zero;  // f(0, 0) = 0
};

const BinaryRow& row(Binary algorithm) {
  static constexpr BinaryRow rows[] = {
      {Binary::add, "add", true},
      {Binary::sub, "sub", true},
      {Binary::mul, "mul", true},
      {Binary::div, "div", false},
      {Binary::min, "min", true},
      {Binary::max, "max", true},
      {Binary::pow, "pow", false},
      {Binary::eq, "eq", false},
      {Binary::ne, "ne", true},
      {Binary::lt, "lt", true},
      {Binary::le, "le", false},
      {Binary::gt, "gt", true},
      {Binary::ge, "ge", false},
      {Binary::fmin, "fmin", true},
      {Binary::fmax, "fmax", true},
      {Binary::atan2, "atan2", true},
      {Binary::floor_div, "floor_div", false},
      {Binary::mod, "mod", false},
      {Binary::fmod, "fmod", false},
      {Binary::hypot, "hypot", true},
      {Binary::nextafter, "nextafter", true},
      {Binary::logaddexp, "logaddexp", false},
      {Binary::ldexp, "ldexp", true},
      {Binary::logical_and, "logical_and", true},
      {Binary::logical_or, "logical_or", true},
      {Binary::logical_xor, "logical_xor", true},
      {Binary::bitwise_and, "bitwise_and", true},
      {Binary::bitwise_or, "bitwise_or", true},
      {Binary::bitwise_xor, "bitwise_xor", true},
      {Binary::left_shift, "left_shift", true},
      {Binary::right_shift, "right_shift", true},
      {Binary::gcd, "gcd", true},
      {Binary::lcm, "lcm", true},
  };
  for (const BinaryRow& r : rows)
    if (r.algorithm == algorithm) return r;
  throw GraphError(cat("unknown binary function ", static_cast<int>(algorithm)));
}

// The gradients of both operands. Where an operand was broadcast, the gradients of its copies are summed.
class Gradient {
 public:
  Gradient(Builder& builder, const Instruction& self, Value diff)
      : b_(builder), x_(self.inputs[0]), y_(self.inputs[1]), dst_(self.outputs[0]), diff_(diff) {}

  Value of_first(Binary algorithm) const { return b_.sum_to(first(algorithm), b_.dims(x_)); }
  Value of_second(Binary algorithm) const { return b_.sum_to(second(algorithm), b_.dims(y_)); }

 private:
  Value first(Binary algorithm) const {
    switch (algorithm) {
      case Binary::mul:
        return b_.mul(diff_, y_);
      case Binary::div:
        return b_.div(diff_, y_);
      case Binary::min:
        return b_.where(b_.binary(Binary::le, x_, y_), diff_, b_.scalar(0));
      case Binary::max:
        return b_.where(b_.binary(Binary::ge, x_, y_), diff_, b_.scalar(0));
      case Binary::pow:  // y x^(y - 1)
        return b_.mul(diff_, b_.mul(y_, b_.binary(Binary::pow, x_, b_.scale(y_, 1, -1))));
      case Binary::fmin:
      case Binary::fmax:
        return b_.where(b_.binary(Binary::eq, x_, dst_), diff_, b_.scalar(0));
      case Binary::atan2:
        return b_.mul(diff_, over_square(y_));
      case Binary::hypot:
        return b_.mul(diff_, b_.div(x_, dst_));
      case Binary::logaddexp:
        return b_.mul(diff_, b_.eltwise(b_.sub(x_, y_), Eltwise::logistic));
      case Binary::ldexp:
        return b_.binary(Binary::ldexp, diff_, y_);
      default:
        return diff_;
    }
  }

  Value second(Binary algorithm) const {
    switch (algorithm) {
      case Binary::sub:
        return b_.scale(diff_, -1);
      case Binary::mul:
        return b_.mul(diff_, x_);
      case Binary::div:
        return b_.scale(b_.mul(diff_, b_.div(dst_, y_)), -1);  // -x / y^2
      case Binary::min:
        return b_.where(b_.binary(Binary::le, x_, y_), b_.scalar(0), diff_);
      case Binary::max:
        return b_.where(b_.binary(Binary::ge, x_, y_), b_.scalar(0), diff_);
      case Binary::pow: {  // x^y log x; 0 where x <= 0, as in TensorFlow
        const Value positive = b_.binary(Binary::gt, x_, b_.scalar(0));
        const Value log = b_.eltwise(b_.where(positive, x_, b_.scalar(1)), Eltwise::log);
        return b_.where(positive, b_.mul(diff_, b_.mul(dst_, log)), b_.scalar(0));
      }
      case Binary::fmin:
      case Binary::fmax:
        return b_.where(b_.binary(Binary::eq, x_, dst_), b_.scalar(0), diff_);
      case Binary::atan2:
        return b_.scale(b_.mul(diff_, over_square(x_)), -1);
      case Binary::mod:
        return b_.scale(b_.mul(diff_, b_.binary(Binary::floor_div, x_, y_)), -1);
      case Binary::fmod:
        return b_.scale(b_.mul(diff_, b_.eltwise(b_.div(x_, y_), Eltwise::trunc)), -1);
      case Binary::hypot:
        return b_.mul(diff_, b_.div(y_, dst_));
      case Binary::logaddexp:
        return b_.mul(diff_, b_.eltwise(b_.sub(y_, x_), Eltwise::logistic));
      default:
        return diff_;
    }
  }

  // part / (x^2 + y^2), where squares of large numbers are not needed.
  Value over_square(Value part) const {
    const Value radius = b_.binary(Binary::hypot, x_, y_);
    return b_.div(b_.div(part, radius), radius);
  }

  Builder& b_;
  Value x_, y_, dst_, diff_;
};

bool differentiable(Binary algorithm) {
  switch (algorithm) {
    case Binary::atan2:
    case Binary::fmin:
    case Binary::fmax:
    case Binary::mod:
    case Binary::fmod:
    case Binary::hypot:
    case Binary::logaddexp:
    case Binary::ldexp:
      return true;
    default:
      return algorithm <= Binary::pow;
  }
}

// The exponent of ldexp is a whole number.
bool second_is_differentiable(Binary algorithm) { return algorithm != Binary::ldexp; }

}  // namespace

std::string BinaryForward::attributes() const { return row(algorithm).name; }

// At a tie of min and max the first operand gets the gradient, as in TensorFlow.
Values BinaryForward::gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                               const std::vector<bool>& wanted) const {
  if (!differentiable(algorithm)) return {Value{}, Value{}};
  const Gradient gradient(builder, self, diff_dst[0]);
  const bool second = wanted[1] && second_is_differentiable(algorithm);
  return {wanted[0] ? gradient.of_first(algorithm) : Value{}, second ? gradient.of_second(algorithm) : Value{}};
}

// An operand that is broadcast is small, so it stays float32.
static LowPrecision low_precision(const Program& program, const Instruction& self) {
  LowPrecision out{LowPrecision::following, {}, {0}};
  for (size_t k = 0; k < 2; ++k)
    if (program.dims(self.inputs[k]) == program.dims(self.outputs[0])) out.inputs.push_back(k);
  return out;
}

Traits BinaryForward::traits(const Program& program, const Instruction& self) const {
  return {.owns_results = true,
          .same_for_any_threads = true,
          .cheap = true,
          .row_inputs = {0, 1},
          .low_precision = low_precision(program, self)};
}

void BinaryForward::realise(Lowering& lowering, const Instruction& self) const {
  elementwise(lowering, self, row(algorithm).name, row(algorithm).zero_stays_zero,
              [algorithm = algorithm](const Block& block) { binary_block(algorithm, block); });
}

Value Builder::binary(Binary algorithm, Value a, Value b) {
  const Dims dims = broadcast_dims(*this, row(algorithm).name, {a, b});
  return append(std::make_shared<BinaryForward>(algorithm), {a, b}, {dims})[0];
}

}  // namespace graft::ops
