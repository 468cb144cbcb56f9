#include "graft/graph/layer_impl.h"

#include <mutex>
#include <unordered_map>

namespace graft {

std::vector<DType> LayerImpl::infer_dtypes(std::span<const DType> inputs, size_t outputs) const {
  return std::vector<DType>(outputs, inputs.empty() ? DType::f32 : inputs[0]);
}

void LayerImpl::check_built(std::span<const Shape> inputs) const {
  if (weights.empty()) return;
  for (size_t i = 0; i < inputs.size() && i < built_for_.size(); ++i) {
    const Shape& first = built_for_[i];
    if (first.rank() == inputs[i].rank() && (first.rank() == 0 || first[-1] == inputs[i][-1])) continue;
    throw ShapeError(cat("the weights were made for input ", first, ", so the rank and the last dimension must be the ",
                         "same; received ", inputs[i]));
  }
}

Variable LayerImpl::add_weight(const std::string& weight_name, const Shape& shape, const Initializer& initializer,
                               const Regularizer& regularizer, bool moves) {
  Random random = initializer.seed ? Random(static_cast<uint64_t>(*initializer.seed)) : next_random_stream();
  weights.push_back({Variable(weight_name, initializer(shape, random), moves), regularizer});
  return weights.back().variable;
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
  if (value < least) throw ConfigError(cat(setting, " must be at least ", least, "; received ", value));
}

void check_at_least(const char* setting, const Size2D& value, int64_t least) {
  if (value.height < least || value.width < least)
    throw ConfigError(cat(setting, " must be at least ", least, "; received {", value.height, ", ", value.width, "}"));
}

void check_at_least(const char* setting, const Sides2D& value, int64_t least) {
  for (const int64_t side : {value.top, value.bottom, value.left, value.right}) check_at_least(setting, side, least);
}

void check_strides(const Size2D& strides, const Size2D& dilation) {
  check_at_least("strides", strides, 1);
  check_at_least("dilation_rate", dilation, 1);
  if ((strides.height > 1 || strides.width > 1) && (dilation.height > 1 || dilation.width > 1))
    throw ConfigError(cat("strides and dilation_rate cannot both be above 1; received {", strides.height, ", ",
                          strides.width, "} and {", dilation.height, ", ", dilation.width, "}"));
}

void check_rate(const char* setting, double value) {
  if (!(value >= 0 && value < 1)) throw ConfigError(cat(setting, " must be in [0, 1); received ", value));
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
