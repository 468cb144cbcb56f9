#include "graft/models/loop/epoch.h"

#include <algorithm>
#include <numeric>

#include "graft/models/step/feed.h"

namespace graft {

void EpochLogs::add(const StepLogs& batch, int64_t rows) {
  for (const auto& [name, value] : batch.logs) {
    const double own = batch.counts.has(name) ? static_cast<double>(batch.counts[name]) : static_cast<double>(rows);
    rows_.at(name) += own;
    sums_.at(name) += own == 0 ? 0 : static_cast<double>(value) * own;
  }
}

// As in Keras the mean over no rows is 0.
Logs EpochLogs::mean() const {
  Logs logs;
  for (const auto& [name, sum] : sums_) logs.set(name, rows_[name] == 0 ? 0.f : static_cast<float>(sum / rows_[name]));
  return logs;
}

StepLogs step_on_rows(const StepData& data, std::span<const int64_t> rows, StepMode mode) {
  const std::vector<Shape> shapes = data.shapes(static_cast<int64_t>(rows.size()));
  const auto fill = [&](size_t input, std::span<float> values, int threads) {
    gather_rows(data.tensors[input], rows, values, threads);
  };
  return (mode == StepMode::train ? data.step->train(shapes, fill) : data.step->test(shapes, fill)).front();
}

Logs test_epoch(const StepData& data, int64_t batch_size, const std::function<void(int64_t, const Logs&)>& after) {
  std::vector<int64_t> order(static_cast<size_t>(data.rows));
  std::iota(order.begin(), order.end(), 0);
  EpochLogs epoch;
  int64_t step = 0;
  for (int64_t begin = 0; begin < data.rows; begin += batch_size, ++step) {
    const int64_t rows = std::min(batch_size, data.rows - begin);
    const auto batch = std::span(order).subspan(static_cast<size_t>(begin), static_cast<size_t>(rows));
    epoch.add(step_on_rows(data, batch, StepMode::test), rows);
    if (after) after(step, epoch.mean());
  }
  return epoch.mean();
}

}  // namespace graft
