// This file has images that are read at any places. Its operands are channels last in memory: the coordinates of a
// place are next to each other, like the channels of a pixel.

#include "graft/ops/kernels/signal/map_coordinates.h"

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

int64_t product(const Dims& dims) { return elements(Dims(dims.begin() + 2, dims.end())); }

Mapping mapping(const Dims& src, const Dims& coordinates, const MapArgs& args) {
  Mapping out{src[0], src[1], product(coordinates), coordinates[0], src.size() - 2, {}, args};
  std::copy(src.begin() + 2, src.end(), out.pixels.begin());
  return out;
}

std::string text(const MapArgs& args) {
  constexpr const char* kModes[] = {"constant", "nearest", "wrap", "mirror", "reflect"};
  return cat(args.linear ? "linear " : "nearest ", kModes[static_cast<size_t>(args.fill_mode)],
             " fill=", args.fill_value);
}

Operand channels_last(Lowering& lowering, Value v) { return lowering.as(v, onednn::channels_last(lowering.dims(v))); }

/// Inputs: coordinates, diff_dst.
class MapToSrc final : public Primitive {
 public:
  explicit MapToSrc(const MapArgs& args) : args_(args) {}
  std::string_view name() const override { return "map_coordinates_to_src"; }
  std::string attributes() const override { return text(args_); }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &at = lowering.dims(self.inputs[0]), &src = lowering.dims(self.outputs[0]);
    lowering.kernel(self, "map_coordinates_to_src",
                    {channels_last(lowering, self.inputs[0]), channels_last(lowering, self.inputs[1])},
                    {lowering.define(self.outputs[0], onednn::channels_last(src))},
                    [m = mapping(src, at, args_)](const Run& run, std::span<void* const> p) {
                      map_coordinates_to_src(run.threads, m, in(p[0]), in(p[1]), out(p[2]));
                    });
  }

 private:
  MapArgs args_;
};

/// Inputs: src, coordinates, diff_dst. The output has a set of places for each image.
class MapToPlaces final : public Primitive {
 public:
  explicit MapToPlaces(const MapArgs& args) : args_(args) {}
  std::string_view name() const override { return "map_coordinates_to_places"; }
  std::string attributes() const override { return text(args_); }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &src = lowering.dims(self.inputs[0]), &at = lowering.dims(self.inputs[1]);
    lowering.kernel(self, "map_coordinates_to_places",
                    {channels_last(lowering, self.inputs[0]), channels_last(lowering, self.inputs[1]),
                     channels_last(lowering, self.inputs[2])},
                    {lowering.define(self.outputs[0], onednn::channels_last(lowering.dims(self.outputs[0])))},
                    [m = mapping(src, at, args_)](const Run& run, std::span<void* const> p) {
                      map_coordinates_to_places(run.threads, m, in(p[0]), in(p[1]), in(p[2]), out(p[3]));
                    });
  }

 private:
  MapArgs args_;
};

class MapCoordinates final : public Primitive {
 public:
  explicit MapCoordinates(const MapArgs& args) : args_(args) {}
  std::string_view name() const override { return "map_coordinates"; }
  std::string attributes() const override { return text(args_); }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .row_inputs = {0, 1}};
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value src = self.inputs[0], at = self.inputs[1];
    Values out(2);
    if (wanted[0]) out[0] = b.append(std::make_shared<MapToSrc>(args_), {at, diff_dst[0]}, {b.dims(src)})[0];
    if (wanted[1]) {
      Dims each = b.dims(at);
      each[0] = b.dims(src)[0];
      out[1] = b.sum_to(b.append(std::make_shared<MapToPlaces>(args_), {src, at, diff_dst[0]}, {each})[0], b.dims(at));
    }
    return out;
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &src = lowering.dims(self.inputs[0]), &at = lowering.dims(self.inputs[1]);
    lowering.kernel(self, "map_coordinates",
                    {channels_last(lowering, self.inputs[0]), channels_last(lowering, self.inputs[1])},
                    {lowering.define(self.outputs[0], onednn::channels_last(lowering.dims(self.outputs[0])))},
                    [m = mapping(src, at, args_)](const Run& run, std::span<void* const> p) {
                      map_coordinates(run.threads, m, in(p[0]), in(p[1]), out(p[2]));
                    });
  }

 private:
  MapArgs args_;
};

}  // namespace

Value Builder::map_coordinates(Value src, Value coordinates, const MapArgs& args) {
  const Dims &from = dims(src), &at = dims(coordinates);
  if (from.size() < 3 || from.size() - 2 > Mapping::kAxes)
    throw ShapeError(cat("map_coordinates: src must have from 1 to ", Mapping::kAxes,
                         " spatial axes (N, C, spatial); received ", to_string(from)));
  const auto axes = static_cast<int64_t>(from.size()) - 2;
  if (at.size() < 3 || at[1] != axes || (at[0] != 1 && at[0] != from[0]))
    throw ShapeError(cat("map_coordinates: coordinates must be (", from[0], " or 1, ", axes, ", ...) for src ",
                         to_string(from), "; received ", to_string(at)));
  Dims to = at;
  to[0] = from[0];
  to[1] = from[1];
  return append(std::make_shared<MapCoordinates>(args), {src, coordinates}, {to})[0];
}

}  // namespace graft::ops
