#include "graft/ops/primitives/movement/gather.h"

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

/// Both directions walk (outer, inner) as columns, each of which meets every index in turn: no two threads write to
/// one place, and sums are added up in one order.
struct Rows {
  int64_t outer, count, picked, inner;

  /// body(the column's first element, of the side with `count` rows and of the one with `picked`, its length)
  template <class Body>
  void for_each_run(int threads, const Body& body) const {
    const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, picked));
    parallel_for(threads, outer * inner, grain, [&](int64_t begin, int64_t end) {
      while (begin < end) {
        const int64_t o = begin / inner, i = begin % inner, n = std::min(end - begin, inner - i);
        body(o * count * inner + i, o * picked * inner + i, n);
        begin += n;
      }
    });
  }

  /// The row that an index means; -1 for none.
  int64_t row(float index) const {
    const auto k = static_cast<float>(count);
    if (!(index >= -k && index < k)) return -1;
    const auto whole = static_cast<int64_t>(index);
    if (static_cast<float>(whole) != index) return -1;
    return whole < 0 ? whole + count : whole;
  }
};

class Gather final : public Primitive {
 public:
  std::string_view name() const override { return "gather"; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {scatter_add(b, diff_dst[0], self.inputs[1], b.dims(self.inputs[0])[1]), Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Operand src = lowering.row_major(self.inputs[0]), indices = lowering.row_major(self.inputs[1]);
    const Operand dst = lowering.define(self.outputs[0], onednn::row_major(to));
    lowering.kernel(self, "gather", {src, indices}, {dst},
                    [rows = Rows{from[0], from[1], to[1], from[2]}](const Run& run, std::span<void* const> p) {
                      rows.for_each_run(run.threads, [&](int64_t x, int64_t y, int64_t n) {
                        for (int64_t k = 0; k < rows.picked; ++k)
                          copy_row(rows.row(in(p[1])[k]), in(p[0]) + x, rows.inner, out(p[2]) + y + k * rows.inner, n);
                      });
                    });
  }

 private:
  static void copy_row(int64_t row, const float* from, int64_t inner, float* to, int64_t n) {
    if (row < 0)
      std::fill(to, to + n, 0.f);
    else
      std::copy_n(from + row * inner, n, to);
  }
};

class ScatterAdd final : public Primitive {
 public:
  explicit ScatterAdd(int64_t count) : count_(count) {}
  std::string_view name() const override { return "scatter_add"; }
  std::string attributes() const override { return cat("count=", count_); }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {gather(b, diff_dst[0], self.inputs[1]), Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Operand src = lowering.row_major(self.inputs[0]), indices = lowering.row_major(self.inputs[1]);
    const Operand dst = lowering.define(self.outputs[0], onednn::row_major(to));
    lowering.kernel(self, "scatter_add", {src, indices}, {dst},
                    [rows = Rows{to[0], to[1], from[1], to[2]}](const Run& run, std::span<void* const> p) {
                      rows.for_each_run(run.threads, [&](int64_t y, int64_t x, int64_t n) {
                        float* sums = out(p[2]) + y;
                        for (int64_t row = 0; row < rows.count; ++row) std::fill_n(sums + row * rows.inner, n, 0.f);
                        for (int64_t k = 0; k < rows.picked; ++k)
                          add_row(rows.row(in(p[1])[k]), in(p[0]) + x + k * rows.inner, rows.inner, sums, n);
                      });
                    });
  }

 private:
  static void add_row(int64_t row, const float* from, int64_t inner, float* sums, int64_t n) {
    if (row < 0) return;
    for (int64_t i = 0; i < n; ++i) sums[row * inner + i] += from[i];
  }

  int64_t count_;
};

void check_operands(const char* name, const Dims& src, const Dims& indices) {
  if (src.size() == 3 && indices.size() == 1) return;
  throw ShapeError(cat(name, ": takes dims (outer, rows, inner) and (picked); received ", to_string(src), " and ",
                       to_string(indices)));
}

}  // namespace

Value gather(Builder& builder, Value src, Value indices) {
  const Dims &from = builder.dims(src), &picked = builder.dims(indices);
  check_operands("gather", from, picked);
  const Dims to{from[0], picked[0], from[2]};
  return builder.append(std::make_shared<Gather>(), {src, indices}, {to})[0];
}

Value scatter_add(Builder& builder, Value src, Value indices, int64_t count) {
  const Dims &from = builder.dims(src), &picked = builder.dims(indices);
  check_operands("scatter_add", from, picked);
  if (from[1] != picked[0] || count < 1)
    throw ShapeError(cat("scatter_add: needs an index for each of the rows of ", to_string(from),
                         " and one row or more to add to; received ", to_string(picked), " and ", count));
  const Dims to{from[0], count, from[2]};
  return builder.append(std::make_shared<ScatterAdd>(count), {src, indices}, {to})[0];
}

}  // namespace graft::ops
