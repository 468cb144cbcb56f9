#include "graft/ops/primitives/attention/attention.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/attention/backward.h"
#include "graft/ops/kernels/attention/forward.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

std::string text(const AttentionArgs& args, uint64_t salt) {
  std::string out = cat("scale=", args.scale);
  if (args.causal) out += " causal";
  if (args.zero_masked) out += " zero_masked";
  if (args.dropout > 0) out += cat(" dropout=", args.dropout, " salt=", salt);
  return out;
}

// -- layouts ----------------------------------------------------------------------------------------------------------

// The heads of a row side by side, as a projection gives them: dims are (batch, heads, rows, width).
memory::desc side_by_side(const Dims& dims, memory::data_type type) {
  return onednn::permuted(onednn::row_major({dims[0], dims[2], dims[1], dims[3]}, type), {0, 2, 1, 3});
}

// The value in its own layout where the elements of a row follow each other: heads may be side by side or apart.
Operand heads_of(Lowering& lowering, Value v) {
  const Operand x = lowering.operand(v);
  const bool rows = onednn::is_plain(x.md) && (onednn::strides(x.md)[3] == 1 || onednn::dims(x.md)[3] == 1);
  return rows ? x : lowering.as(v, side_by_side(lowering.dims(v), lowering.type(v)));
}

Heads heads(const memory::desc& md) {
  const Dims strides = onednn::strides(md);
  return {strides[0], strides[1], strides[2], is_narrow(md)};
}

AttentionShape::Mask mask_strides(const Operand& mask, const Dims& scores) {
  if (!mask) return {};
  const Dims strides = broadcast_strides(mask.md, scores);
  return {strides[0], strides[1], strides[2], strides[3]};
}

/// The operands that forward and backward share, and the shape that the kernels take.
struct AttentionLayouts {
  Operand query, key, value, mask;
  AttentionShape shape;

  AttentionLayouts(Lowering& lowering, const AttentionArgs& args, Value q, Value k, Value v, Value m)
      : query(heads_of(lowering, q)),
        key(heads_of(lowering, k)),
        value(heads_of(lowering, v)),
        mask(m ? lowering.plain(m) : Operand{}) {
    const Dims &from = lowering.dims(q), &to = lowering.dims(k);
    shape = {.batch = from[0],
             .heads = from[1],
             .heads_kv = to[1],
             .queries = from[2],
             .keys = to[2],
             .depth = from[3],
             .width = lowering.dims(v)[3],
             .scale = args.scale,
             .causal = args.causal,
             .zero_masked = args.zero_masked,
             .dropout = args.dropout,
             .query = heads(query.md),
             .key = heads(key.md),
             .value = heads(value.md),
             .mask = mask_strides(mask, {from[0], from[1], from[2], to[2]})};
    shape.slots = lowering.threads_for(static_cast<int64_t>(flop()), Lowering::kFlopGrain);
  }

  double flop() const {
    return 2. * static_cast<double>(shape.batch * shape.heads * shape.queries * shape.keys) *
           static_cast<double>(shape.depth + shape.width) / (shape.causal ? 2 : 1);
  }
};

Dims statistics_dims(const Dims& query) { return {query[0], query[1], query[2], 2}; }

// Operands of the gradient that need not be there come last, so that the others have fixed places.
std::vector<Operand> with_mask(std::vector<Operand> operands, const Operand& mask) {
  if (mask) operands.push_back(mask);
  return operands;
}

}  // namespace

// -- the primitives ---------------------------------------------------------------------------------------------------

std::string Attention::attributes() const { return text(args, salt); }
std::string AttentionBackward::attributes() const { return text(args, salt); }

Traits Attention::traits(const Program&, const Instruction&) const {
  return {.random = args.dropout > 0,
          .same_for_any_threads = true,
          .row_inputs = {0, 1, 2, 3},
          .low_precision = {LowPrecision::following, {0, 1, 2}, {0}}};
}

Traits AttentionBackward::traits(const Program&, const Instruction&) const {
  return {.random = args.dropout > 0,
          .same_for_any_threads = true,
          .low_precision = {LowPrecision::following, {0, 1, 2, 3, 4}, {0, 1, 2}}};
}

Values Attention::gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                           const std::vector<bool>&) const {
  const Value query = self.inputs[0], key = self.inputs[1], value = self.inputs[2];
  Values out = b.append(std::make_shared<AttentionBackward>(args, salt),
                        {diff_dst[0], query, key, value, self.outputs[0], self.outputs[1], self.inputs[3]},
                        {b.dims(query), b.dims(key), b.dims(value)});
  out.push_back({});
  return out;
}

void Attention::realise(Lowering& lowering, const Instruction& self) const {
  AttentionLayouts layouts(lowering, args, self.inputs[0], self.inputs[1], self.inputs[2], self.inputs[3]);
  AttentionShape& shape = layouts.shape;
  const Dims& dims = lowering.dims(self.outputs[0]);
  const Operand dst = lowering.define(self.outputs[0], side_by_side(dims, lowering.type(self.outputs[0]))),
                statistics = lowering.define(self.outputs[1], onednn::row_major(statistics_dims(dims)));
  shape.dst = heads(dst.md);
  Step& step =
      lowering.kernel(self, "attention", with_mask({layouts.query, layouts.key, layouts.value}, layouts.mask),
                      {dst, statistics, lowering.scratch(onednn::row_major({attention_scratch(shape)}))},
                      [shape, salt = salt, masked = layouts.mask ? 1 : 0](const Run& run, std::span<void* const> p) {
                        const std::span<void* const> to = p.subspan(static_cast<size_t>(3 + masked));
                        attention_forward(run.threads, shape,
                                          {p[0], p[1], p[2], masked ? in(p[3]) : nullptr, to[0], out(to[1]), out(to[2]),
                                           RandomStream(run.seed, salt)});
                      });
  step.flop = layouts.flop();
}

void AttentionBackward::realise(Lowering& lowering, const Instruction& self) const {
  AttentionLayouts layouts(lowering, args, self.inputs[1], self.inputs[2], self.inputs[3], self.inputs[6]);
  AttentionShape& shape = layouts.shape;
  const Operand diff_dst = heads_of(lowering, self.inputs[0]), dst = heads_of(lowering, self.inputs[4]),
                statistics = lowering.row_major(self.inputs[5]);
  shape.dst = heads(dst.md);
  std::vector<Operand> to;
  for (const Value v : self.outputs) to.push_back(lowering.define(v, side_by_side(lowering.dims(v), lowering.type(v))));
  const Heads from = heads(diff_dst.md), dq = heads(to[0].md), dk = heads(to[1].md), dv = heads(to[2].md);
  to.push_back(lowering.scratch(onednn::row_major({attention_backward_scratch(shape)})));
  Step& step = lowering.kernel(
      self, "attention_backward",
      with_mask({diff_dst, layouts.query, layouts.key, layouts.value, dst, statistics}, layouts.mask), to,
      [=, salt = salt, masked = layouts.mask ? 1 : 0](const Run& run, std::span<void* const> p) {
        const std::span<void* const> diff = p.subspan(static_cast<size_t>(6 + masked));
        attention_backward(run.threads, shape,
                           {p[0], p[1], p[2], p[3], p[4], in(p[5]), masked ? in(p[6]) : nullptr, diff[0], diff[1],
                            diff[2], out(diff[3]), RandomStream(run.seed, salt), from, dq, dk, dv});
      });
  step.flop = 2.5 * layouts.flop();
}

// -- the function of the Builder --------------------------------------------------------------------------------------

// Dims that do not fit are shown with all operands, since each may be the wrong one.
static void check_dims(const Dims& query, const Dims& key, const Dims& value) {
  const bool rank = query.size() == 4 && key.size() == 4 && value.size() == 4;
  const bool fits = rank && key[0] == query[0] && value[0] == query[0] && value[1] == key[1] &&
                    query[1] % key[1] == 0 && value[2] == key[2] && key[3] == query[3];
  if (!fits)
    throw ShapeError(cat("attention: query ", to_string(query), ", key ", to_string(key), " and value ",
                         to_string(value), " do not fit"))
        .hint(
            "They are (batch, heads, queries, depth), (batch, heads_kv, keys, depth) and (batch, heads_kv, keys, "
            "width), where heads is a multiple of heads_kv.");
}

static void check_mask(const Dims& mask, const Dims& scores) {
  bool fits = mask.size() == scores.size();
  for (size_t i = 0; fits && i < scores.size(); ++i) fits = mask[i] == scores[i] || mask[i] == 1;
  if (!fits)
    throw ShapeError(cat("attention: the mask must broadcast to ", to_string(scores), "; received ", to_string(mask)));
}

Value Builder::attention(Value query, Value key, Value value, Value mask, const AttentionArgs& args) {
  check_dims(dims(query), dims(key), dims(value));
  if (!(args.dropout >= 0 && args.dropout <= 1))
    throw ConfigError(cat("attention: dropout must be in [0, 1]; received ", args.dropout));
  const Dims &from = dims(query), scores{from[0], from[1], from[2], dims(key)[2]};
  if (mask) check_mask(dims(mask), scores);
  const Dims to{from[0], from[1], from[2], dims(value)[3]};
  const uint64_t salt = args.dropout > 0 ? next_salt() : 0;
  return append(std::make_shared<Attention>(args, salt), {query, key, value, mask}, {to, statistics_dims(from)})[0];
}

}  // namespace graft::ops
