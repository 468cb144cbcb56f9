// Arithmetic and comparisons of two operands, and the choice between them by a third, with broadcasting. Own loops: oneDNN's
// binary falls to its reference for half of the broadcasts.

#include "graft/ops/primitives/binary.h"

#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/kernels/strided.h"

namespace graft::ops {

namespace {

const char* word(Binary algorithm) {
  static const char* words[] = {"add", "sub", "mul", "div", "min", "max", "pow", "eq", "ne", "lt", "le", "gt", "ge"};
  return words[static_cast<int>(algorithm)];
}

struct Row { const float *a, *b; float* dst; int64_t n, step_a, step_b, step; };

template <class F>
inline __attribute__((always_inline)) void loop(const Row& r, F f) {
  if (r.step == 1 && r.step_a == 1 && r.step_b == 1)
    for (int64_t i = 0; i < r.n; ++i) r.dst[i] = f(r.a[i], r.b[i]);
  else if (r.step == 1 && r.step_a == 1 && r.step_b == 0)
    for (int64_t i = 0, b = 0; i < r.n; ++i) r.dst[i] = f(r.a[i], r.b[b]);
  else if (r.step == 1 && r.step_a == 0 && r.step_b == 1)
    for (int64_t i = 0, a = 0; i < r.n; ++i) r.dst[i] = f(r.a[a], r.b[i]);
  else
    for (int64_t i = 0; i < r.n; ++i) r.dst[i * r.step] = f(r.a[i * r.step_a], r.b[i * r.step_b]);
}

GRAFT_KERNEL void run_row(Binary algorithm, const Row& r) {
  switch (algorithm) {
    case Binary::add: return loop(r, [](float a, float b) { return a + b; });
    case Binary::sub: return loop(r, [](float a, float b) { return a - b; });
    case Binary::mul: return loop(r, [](float a, float b) { return a * b; });
    case Binary::div: return loop(r, [](float a, float b) { return a / b; });
    case Binary::min: return loop(r, [](float a, float b) { return a < b ? a : b; });
    case Binary::max: return loop(r, [](float a, float b) { return a > b ? a : b; });
    case Binary::pow: return loop(r, [](float a, float b) { return std::pow(a, b); });
    case Binary::eq: return loop(r, [](float a, float b) { return a == b ? 1.f : 0.f; });
    case Binary::ne: return loop(r, [](float a, float b) { return a != b ? 1.f : 0.f; });
    case Binary::lt: return loop(r, [](float a, float b) { return a < b ? 1.f : 0.f; });
    case Binary::le: return loop(r, [](float a, float b) { return a <= b ? 1.f : 0.f; });
    case Binary::gt: return loop(r, [](float a, float b) { return a > b ? 1.f : 0.f; });
    case Binary::ge: return loop(r, [](float a, float b) { return a >= b ? 1.f : 0.f; });
  }
}

GRAFT_KERNEL void choose_row(const float* c, int64_t step_c, const Row& r) {
  for (int64_t i = 0; i < r.n; ++i)
    r.dst[i * r.step] = c[i * step_c] != 0 ? r.a[i * r.step_a] : r.b[i * r.step_b];
}

// Padding inside a blocked layout is zero and has to stay so.
bool keeps_zero(Binary algorithm) {
  switch (algorithm) {
    case Binary::add: case Binary::sub: case Binary::mul: case Binary::min: case Binary::max: return true;
    default: return false;
  }
}

Dims broadcast_dims(const char* op, const Builder& builder, std::initializer_list<Value> operands) {
  Dims out{1};
  for (const Value v : operands)
    if (builder.dims(v).size() > out.size()) out = builder.dims(v);
  for (const Value v : operands) {
    const Dims& dims = builder.dims(v);
    if (elements(dims) == 1) continue;
    bool fits = dims.size() == out.size();
    for (size_t i = 0; fits && i < dims.size(); ++i) {
      if (out[i] == 1) out[i] = dims[i];
      fits = dims[i] == out[i] || dims[i] == 1;
    }
    if (fits) continue;
    std::string all;
    for (const Value o : operands) all += (all.empty() ? "" : " and ") + to_string(builder.dims(o));
    throw ShapeError(cat(op, ": operands must have equal dims, or 1 where one is repeated; received ", all));
  }
  return out;
}

// The layout of a result: that of the first operand that is as large as it.
memory::desc result_layout(const Dims& dims, std::initializer_list<Operand> operands) {
  for (const Operand& o : operands)
    if (onednn::dims(o.md) == dims) return onednn::is_dense(o.md) ? o.md : dense_like(dims, o.md);
  return usual_layout(dims);
}

/// The whole memory at once: operands that lie alike, or one of them a single number.
void realise_flat(Lowering& lowering, const Instruction& self, Binary algorithm, const Operand& a, const Operand& b) {
  const bool a_full = onednn::dims(a.md) == lowering.dims(self.outputs[0]);
  const memory::desc md = a_full ? a.md : b.md;
  const int64_t n = floats(md), step_a = a_full ? 1 : 0, step_b = onednn::dims(b.md) == onednn::dims(md) ? 1 : 0;
  Step& step = lowering.kernel(
      self, word(algorithm), {a, b}, {lowering.define(self.outputs[0], md)},
      [=](const Run& run, std::span<void* const> p) {
        parallel_for(run.threads, n, kGrain, [&](int64_t begin, int64_t end) {
          run_row(algorithm, {in(p[0]) + begin * step_a, in(p[1]) + begin * step_b, out(p[2]) + begin, end - begin, step_a,
                              step_b, 1});
        });
      });
  if (step_a) step.in_place.push_back({0, 2});
  if (step_b) step.in_place.push_back({1, 2});
}

}  // namespace

std::string BinaryForward::attributes() const { return word(algorithm); }

Values BinaryForward::gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                               const std::vector<bool>& wanted) const {
  const Value x = self.inputs[0], y = self.inputs[1], z = self.outputs[0], dz = diff_dst[0];
  const auto to_x = [&](Value v) { return wanted[0] ? b.sum_to(v, b.dims(x)) : Value{}; };
  const auto to_y = [&](Value v) { return wanted[1] ? b.sum_to(v, b.dims(y)) : Value{}; };
  const auto both = [&](auto dx, auto dy) {
    return Values{wanted[0] ? to_x(dx()) : Value{}, wanted[1] ? to_y(dy()) : Value{}};
  };
  switch (algorithm) {
    case Binary::add: return both([&] { return dz; }, [&] { return dz; });
    case Binary::sub: return both([&] { return dz; }, [&] { return b.scale(dz, -1); });
    case Binary::mul: return both([&] { return b.mul(dz, y); }, [&] { return b.mul(dz, x); });
    case Binary::div:
      return both([&] { return b.div(dz, y); }, [&] { return b.scale(b.mul(dz, b.div(z, y)), -1); });
    case Binary::min:   // where they are equal, the first takes all: TensorFlow's choice
      return both([&] { return b.mul(dz, b.binary(Binary::le, x, y)); },
                  [&] { return b.mul(dz, b.binary(Binary::gt, x, y)); });
    case Binary::max:
      return both([&] { return b.mul(dz, b.binary(Binary::ge, x, y)); },
                  [&] { return b.mul(dz, b.binary(Binary::lt, x, y)); });
    case Binary::pow:
      return both([&] { return b.mul(dz, b.mul(y, b.binary(Binary::pow, x, b.scale(y, 1, -1)))); },
                  [&] { return b.mul(dz, b.mul(z, b.eltwise(x, Eltwise::log))); });
    default: return {Value{}, Value{}};   // comparisons are flat
  }
}

void BinaryForward::realise(Lowering& lowering, const Instruction& self) const {
  const Dims& dst = lowering.dims(self.outputs[0]);
  const Dims &da = lowering.dims(self.inputs[0]), &db = lowering.dims(self.inputs[1]);
  const bool alike = da == dst && db == dst;
  const bool one = (da == dst && elements(db) == 1) || (db == dst && elements(da) == 1);
  if (alike || one) {
    Operand a = lowering.operand(self.inputs[0]), b = lowering.operand(self.inputs[1]);
    if (alike && !onednn::same_layout(a.md, b.md) && !onednn::is_plain(a.md)) b = lowering.as(self.inputs[1], a.md);
    const memory::desc md = da == dst ? a.md : b.md;
    const bool zero = onednn::is_dense(md) || (keeps_zero(algorithm) && (alike || algorithm == Binary::mul));
    if ((one || onednn::same_layout(a.md, b.md)) && zero) return realise_flat(lowering, self, algorithm, a, b);
  }
  const Operand a = lowering.plain(self.inputs[0]), b = lowering.plain(self.inputs[1]);
  const Operand result = lowering.define(self.outputs[0], result_layout(dst, {a, b}));
  const Walk walk = make_walk(dst, {onednn::strides(result.md), broadcast_strides(a.md, dst), broadcast_strides(b.md, dst)});
  Step& step = lowering.kernel(self, word(algorithm), {a, b}, {result},
                               [which = algorithm, walk](const Run& run, std::span<void* const> p) {
                                 for_each_row(walk, run.threads, [&](const Offsets& at, int64_t n) {
                                   run_row(which, {in(p[0]) + at[1], in(p[1]) + at[2], out(p[2]) + at[0], n, walk.step(1),
                                                   walk.step(2), walk.step(0)});
                                 });
                               });
  if (onednn::same_layout(a.md, result.md)) step.in_place.push_back({0, 2});
  if (onednn::same_layout(b.md, result.md)) step.in_place.push_back({1, 2});
}

namespace {

class Where final : public Primitive {
 public:
  std::string_view name() const override { return "where"; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value zero = b.scalar(0), condition = self.inputs[0];
    Values out(3);
    if (wanted[1]) out[1] = b.sum_to(b.where(condition, diff_dst[0], zero), b.dims(self.inputs[1]));
    if (wanted[2]) out[2] = b.sum_to(b.where(condition, zero, diff_dst[0]), b.dims(self.inputs[2]));
    return out;
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dst = lowering.dims(self.outputs[0]);
    const Operand c = lowering.plain(self.inputs[0]), a = lowering.plain(self.inputs[1]), b = lowering.plain(self.inputs[2]);
    const Operand result = lowering.define(self.outputs[0], result_layout(dst, {c, a, b}));
    const Walk walk = make_walk(dst, {onednn::strides(result.md), broadcast_strides(c.md, dst),
                                      broadcast_strides(a.md, dst), broadcast_strides(b.md, dst)});
    lowering.kernel(self, "where", {c, a, b}, {result}, [walk](const Run& run, std::span<void* const> p) {
      for_each_row(walk, run.threads, [&](const Offsets& at, int64_t n) {
        choose_row(in(p[0]) + at[1], walk.step(1),
                   {in(p[1]) + at[2], in(p[2]) + at[3], out(p[3]) + at[0], n, walk.step(2), walk.step(3), walk.step(0)});
      });
    });
  }
};

}  // namespace

Value Builder::binary(Binary algorithm, Value a, Value b) {
  const Dims dst = broadcast_dims(word(algorithm), *this, {a, b});
  return append(std::make_shared<BinaryForward>(algorithm), {a, b}, {dst})[0];
}

Value Builder::where(Value condition, Value a, Value b) {
  return append(std::make_shared<Where>(), {condition, a, b}, {broadcast_dims("where", *this, {condition, a, b})})[0];
}

}  // namespace graft::ops
