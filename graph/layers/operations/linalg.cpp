#include <limits>

#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Type = Operation::Type;

static Value turned(In in, Value matrices) {
  const auto rank = static_cast<int>(in.b.dims(matrices).size());
  return moved(in, matrices, {rank - 2, rank - 1}, {rank - 1, rank - 2});
}

// The dims of the batch of matrices.
static Dims batch_dims(In in, size_t operand = 0) {
  Dims dims = in.dims(operand);
  if (dims.size() < 2) throw ShapeError(cat("the input must be matrices (..., rows, columns); received ", Shape(dims)));
  dims.resize(dims.size() - 2);
  return dims;
}

static int64_t size_of_square(In in) {
  const Dims dims = in.dims(0);
  if (dims.size() < 2 || dims.back() != dims[dims.size() - 2])
    throw ShapeError(cat("the matrices must be square; received ", Shape(dims)));
  return dims.back();
}

// The unit matrix for each matrix of the batch.
static Value unit(In in, int64_t n) {
  std::vector<float> numbers(static_cast<size_t>(n * n));
  for (int64_t i = 0; i < n; ++i) numbers[static_cast<size_t>(i * (n + 1))] = 1;
  Dims dims = batch_dims(in), one(dims.size() + 2, 1);
  dims.insert(dims.end(), {n, n});
  one[dims.size() - 2] = one[dims.size() - 1] = n;
  return in.b.broadcast_to(in.b.constant(Tensor(Shape(one), numbers)), dims);
}

// Singular values below this part of the largest count as zero where no bound is given.
static float tolerance(In in) {
  const Dims dims = in.dims(0);
  const int64_t size = std::max(dims.back(), dims[dims.size() - 2]);
  return static_cast<float>(size) * std::numeric_limits<float>::epsilon();
}

// -- factors ---------------------------------------------------------------------------------------------------------

static Value cholesky(In in) {
  const Value lower = in.b.cholesky(in[0]);
  return in.flag("upper") ? turned(in, lower) : lower;
}

// The inverse of L L^T is the inverse of L, transposed, times itself.
static Value cholesky_inverse(In in) {
  const Value factor = in.flag("upper") ? turned(in, in[0]) : in[0];
  const Value inverse = in.b.solve_triangular(factor, unit(in, size_of_square(in)), true);
  return in.b.matmul(inverse, inverse, true, false);
}

static Values qr(In in) {
  const std::string& mode = in.setting("mode").string();
  if (mode != "reduced" && mode != "complete")
    throw ConfigError(cat("mode must be \"reduced\" or \"complete\"; received \"", mode, '"'));
  return in.b.qr(in[0], mode == "complete");
}

// The columns of U with those that complete them to a basis.
static Value completed(In in, Value columns) {
  const auto axis = static_cast<int>(in.b.dims(columns).size()) - 1;
  const int64_t rows = in.b.dims(columns)[static_cast<size_t>(axis) - 1], given = in.b.dims(columns).back();
  if (rows == given) return columns;
  const Value basis = in.b.qr(columns, true)[0];
  return in.b.concat({columns, cut(in, basis, axis, given, rows - given)}, axis);
}

static Values svd(In in) {
  const Values found = in.b.svd(in[0]);
  if (!in.flag("compute_uv")) return {found[1]};
  if (!in.flag("full_matrices")) return {found[0], found[1], turned(in, found[2])};
  return {completed(in, found[0]), found[1], turned(in, completed(in, found[2]))};
}

// The order of rows after a factorisation as the exchanges that lead to it: row i was exchanged with row pivots[i].
static Value pivots_of(In in, Value order) {
  ops::Builder& b = in.b;
  const auto axis = static_cast<int>(b.dims(order).size()) - 1;
  const int64_t n = b.dims(order).back();
  Dims row(b.dims(order).size(), 1);
  row.back() = n;
  const Value places = b.reshape(counting(in, n), row);
  Value current = b.broadcast_to(places, b.dims(order));
  Values pivots;
  for (int64_t i = 0; i < n; ++i) {
    const Value wanted = cut(in, order, axis, i, 1), at = b.binary(Binary::eq, current, wanted);
    pivots.push_back(b.argmax(at, axis));
    const Value replaced = b.where(at, cut(in, current, axis, i, 1), current);
    current = b.where(compared(in, Binary::eq, places, static_cast<float>(i)), wanted, replaced);
  }
  return b.concat(pivots, axis);
}

static Values lu_factor(In in) {
  const Values found = in.b.lu(in[0]);
  return {found[0], pivots_of(in, found[1])};
}

// -- numbers of a matrix ---------------------------------------------------------------------------------------------

static Value determinant(In in) {
  size_of_square(in);
  return in.shaped(in.b.determinant(in[0]), batch_dims(in));
}

static Values sign_log_determinant(In in) {
  size_of_square(in);
  const Values both = in.b.sign_log_det(in[0]);
  return {in.shaped(both[0], batch_dims(in)), in.shaped(both[1], batch_dims(in))};
}

static Value rank_of_matrix(In in) {
  ops::Builder& b = in.b;
  const Dims batch = batch_dims(in);
  const Value values = b.svd(in[0])[1];
  const auto axis = static_cast<int>(batch.size());
  const Value least = in.setting("tol").is_none() ? b.scale(b.reduce(Reduction::max, values, {axis}), tolerance(in))
                                                  : b.scalar(in.number("tol"));
  return in.shaped(sum_of(in, b.binary(Binary::gt, values, least), {axis}), batch);
}

// -- inverses and equations ------------------------------------------------------------------------------------------

static Value pseudo_inverse(In in) {
  batch_dims(in);
  return in.b.pseudo_inverse(in[0], in.number("rcond", tolerance(in)));
}

// A right-hand side of one axis less than the matrices is a column, and so is the result.
template <class Solve>
static Value solved(In in, const Solve& solve) {
  const auto rank = static_cast<int>(in.rank(0));
  if (in.rank(1) + 1 != rank) return solve(in[1]);
  Dims dims = in.dims(1);
  const Value y = solve(expanded(in, in[1], rank - 1));
  dims.back() = in.b.dims(y)[static_cast<size_t>(rank) - 2];
  return in.b.reshape(y, dims);
}

static Value least_squares(In in) {
  const Value inverse = pseudo_inverse(in);
  return solved(in, [&](Value right) { return in.b.matmul(inverse, right); });
}

// By squares: the bits of n say which of them are factors.
static Value matrix_power(In in) {
  int64_t n = in.setting("n").integer();
  Value square = n < 0 ? in.b.inverse(in[0]) : in[0], product = {};
  for (n = std::abs(n); n > 0; n /= 2) {
    if (n % 2 != 0) product = product ? in.b.matmul(product, square) : square;
    if (n > 1) square = in.b.matmul(square, square);
  }
  return product ? product : unit(in, size_of_square(in));
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation on_matrices(const char* name, Emit emit, Literals settings = {},
                             std::vector<std::string> operands = {"x"}) {
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = Type::floats};
}

static std::vector<Operation> linalg_rows() {
  const std::vector<std::string> equation{"a", "b"};
  Operation rank = on_matrices("MatrixRank", rank_of_matrix, {{"tol", {}}});
  rank.type = Type::int32;
  Operation lu = on_matrices("LuFactor", lu_factor);
  lu.more = {Type::int32};
  return {
      on_matrices("Cholesky", cholesky, {{"upper", false}}),
      on_matrices("CholeskyInverse", cholesky_inverse, {{"upper", false}}),
      on_matrices("Det", determinant),
      on_matrices("Slogdet", sign_log_determinant),
      on_matrices("Logdet", [](In in) { return sign_log_determinant(in)[1]; }),
      on_matrices("Eigh", [](In in) { return in.b.eigh(in[0]); }),
      on_matrices("Inv", [](In in) { return in.b.inverse(in[0]); }),
      on_matrices("Pinv", pseudo_inverse, {{"rcond", {}}}),
      on_matrices("Qr", qr, {{"mode", "reduced"}}),
      on_matrices("SVD", svd, {{"full_matrices", true}, {"compute_uv", true}}),
      on_matrices(
          "Solve", [](In in) { return solved(in, [&](Value right) { return in.b.solve(in[0], right); }); }, {},
          equation),
      on_matrices(
          "SolveTriangular",
          [](In in) {
            return solved(in, [&](Value right) { return in.b.solve_triangular(in[0], right, in.flag("lower")); });
          },
          {{"lower", false}}, equation),
      on_matrices("Lstsq", least_squares, {{"rcond", {}}}, equation),
      on_matrices("MatrixPower", matrix_power, {{"n", 1}}),
      std::move(lu),
      std::move(rank),
  };
}

const std::vector<Operation>& linalg_operations() {
  static const auto table = linalg_rows();
  return table;
}

}  // namespace graft
