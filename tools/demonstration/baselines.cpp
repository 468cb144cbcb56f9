#include "graft/tools/demonstration/baselines.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graft/core/error.h"

namespace graft::tools {

namespace {

using Row = std::span<const float>;

// Reads a tensor (N, ...) as N spans of D values.
class Rows {
 public:
  explicit Rows(const Tensor& tensor) : data_(tensor.data<float>()), count_(static_cast<size_t>(tensor.shape()[0])) {
    if (count_ == 0) throw DataError(cat("there are no rows in a tensor ", tensor.shape()));
    width_ = data_.size() / count_;
  }
  size_t count() const { return count_; }
  size_t width() const { return width_; }
  Row operator[](size_t i) const { return data_.subspan(i * width_, width_); }

 private:
  std::span<const float> data_;
  size_t count_, width_ = 0;
};

float dot(Row a, Row b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.f); }

void add_scaled(std::span<float> to, Row from, float factor) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += factor * from[i];
}

double squared_distance(Row a, Row b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

// The matrix (D, D). It adds eight rows at a time, so that the matrix is read and written an eighth as often.
std::vector<float> covariance(const Rows& rows, Row mean) {
  constexpr size_t kBlock = 8;
  const size_t d = rows.width();
  std::vector<float> matrix(d * d), block(kBlock * d);
  for (size_t first = 0; first < rows.count(); first += kBlock) {
    const size_t used = std::min(kBlock, rows.count() - first);
    std::ranges::fill(block, 0.f);
    for (size_t b = 0; b < used; ++b)
      for (size_t i = 0; i < d; ++i) block[b * d + i] = rows[first + b][i] - mean[i];
    for (size_t i = 0; i < d; ++i)
      for (size_t b = 0; b < used; ++b)
        add_scaled({matrix.data() + i * d, d}, {block.data() + b * d, d}, block[b * d + i]);
  }
  return matrix;
}

// Makes each row of a (K, D) matrix orthonormal to those before it, twice, since rounding leaves a part the first time.
void orthonormalise(std::vector<float>& matrix, size_t d) {
  for (size_t r = 0; r * d < matrix.size(); ++r) {
    const std::span<float> row(matrix.data() + r * d, d);
    for (int pass = 0; pass < 2; ++pass)
      for (size_t before = 0; before < r; ++before) {
        const Row other(matrix.data() + before * d, d);
        add_scaled(row, other, -dot(row, other));
      }
    const float length = std::sqrt(dot(row, row));
    for (float& value : row) value /= length;
  }
}

}  // namespace

Tensor mean_row(const Tensor& tensor) {
  const Rows rows(tensor);
  std::vector<double> sum(rows.width());
  for (size_t n = 0; n < rows.count(); ++n)
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(rows[n][i]);
  Tensor mean(Shape{static_cast<int64_t>(sum.size())});
  std::ranges::transform(sum, mean.data<float>().begin(),
                         [&](double value) { return static_cast<float>(value / static_cast<double>(rows.count())); });
  return mean;
}

Tensor class_means(const Tensor& tensor, const Tensor& labels, int64_t classes) {
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(classes));
  const auto numbers = labels.data<int32_t>();
  for (size_t n = 0; n < numbers.size(); ++n) {
    if (numbers[n] < 0 || numbers[n] >= classes)
      throw DataError(cat("labels must be from 0 to ", classes - 1, "; received ", numbers[n]));
    members[static_cast<size_t>(numbers[n])].push_back(static_cast<int64_t>(n));
  }
  Tensor means(Shape{classes, tensor.elements() / std::max<int64_t>(tensor.shape()[0], 1)});
  for (int64_t c = 0; c < classes; ++c) {
    if (members[static_cast<size_t>(c)].empty()) throw DataError(cat("class ", c, " has no rows"));
    const Tensor mean = mean_row(tensor.gathered(members[static_cast<size_t>(c)]));
    Tensor row = means.rows(c, c + 1);  // shares the memory of means
    std::ranges::copy(mean.data<float>(), row.data<float>().begin());
  }
  return means;
}

Tensor nearest(const Tensor& centroids, const Tensor& tensor) {
  const Rows centres(centroids), rows(tensor);
  Tensor result(Shape{static_cast<int64_t>(rows.count())}, DType::s32);
  for (size_t n = 0; n < rows.count(); ++n) {
    double least = INFINITY;
    for (size_t c = 0; c < centres.count(); ++c) {
      const double distance = squared_distance(rows[n], centres[c]);
      if (distance >= least) continue;
      least = distance;
      result.data<int32_t>()[n] = static_cast<int32_t>(c);
    }
  }
  return result;
}

double agreement(const Tensor& a, const Tensor& b) {
  if (a.elements() != b.elements() || a.elements() == 0)
    throw ShapeError(cat("lists of labels must be of one length above 0; received ", a.shape(), " and ", b.shape()));
  const auto x = a.data<int32_t>(), y = b.data<int32_t>();
  int64_t equal = 0;
  for (size_t i = 0; i < x.size(); ++i) equal += x[i] == y[i];
  return static_cast<double>(equal) / static_cast<double>(x.size());
}

double mean_squared_error(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape())
    throw ShapeError(cat("tensors must have one shape; received ", a.shape(), " and ", b.shape()));
  return squared_distance(a.data<float>(), b.data<float>()) / static_cast<double>(a.elements());
}

Tensor PrincipalComponents::reconstruct(const Tensor& tensor, int64_t k) const {
  const Rows rows(tensor), axes(directions);
  if (k < 0 || k > static_cast<int64_t>(axes.count()))
    throw ConfigError(cat("there are ", axes.count(), " components; received ", k));
  const Row centre = mean.data<float>();
  Tensor result(tensor.shape());
  std::vector<float> centred(rows.width());
  for (size_t n = 0; n < rows.count(); ++n) {
    std::ranges::transform(rows[n], centre, centred.begin(), std::minus<>());
    const std::span<float> to = result.data<float>().subspan(n * rows.width(), rows.width());
    std::ranges::copy(centre, to.begin());
    for (size_t c = 0; c < static_cast<size_t>(k); ++c) add_scaled(to, axes[c], dot(axes[c], centred));
  }
  return result;
}

PrincipalComponents principal_components(const Tensor& tensor, int64_t components, Random random, int iterations) {
  const Rows rows(tensor);
  const size_t d = rows.width();
  if (components < 1 || components > static_cast<int64_t>(d))
    throw ConfigError(cat("components must be from 1 to ", d, "; received ", components));
  PrincipalComponents result{mean_row(tensor), Tensor(Shape{components, static_cast<int64_t>(d)})};
  const std::vector<float> matrix = covariance(rows, result.mean.data<float>());
  std::vector<float> q(static_cast<size_t>(components) * d), next(q.size());
  for (float& value : q) value = random.normal();
  orthonormalise(q, d);
  for (int i = 0; i < iterations; ++i) {
    std::ranges::fill(next, 0.f);
    for (size_t r = 0; r * d < q.size(); ++r)
      for (size_t j = 0; j < d; ++j) add_scaled({next.data() + r * d, d}, {matrix.data() + j * d, d}, q[r * d + j]);
    q.swap(next);
    orthonormalise(q, d);
  }
  std::ranges::copy(q, result.directions.data<float>().begin());
  return result;
}

}  // namespace graft::tools
