#pragma once

#include <array>

#include "graft/graph/layer_impl.h"

namespace graft {

/// A number, or the two ends of the range that numbers are drawn from.
class Range {
 public:
  Range(double number) : ends_{number, number} {}
  Range(double lower, double upper) : ends_{lower, upper}, pair_(true) {}
  bool operator==(const Range&) const = default;

  /// Both ends in order. One number is the range around 0 that it reaches to, as far as that is at least `least`.
  std::array<float, 2> from(double least) const;
  /// Throws ConfigError naming the setting unless the number is in [least, most], or the range meets it.
  void check(const char* setting, double least, double most) const;
  /// The same where both ends must be in [least, most].
  void check_ends(const char* setting, double least, double most) const;
  /// Throws ConfigError naming the setting unless these are two different numbers.
  void check_pair(const char* setting) const;

  void field(FieldVisitor& field, const char* key);
  static void field(FieldVisitor& field, const char* key, std::optional<Range>& value);

 private:
  friend struct ConfigAccess;
  Range() : Range(0) {}
  std::string str() const;
  std::array<double, 2> ends_;
  bool pair_ = false;
};

/// What is beyond the border of an image that is moved: its mirror image with the outermost pixel twice, the image
/// again, fill_value, or the outermost pixel.
struct AffineFillWords {
  static constexpr std::string_view name = "fill_mode";
  static constexpr std::array<std::string_view, 4> words{"reflect", "wrap", "constant", "nearest"};
};
using AffineFill = Choice<AffineFillWords>;

/// How a place between pixels is read.
struct PixelInterpolationWords {
  static constexpr std::string_view name = "interpolation";
  static constexpr std::array<std::string_view, 2> words{"nearest", "bilinear"};
};
using PixelInterpolation = Choice<PixelInterpolationWords>;

}  // namespace graft
