#include "graft/graph/layers/preprocessing/discretization.h"

#include <algorithm>
#include <cmath>

#include "graft/graph/axes.h"
#include "graft/graph/layers/preprocessing/base/lookup.h"

namespace graft {

void DiscretizationConfig::fields(FieldVisitor& field) {
  list_field(field, "bin_boundaries", bin_boundaries);
  field("num_bins", num_bins);
  field("epsilon", epsilon);
  field("output_mode", output_mode);
  field("sparse", sparse);
}

// -- learning --------------------------------------------------------------------------------------------------------

namespace {

// Values in ascending order, and how many of the data each stands for. Keras keeps both in float32.
struct Summary {
  std::vector<float> values, weights;
};

}  // namespace

// Every so many-th value, so that about 1 / epsilon of them are left.
static Summary summary_of(const Tensor& data, double epsilon) {
  const Tensor floats = data.cast(DType::f32);
  std::vector<float> values(floats.data<float>().begin(), floats.data<float>().end());
  std::sort(values.begin(), values.end());
  const double step = std::max(static_cast<double>(values.size()) * epsilon, 1.0);
  Summary summary;
  for (auto i = static_cast<size_t>(step - 1); i < values.size(); i += static_cast<size_t>(step)) {
    summary.values.push_back(values[i]);
    summary.weights.push_back(static_cast<float>(step));
  }
  return summary;
}

// The line through points whose x ascend, constant beyond the first and the last.
static double interpolated(double x, const std::vector<float>& xs, const std::vector<float>& ys) {
  const auto above = static_cast<size_t>(std::upper_bound(xs.begin(), xs.end(), x) - xs.begin());
  if (above == 0) return static_cast<double>(ys.front());
  if (above == xs.size()) return static_cast<double>(ys.back());
  const double x0 = xs[above - 1], x1 = xs[above], y0 = ys[above - 1], y1 = ys[above];
  return (y1 - y0) / (x1 - x0) * (x - x0) + y0;
}

// Values at equal steps of the share of all weights. The weights that they get are the differences of the sums there.
static Summary compressed(const Summary& summary, double epsilon) {
  if (static_cast<double>(summary.values.size()) * epsilon < 1) return summary;
  std::vector<float> sums, shares;
  for (const float weight : summary.weights) sums.push_back(sums.empty() ? weight : sums.back() + weight);
  for (const float sum : sums) shares.push_back(sum / sums.back());
  Summary result;
  double before = 0;
  const auto steps = static_cast<int64_t>(std::ceil(1.0 / epsilon));
  for (int64_t i = 0; i < steps; ++i) {
    const double share = epsilon + static_cast<double>(i) * epsilon, sum = interpolated(share, shares, sums);
    result.values.push_back(static_cast<float>(interpolated(share, shares, summary.values)));
    result.weights.push_back(static_cast<float>(sum - before));
    before = sum;
  }
  return result;
}

static std::vector<double> boundaries_of(const Tensor& data, int64_t bins, double epsilon) {
  if (data.elements() == 0) throw DataError("the data to adapt to holds no numbers");
  const Summary summary = compressed(compressed(summary_of(data, epsilon), epsilon), 1.0 / static_cast<double>(bins));
  return {summary.values.begin(), summary.values.end() - 1};
}

// -- the layer -------------------------------------------------------------------------------------------------------

namespace {

class DiscretizationImpl final : public ConfiguredLayer<DiscretizationConfig> {
 public:
  explicit DiscretizationImpl(DiscretizationConfig given) : ConfiguredLayer(std::move(given)) {}
  std::string class_name() const override { return "Discretization"; }

  void check() const override {
    check_dense(config.sparse);
    if (config.num_bins) check_at_least("num_bins", *config.num_bins, 1);
    if (!config.num_bins && config.bin_boundaries.empty()) refuse_setting("bin_boundaries or num_bins must be given");
    if (!std::ranges::is_sorted(config.bin_boundaries)) refuse_setting("bin_boundaries must ascend");
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {category_shape(inputs[0], form(), depth())};
  }

  std::vector<DType> infer_dtypes(std::span<const DType>, size_t) const override {
    return {form() == CategoryForm::integers ? DType::s32 : DType::f32};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    if (config.bin_boundaries.empty() && config.num_bins != 1)
      throw ConfigError("has no boundaries").hint("give `bin_boundaries`, or call adapt(data).");
    const ops::Value x = to_channels_last(b, inputs[0]);
    return {to_channels_first(b, emit_categories(b, emit_bins(b, x), form(), depth()))};
  }

  void adapt(const Tensor& data) {
    if (!config.num_bins) throw ConfigError("has bin_boundaries of its own, so adapt() has nothing to learn");
    config.bin_boundaries = boundaries_of(data, *config.num_bins, config.epsilon);
  }

 private:
  CategoryForm form() const { return category_form(config.output_mode.str()); }
  int64_t depth() const {
    return config.bin_boundaries.empty() ? *config.num_bins : std::ssize(config.bin_boundaries) + 1;
  }

  ops::Value emit_bins(ops::Builder& b, ops::Value x) const {
    if (config.bin_boundaries.empty()) return b.scale(x, 0);
    std::vector<float> boundaries;
    for (const double boundary : config.bin_boundaries) boundaries.push_back(static_cast<float>(boundary));
    const Shape shape{std::ssize(boundaries)};
    return b.search_sorted(b.constant(Tensor(shape, std::move(boundaries))), x, true);
  }
};

}  // namespace

Discretization::Discretization(DiscretizationConfig config, source_location location)
    : Layer(make_layer<DiscretizationImpl>(std::move(config), location)) {}

void Discretization::adapt(const Tensor& data) const {
  with_who(*this, [&] { static_cast<DiscretizationImpl&>(impl()).adapt(data); });
}

std::vector<double> Discretization::bin_boundaries() const {
  return static_cast<const DiscretizationImpl&>(impl()).config.bin_boundaries;
}

std::vector<LayerClass> discretization_classes() { return {layer_class<DiscretizationImpl>("Discretization")}; }

}  // namespace graft
