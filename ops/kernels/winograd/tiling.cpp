#include "graft/ops/kernels/winograd/tiling.h"

#include <algorithm>
#include <utility>

#include "graft/ops/kernels/winograd/parts.h"

namespace graft::ops {

using namespace winograd;

WinogradTiling::WinogradTiling(int64_t n, WinogradAxis r, WinogradAxis c, int64_t from, int64_t to, int64_t vector)
    : images(n),
      src_channels(from),
      dst_channels(to),
      lanes(vector),
      rows(std::move(r)),
      columns(std::move(c)),
      tiles_(images * rows.tiles() * columns.tiles()),
      plan_(std::make_shared<Plan>(rows, columns, std::max(from, to))) {}

int64_t WinogradTiling::products() const { return tiles_ * plan_->depth * src_channels * dst_channels; }
int64_t WinogradTiling::point_floats() const {
  return tiles_ * (plan_->depth * src_channels + plan_->points * dst_channels);
}

int64_t WinogradTiling::panel_columns() const { return wide() ? Avx512::columns : Avx2::columns; }

}  // namespace graft::ops
