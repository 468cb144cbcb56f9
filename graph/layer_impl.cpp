#include "graft/graph/layer_impl.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "graft/graph/axes.h"

namespace graft {

std::vector<DType> LayerImpl::infer_dtypes(std::span<const DType> inputs, size_t outputs) const {
  const bool kept = !inputs.empty() && (keeps_dtype() || is_floating(inputs[0]));
  return std::vector<DType>(outputs, kept ? inputs[0] : dtype_policy.compute_dtype());
}

std::vector<Shape> LayerImpl::infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const {
  return infer(inputs.first(arguments.positional(inputs.size())));
}

std::vector<Shape> LayerImpl::infer_built(std::span<const Shape> inputs, const CallArguments& arguments) const {
  const Shape whole = inputs.empty() ? Shape() : completed(inputs[0]);
  if (inputs.empty() || whole == inputs[0]) return infer_call(inputs, arguments);
  std::vector<Shape> given(inputs.begin(), inputs.end());
  for (int64_t axis = whole.rank(); axis > 0; --axis) {  // none first, then the last one: mostly it has the features
    given[0] = axis == whole.rank() ? inputs[0] : inputs[0].with(axis, whole[axis]);
    try {
      return infer_call(given, arguments);
    } catch (const ShapeError&) {
    }
  }
  given[0] = whole;
  return infer_call(given, arguments);
}

std::vector<DType> LayerImpl::infer_call_dtypes(std::span<const DType> inputs, size_t outputs,
                                                const CallArguments& arguments) const {
  return infer_dtypes(inputs.first(arguments.positional(inputs.size())), outputs);
}

bool can_infer(const LayerImpl& layer, std::span<const Shape> inputs) {
  return std::ranges::all_of(inputs, &Shape::has_rank) || layer.inner_graph() || !layer.is_known();
}

std::vector<Shape> infer_outputs(const LayerImpl& layer, std::span<const Shape> inputs,
                                 const CallArguments& arguments) {
  if (can_infer(layer, inputs)) return layer.infer_built(inputs, arguments);
  return std::vector<Shape>(layer.file_outputs, Shape::unknown());
}

std::vector<Layer> LayerImpl::sublayers() const {
  std::vector<Layer> layers;
  for (const InnerLayer& inner : inner_layers()) layers.push_back(inner.layer);
  return layers;
}

bool LayerImpl::has_weights() const {
  return !weights.empty() ||
         std::ranges::any_of(sublayers(), [](const Layer& layer) { return layer.impl().has_weights(); });
}

ops::Values LayerImpl::emit_masks(ops::Builder&, const ops::Values&, const ops::Values& masks,
                                  const CallArguments&) const {
  return {passes_masks() && !masks.empty() ? masks[0] : ops::Value{}};
}

bool LayerImpl::takes_mask(size_t) const { return false; }

MaskedValues LayerImpl::emit_masked(ops::Builder& builder, const ops::Values& inputs, const ops::Values& masks,
                                    const CallArguments& arguments) const {
  const ops::Values outputs = emit(builder, inputs, arguments);
  const ops::Values made = emit_masks(builder, inputs, masks, arguments);
  MaskedValues masked;
  for (size_t i = 0; i < outputs.size(); ++i) masked.push_back({outputs[i], i < made.size() ? made[i] : ops::Value{}});
  return masked;
}

void LayerImpl::emit_penalties(ops::Builder& builder, const ops::Values& outputs) const {
  for (const ops::Value output : outputs) add_activity_penalty(builder, output, builder.dims(output)[0]);
}

void LayerImpl::add_activity_penalty(ops::Builder& builder, ops::Value value, int64_t rows) const {
  if (!activity_regularizer || !builder.collects_penalties()) return;
  const ops::Builder::Scope scope(builder, "activity penalty");
  builder.add_penalty(builder.scale(emit_penalty(builder, activity_regularizer, value), 1 / static_cast<float>(rows)));
}

bool LayerImpl::runs_on_host(std::span<const DType>, bool) const { return false; }

Tensors LayerImpl::compute(const Tensors&, const CallArguments&) const {
  throw GraphError("is computed in a Program, not on the host");
}

void LayerImpl::load_assets(const std::map<std::string, std::string>&, const std::map<std::string, Tensor>&) {}

void LayerImpl::check_built(std::span<const Shape> inputs) const {
  if (weights.empty()) return;
  for (size_t i = 0; i < inputs.size() && i < built_for_.size(); ++i) {
    const Shape& first = built_for_[i];
    if (first.rank() == inputs[i].rank() && (first.rank() == 0 || first[-1] == inputs[i][-1])) continue;
    throw ShapeError(cat("the weights were made for input ", first, ", so the rank and the last dimension must be the ",
                         "same; received ", inputs[i]));
  }
}

Shape LayerImpl::completed(const Shape& input) const {
  Shape shape = input;
  if (build_shape.rank() != input.rank()) return shape;
  for (int64_t i = 1; i < input.rank(); ++i)
    if (input[i] == Shape::none) shape = shape.with(i, build_shape[i]);
  return shape;
}

Variable LayerImpl::add_weight(const std::string& weight_name, const Shape& shape, const Initializer& initializer,
                               const Regularizer& regularizer, bool moves, const Constraint& constraint) {
  Random random = initializer.seed ? Random(static_cast<uint64_t>(*initializer.seed)) : next_random_stream();
  weights.push_back({Variable(weight_name, initializer(shape, random), moves), regularizer, constraint});
  return weights.back().variable;
}

// -- penalties --------------------------------------------------------------------------------------------------------

// 1 for each pair of different vectors.
static Tensor different(int64_t count) {
  Tensor pairs = Tensor::full(Shape{count, count}, 1);
  for (int64_t i = 0; i < count; ++i) pairs.data<float>()[static_cast<size_t>(i * count + i)] = 0;
  return pairs;
}

// The mean of |cosine| over the pairs of rows, or of columns. A vector shorter than Keras's epsilon is divided by that.
static ops::Value emit_orthogonal(ops::Builder& b, const Regularizer& regularizer, ops::Value x) {
  const ops::Dims dims = b.dims(x);
  if (dims.size() != 2)
    throw ShapeError(cat("OrthogonalRegularizer takes a matrix; received a value of shape ", ops::to_string(dims)));
  const bool columns = regularizer.columns;
  const int64_t count = columns ? dims[1] : dims[0];
  if (count < 2)
    throw ShapeError(cat("OrthogonalRegularizer needs two ", columns ? "columns" : "rows",
                         " or more; received a matrix of shape ", ops::to_string(dims)));
  const ops::Value squares = b.reduce(ops::Reduction::sum, b.eltwise(x, ops::Eltwise::square), {columns ? 0 : 1});
  const ops::Value length = b.binary(ops::Binary::max, squares, b.scalar(1e-14f));
  const ops::Value unit = b.mul(x, b.eltwise(length, ops::Eltwise::rsqrt));
  const ops::Value cosines = b.mul(b.matmul(unit, unit, columns, !columns), b.constant(different(count)));
  const double ordered_pairs = static_cast<double>(count) * static_cast<double>(count - 1);
  return b.scale(emit_sum(b, b.eltwise(cosines, ops::Eltwise::abs)),
                 static_cast<float>(regularizer.orthogonal / ordered_pairs));
}

ops::Value emit_penalty(ops::Builder& b, const Regularizer& regularizer, ops::Value x) {
  ops::Value total;
  const auto add = [&](ops::Value penalty) { total = total ? b.add(total, penalty) : penalty; };
  const auto l1 = static_cast<float>(regularizer.l1), l2 = static_cast<float>(regularizer.l2);
  if (l1 != 0) add(b.scale(emit_sum(b, b.eltwise(x, ops::Eltwise::abs)), l1));
  if (l2 != 0) add(b.scale(emit_sum(b, b.eltwise(x, ops::Eltwise::square)), l2));
  if (regularizer.orthogonal != 0) add(emit_orthogonal(b, regularizer, x));
  return total;
}

// -- checks ----------------------------------------------------------------------------------------------------------

bool takes_argument(const LayerImpl& layer, const std::string& name) {
  const std::vector<std::string> own = layer.call_signature(), masks = layer.mask_arguments();
  return !layer.is_known() || std::ranges::find(own, name) != own.end() ||
         std::ranges::find(masks, name) != masks.end();
}

void check_argument(std::span<const Shape> inputs, const CallArguments& arguments, const std::string& name,
                    const Shape& expected, int index) {
  const Shape* given = argument_of(inputs, arguments, name, index);
  if (given && !expected.accepts(*given)) throw ShapeError(cat(name, " must be ", expected, "; received ", *given));
}

void check_mask(std::span<const Shape> inputs, const CallArguments& arguments, const std::string& name,
                const Shape& input, int64_t rank, int index) {
  std::vector<int64_t> dims = input.dims();
  dims.resize(static_cast<size_t>(std::min(rank, input.rank())));
  check_argument(inputs, arguments, name, Shape(dims), index);
}

// -- rules -----------------------------------------------------------------------------------------------------------

// The rules that are broken, while check_settings runs on this thread.
static thread_local std::vector<std::string>* broken_rules = nullptr;

void refuse_setting(const std::string& rule) {
  if (!broken_rules) throw ConfigError(rule);
  broken_rules->push_back(rule);
}

void check_settings(const LayerImpl& layer) {
  std::vector<std::string> broken;
  std::vector<std::string>* const outer = std::exchange(broken_rules, &broken);
  try {
    layer.check();
  } catch (const ConfigError& error) {
    broken.push_back(error.rule());
  } catch (...) {
    broken_rules = outer;
    throw;
  }
  broken_rules = outer;
  if (!broken.empty()) throw ConfigError(all_rules(broken));
}

static const std::string kBetweenRules = "; also ";

std::string all_rules(const std::vector<std::string>& rules) {
  std::string text;
  for (const std::string& rule : rules) text += cat(text.empty() ? "" : kBetweenRules, rule);
  return text;
}

std::vector<std::string> single_rules(const std::string& text) {
  std::vector<std::string> rules;
  size_t begin = 0;
  for (size_t end = text.find(kBetweenRules); end != std::string::npos; end = text.find(kBetweenRules, begin)) {
    rules.push_back(text.substr(begin, end - begin));
    begin = end + kBetweenRules.size();
  }
  rules.push_back(text.substr(begin));
  return rules;
}

// The most likely image of this number of values: a square, of one channel or of three.
static std::string image_shape(int64_t values) {
  for (const int64_t channels : {1, 3})
    for (int64_t side = 2; side * side * channels <= values; ++side)
      if (side * side * channels == values) return cat(side, ", ", side, ", ", channels);
  return "height, width, channels";
}

void check_rank(const Shape& shape, int64_t rank, const char* meaning) {
  if (shape.rank() == rank) return;
  ShapeError error(cat("input must have rank ", rank, " ", meaning, "; received ", shape));
  if (rank == 4 && shape.rank() == 2)
    error.hint(cat("Reshape({.target_shape = {", image_shape(shape[1]), "}}) makes an image of it."));
  if (rank == 2 && shape.rank() > 2) error.hint("Flatten() makes rows of it.");
  throw error;
}

void check_min_rank(const Shape& shape, int64_t rank, const char* meaning) {
  if (shape.rank() < rank)
    throw ShapeError(cat("input must have rank ", rank, " or more ", meaning, "; received ", shape));
}

void check_at_least(const char* setting, int64_t value, int64_t least) {
  if (value < least) refuse_setting(cat(setting, " must be at least ", least, "; received ", value));
}

std::string list_text(std::span<const int64_t> values) {
  if (values.size() == 1) return cat(values[0]);
  std::string out;
  for (const int64_t value : values) out += cat(out.empty() ? "{" : ", ", value);
  return out + "}";
}

void check_at_least(const char* setting, std::span<const int64_t> values, int64_t least) {
  if (*std::ranges::min_element(values) < least)
    refuse_setting(cat(setting, " must be at least ", least, "; received ", list_text(values)));
}

void check_strides(std::span<const int64_t> strides, std::span<const int64_t> dilation) {
  check_at_least("strides", strides, 1);
  check_at_least("dilation_rate", dilation, 1);
  if (*std::ranges::max_element(strides) > 1 && *std::ranges::max_element(dilation) > 1)
    refuse_setting(cat("strides and dilation_rate cannot both be above 1; received ", list_text(strides), " and ",
                       list_text(dilation)));
}

void check_rate(const char* setting, double value) {
  if (!(value >= 0 && value < 1)) refuse_setting(cat(setting, " must be in [0, 1); received ", value));
}

void check_fraction(const char* setting, double value) {
  if (!(value >= 0 && value <= 1)) refuse_setting(cat(setting, " must be in [0, 1]; received ", value));
}

int64_t known_dim(const Shape& shape, int64_t axis, const char* meaning) {
  if (shape[axis] == Shape::none)
    throw ShapeError(
        cat("the number of ", meaning, " (axis ", axis, ") must be known to make weights; received ", shape));
  return shape[axis];
}

static std::string snake_case_of(const std::string& name) {
  const auto upper = [&](size_t i) { return i < name.size() && name[i] >= 'A' && name[i] <= 'Z'; };
  const auto lower = [&](size_t i) { return i < name.size() && name[i] >= 'a' && name[i] <= 'z'; };
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && upper(i) && (lower(i + 1) || lower(i - 1))) out += '_';
    out += upper(i) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return out;
}

const std::string& snake_case(const std::string& class_name) {
  static std::mutex mutex;
  static std::unordered_map<std::string, std::string> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(class_name);
  return found != known.end() ? found->second : known.emplace(class_name, snake_case_of(class_name)).first->second;
}

}  // namespace graft
