#include "graft/graph/layers/augmentation/settings.h"

#include <algorithm>
#include <cmath>

namespace graft {

std::array<float, 2> Range::from(double least) const {
  const auto rounded = [](double x) { return static_cast<float>(x); };
  if (pair_) return {rounded(std::min(ends_[0], ends_[1])), rounded(std::max(ends_[0], ends_[1]))};
  const double most = std::abs(ends_[0]);
  return {rounded(std::max(-most, least)), rounded(most)};
}

void Range::check(const char* setting, double least, double most) const {
  const bool meets = pair_ ? ends_[0] <= most && ends_[1] >= least : ends_[0] >= least && ends_[0] <= most;
  if (!meets)
    refuse_setting(cat(setting, " must be a number or two numbers in [", least, ", ", most, "]; received ", str()));
}

void Range::check_ends(const char* setting, double least, double most) const {
  if (!std::ranges::all_of(ends_, [&](double end) { return end >= least && end <= most; }))
    refuse_setting(cat(setting, " must be a number or two numbers in [", least, ", ", most, "]; received ", str()));
}

void Range::check_pair(const char* setting) const {
  if (!pair_ || ends_[0] == ends_[1]) refuse_setting(cat(setting, " must be two different numbers; received ", str()));
}

// Keras's RandomPosterization takes integers alone.
static Literal number(double value) {
  const bool whole = std::nearbyint(value) == value && std::abs(value) < 1e15;
  return whole ? Literal(static_cast<int64_t>(value)) : Literal(value);
}

void Range::field(FieldVisitor& field, const char* key) {
  Literal literal = pair_ ? Literal(Literal::List{number(ends_[0]), number(ends_[1])}) : number(ends_[0]);
  field(key, literal);
  if (!field.reading() || literal.is_none()) return;
  const std::vector<double> numbers = literal.numbers();
  if (numbers.empty() || numbers.size() > 2)
    throw ConfigError(cat(key, " must be a number or two numbers; received ", literal.str()));
  pair_ = !literal.is_number();
  ends_ = {numbers[0], numbers.back()};
}

void Range::field(FieldVisitor& field, const char* key, std::optional<Range>& value) {
  if (field.reading() && field.has(key)) {
    Literal literal;
    field(key, literal);
    if (literal.is_none()) return;
    value = Range(0);
  }
  if (value) return value->field(field, key);
  Literal none;
  field(key, none);
}

std::string Range::str() const { return pair_ ? cat('(', ends_[0], ", ", ends_[1], ')') : cat(ends_[0]); }

}  // namespace graft
