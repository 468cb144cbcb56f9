#include "graft/core/initializer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>
#include <tuple>

#include "graft/core/error.h"

namespace graft {

namespace {

// The standard deviation of a normal distribution cut off at two deviations.
constexpr double kTruncatedDeviation = 0.87962566103423978;

struct Scaling {
  double scale;
  std::string_view mode, distribution;
};

// The initializers of Glorot, He and LeCun are Keras's VarianceScaling with these settings.
const std::map<std::string, Scaling>& named_scalings() {
  static const std::map<std::string, Scaling> table{
      {"GlorotUniform", {1, "fan_avg", "uniform"}}, {"GlorotNormal", {1, "fan_avg", "truncated_normal"}},
      {"HeUniform", {2, "fan_in", "uniform"}},      {"HeNormal", {2, "fan_in", "truncated_normal"}},
      {"LecunUniform", {1, "fan_in", "uniform"}},   {"LecunNormal", {1, "fan_in", "truncated_normal"}},
  };
  return table;
}

// An initializer's name and class, and the defaults of a and b.
struct KnownInitializer {
  const char *name, *class_name;
  double a, b;
};
constexpr KnownInitializer kKnown[] = {
    {"zeros", "Zeros", 0, 0},
    {"ones", "Ones", 0, 0},
    {"constant", "Constant", 0, 0},
    {"random_uniform", "RandomUniform", -0.05, 0.05},
    {"random_normal", "RandomNormal", 0, 0.05},
    {"truncated_normal", "TruncatedNormal", 0, 0.05},
    {"glorot_uniform", "GlorotUniform", 0, 0},
    {"glorot_normal", "GlorotNormal", 0, 0},
    {"he_uniform", "HeUniform", 0, 0},
    {"he_normal", "HeNormal", 0, 0},
    {"lecun_uniform", "LecunUniform", 0, 0},
    {"lecun_normal", "LecunNormal", 0, 0},
    {"variance_scaling", "VarianceScaling", 1, 0},
    {"orthogonal", "Orthogonal", 1, 0},
    {"identity", "Identity", 1, 0},
    {"stft", "STFT", 0, 0},
};
// Other names that Keras and TF.js write for the same initializers.
constexpr std::pair<const char*, const char*> kAliases[] = {
    {"zero", "zeros"},
    {"one", "ones"},
    {"uniform", "random_uniform"},
    {"normal", "random_normal"},
    {"identity_initializer", "identity"},
    {"orthogonal_initializer", "orthogonal"},
    {"stft_initializer", "stft"},
};

// "glorot_uniform", "GlorotUniform" and TF.js's "glorotUniform" have the same key.
std::string key_of(std::string_view name) {
  std::string key;
  for (const char c : name)
    if (c != '_') key += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return key;
}

const KnownInitializer& known(const std::string& name) {
  std::string key = key_of(name);
  for (const auto& [alias, target] : kAliases)
    if (key == key_of(alias)) key = key_of(target);
  std::string names;
  for (const KnownInitializer& candidate : kKnown) {
    if (key == key_of(candidate.name)) return candidate;
    names += cat(names.empty() ? "" : ", ", candidate.name);
  }
  throw ConfigError(cat("there is no initializer \"", name, "\"; known are ", names));
}

// Settings are checked in every case, since they may come from a file instead of the functions below.
void check(const Initializer& i) {
  const auto fail = [&](const auto&... rule) { throw ConfigError(cat(i.class_name, ": ", rule...)); };
  if (i.class_name == "RandomUniform" && !(i.a <= i.b))
    fail("minval must not exceed maxval; received ", i.a, " and ", i.b);
  if ((i.class_name == "RandomNormal" || i.class_name == "TruncatedNormal") && !(i.b >= 0))
    fail("stddev must be 0 or more; received ", i.b);
  if (i.class_name == "STFT") {
    if (i.side != "real" && i.side != "imag") fail("side must be real or imag; received \"", i.side, '"');
    if (!i.scaling.empty() && i.scaling != "density" && i.scaling != "spectrum")
      fail("scaling must be density, spectrum or none; received \"", i.scaling, '"');
  }
  if (i.class_name != "VarianceScaling") return;
  if (!(i.a > 0)) fail("scale must be above 0; received ", i.a);
  if (i.mode != "fan_in" && i.mode != "fan_out" && i.mode != "fan_avg")
    fail("mode must be fan_in, fan_out or fan_avg; received \"", i.mode, "\"");
  if (i.distribution != "uniform" && i.distribution != "truncated_normal" && i.distribution != "untruncated_normal")
    fail("distribution must be uniform, truncated_normal or untruncated_normal; received \"", i.distribution, "\"");
}

Initializer make(const char* name, double a, double b, std::optional<int64_t> seed) {
  Initializer initializer(name);
  initializer.a = a;
  initializer.b = b;
  initializer.seed = seed;
  check(initializer);
  return initializer;
}

// -- filling ---------------------------------------------------------------------------------------------------------

template <class Draw>
Tensor filled(const Shape& shape, Draw draw) {
  Tensor tensor(shape);
  std::ranges::generate(tensor.data<float>(), draw);
  return tensor;
}

Tensor uniform(const Shape& shape, double low, double high, Random& random) {
  return filled(shape, [&, l = static_cast<float>(low), h = static_cast<float>(high)] { return random.uniform(l, h); });
}

Tensor normal(const Shape& shape, double mean, double deviation, Random& random) {
  return filled(shape, [&] { return static_cast<float>(mean + deviation * random.normal()); });
}

Tensor truncated(const Shape& shape, double mean, double deviation, Random& random) {
  return filled(shape, [&] { return static_cast<float>(mean + deviation * random.truncated_normal()); });
}

struct Fans {
  double in, out;
};

Fans fans_of(const Shape& shape) {
  if (shape.rank() == 0) return {1, 1};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  const auto times = [](double product, int64_t dim) { return product * static_cast<double>(dim); };
  const double field = std::accumulate(shape.begin(), shape.end() - 2, 1.0, times);
  return {field * static_cast<double>(shape[-2]), field * static_cast<double>(shape[-1])};
}

double product_of(const Shape& shape, const std::vector<int64_t>& axes) {
  double product = 1;
  for (const int64_t axis : axes) product *= static_cast<double>(shape[normalized_axis(axis, shape.rank())]);
  return product;
}

Fans fans_of(const Initializer& initializer, const Shape& shape) {
  const auto& [in, out] = std::tie(initializer.input_axes, initializer.output_axes);
  return in && out ? Fans{product_of(shape, *in), product_of(shape, *out)} : fans_of(shape);
}

double fan_of(const Fans& fans, std::string_view mode) {
  const double fan = mode == "fan_in" ? fans.in : mode == "fan_out" ? fans.out : (fans.in + fans.out) / 2;
  return std::max(1.0, fan);
}

Tensor scaled(const Scaling& scaling, const Fans& fans, const Shape& shape, Random& random) {
  const double variance = scaling.scale / fan_of(fans, scaling.mode);
  if (scaling.distribution == "uniform") {
    const double limit = std::sqrt(3 * variance);
    return uniform(shape, -limit, limit, random);
  }
  if (scaling.distribution == "truncated_normal")
    return truncated(shape, 0, std::sqrt(variance) / kTruncatedDeviation, random);
  return normal(shape, 0, std::sqrt(variance), random);
}

using Column = std::vector<double>;

// Subtracts the projection onto the earlier columns, twice, since rounding leaves a part of it the first time.
void orthogonalise(Column& column, std::span<const Column> before) {
  for (int pass = 0; pass < 2; ++pass)
    for (const Column& other : before) {
      const double along = std::inner_product(column.begin(), column.end(), other.begin(), 0.0);
      for (size_t i = 0; i < column.size(); ++i) column[i] -= along * other[i];
    }
  const double length = std::sqrt(std::inner_product(column.begin(), column.end(), column.begin(), 0.0));
  for (double& value : column) value /= length;
}

// The Q of the QR decomposition, with R's diagonal positive, of a normal matrix is uniform among orthogonal matrices.
Tensor orthogonal(const Shape& shape, double gain, Random& random) {
  if (shape.rank() < 2) throw ShapeError(cat("Orthogonal needs a weight of rank 2 or more; received ", shape));
  Tensor tensor(shape);
  if (tensor.elements() == 0) return tensor;
  const size_t columns = static_cast<size_t>(shape[-1]), rows = static_cast<size_t>(shape.elements()) / columns;
  const bool tall = rows >= columns;
  std::vector<Column> q(std::min(rows, columns), Column(std::max(rows, columns)));
  for (size_t c = 0; c < q.size(); ++c) {
    for (double& value : q[c]) value = random.normal();
    orthogonalise(q[c], {q.data(), c});
  }
  const std::span<float> values = tensor.data<float>();
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c)
      values[r * columns + c] = static_cast<float>(gain * (tall ? q[c][r] : q[r][c]));
  return tensor;
}

Tensor identity(const Shape& shape, double gain) {
  if (shape.rank() != 2) throw ShapeError(cat("Identity needs a weight of rank 2; received ", shape));
  Tensor tensor(shape);
  for (int64_t i = 0; i < std::min(shape[0], shape[1]); ++i)
    tensor.data<float>()[static_cast<size_t>(i * shape[1] + i)] = static_cast<float>(gain);
  return tensor;
}

// An array whose dimensions are those of the shape or 1, aligned at the end.
Tensor repeated(const Tensor& values, const Shape& shape) {
  const Shape& from = values.shape();
  bool fits = from.rank() <= shape.rank();
  for (int64_t i = 1; fits && i <= from.rank(); ++i) fits = from[-i] == 1 || from[-i] == shape[-i];
  if (!fits) throw ShapeError(cat("Constant: an array of shape ", from, " does not broadcast to the weight ", shape));
  Tensor tensor(shape);
  const Tensor floats = values.cast(DType::f32);
  for (int64_t place = 0; place < tensor.elements(); ++place) {
    int64_t source = 0, stride = 1, rest = place;
    for (int64_t i = 1; i <= from.rank(); ++i) {
      if (from[-i] != 1) source += rest % shape[-i] * stride;
      rest /= shape[-i];
      stride *= from[-i];
    }
    tensor.data<float>()[static_cast<size_t>(place)] = floats.data<float>()[static_cast<size_t>(source)];
  }
  return tensor;
}

constexpr double kPi = 3.14159265358979323846;

// SciPy's windows that are sums of cosines, by their coefficients; "bartlett" is a triangle.
double window_at(const std::string& name, double i, double period) {
  static const std::map<std::string, std::vector<double>> cosines{
      {"boxcar", {1}},
      {"hann", {0.5, 0.5}},
      {"hamming", {0.54, 0.46}},
      {"blackman", {0.42, 0.5, 0.08}},
      {"nuttall", {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
      {"blackmanharris", {0.35875, 0.48829, 0.14128, 0.01168}},
  };
  if (name == "bartlett") return 1 - std::abs(2 * i / period - 1);
  const auto found = cosines.find(name);
  if (found == cosines.end())
    throw ConfigError(cat("STFT: window must be boxcar, hann, hamming, blackman, nuttall, blackmanharris or bartlett; ",
                          "received \"", name, '"'));
  double sum = 0;
  for (size_t k = 0; k < found->second.size(); ++k)
    sum += (k % 2 == 0 ? 1 : -1) * found->second[k] * std::cos(2 * kPi * static_cast<double>(k) * i / period);
  return sum;
}

std::vector<double> window_of(const Initializer& initializer, int64_t length) {
  std::vector<double> window(static_cast<size_t>(length), 1);
  if (initializer.window.empty() || length == 1) return window;
  const auto period = static_cast<double>(initializer.periodic ? length : length - 1);
  for (size_t i = 0; i < window.size(); ++i) window[i] = window_at(initializer.window, static_cast<double>(i), period);
  double divisor = 1;
  if (initializer.scaling == "density")
    divisor = std::sqrt(std::inner_product(window.begin(), window.end(), window.begin(), 0.0));
  if (initializer.scaling == "spectrum")
    divisor = std::accumulate(window.begin(), window.end(), 0.0, [](double s, double w) { return s + std::abs(w); });
  for (double& value : window) value /= divisor;
  return window;
}

Tensor stft(const Initializer& initializer, const Shape& shape) {
  if (shape.rank() != 3) throw ShapeError(cat("STFT needs a weight of rank 3; received ", shape));
  Tensor tensor(shape);
  const std::vector<double> window = window_of(initializer, shape[0]);
  const auto length = static_cast<double>((shape[2] - 1) * 2);
  size_t next = 0;
  for (int64_t t = 0; t < shape[0]; ++t)
    for (int64_t c = 0; c < shape[1]; ++c)
      for (int64_t f = 0; f < shape[2]; ++f) {
        const double angle = -2 * kPi * static_cast<double>(t) * static_cast<double>(f) / length;
        const double wave = initializer.side == "real" ? std::cos(angle) : std::sin(angle);
        tensor.data<float>()[next++] = static_cast<float>(wave * window[static_cast<size_t>(t)]);
      }
  return tensor;
}

}  // namespace

Initializer::Initializer(const std::string& name) {
  const KnownInitializer& found = known(name);
  class_name = found.class_name;
  a = found.a;
  b = found.b;
  if (class_name == "VarianceScaling") mode = "fan_in", distribution = "truncated_normal";
  if (class_name == "STFT") side = "real", window = "hann", scaling = "density";
}

bool Initializer::operator==(const Initializer& other) const {
  const auto settings = [](const Initializer& i) {
    return std::tie(i.class_name, i.a, i.b, i.mode, i.distribution, i.seed, i.input_axes, i.output_axes, i.side,
                    i.window, i.scaling, i.periodic);
  };
  const bool same_values =
      values.empty() ? other.values.empty() : !other.values.empty() && bit_equal(values, other.values);
  return settings(*this) == settings(other) && same_values;
}

Tensor Initializer::operator()(const Shape& shape, Random& random) const {
  check(*this);
  const std::string& kind = class_name;
  if (kind == "Zeros") return Tensor(shape);
  if (kind == "Ones") return Tensor::full(shape, 1);
  if (kind == "Constant") return values.empty() ? Tensor::full(shape, static_cast<float>(a)) : repeated(values, shape);
  if (kind == "RandomUniform") return uniform(shape, a, b, random);
  if (kind == "RandomNormal") return normal(shape, a, b, random);
  if (kind == "TruncatedNormal") return truncated(shape, a, b, random);
  if (kind == "VarianceScaling") return scaled({a, mode, distribution}, fans_of(*this, shape), shape, random);
  if (kind == "Orthogonal") return orthogonal(shape, a, random);
  if (kind == "Identity") return identity(shape, a);
  if (kind == "STFT") return stft(*this, shape);
  const auto known_scaling = named_scalings().find(kind);
  if (known_scaling != named_scalings().end())
    return scaled(known_scaling->second, fans_of(*this, shape), shape, random);
  throw ConfigError(cat("there is no initializer \"", kind, "\""));
}

Initializer Constant(double value) { return make("constant", value, 0, {}); }

Initializer RandomUniform(double minval, double maxval, std::optional<int64_t> seed) {
  return make("random_uniform", minval, maxval, seed);
}

Initializer RandomNormal(double mean, double stddev, std::optional<int64_t> seed) {
  return make("random_normal", mean, stddev, seed);
}

Initializer TruncatedNormal(double mean, double stddev, std::optional<int64_t> seed) {
  return make("truncated_normal", mean, stddev, seed);
}

Initializer VarianceScaling(double scale, const std::string& mode, const std::string& distribution,
                            std::optional<int64_t> seed) {
  Initializer initializer("variance_scaling");
  initializer.a = scale;
  initializer.mode = mode;
  initializer.distribution = distribution;
  initializer.seed = seed;
  check(initializer);
  return initializer;
}

Initializer Orthogonal(double gain, std::optional<int64_t> seed) { return make("orthogonal", gain, 0, seed); }

Initializer STFT(const std::string& side, const std::string& window, const std::string& scaling, bool periodic) {
  Initializer initializer("stft");
  initializer.side = side;
  initializer.window = window;
  initializer.scaling = scaling;
  initializer.periodic = periodic;
  check(initializer);
  return initializer;
}

}  // namespace graft
