#include "graft/core/choice.h"

#include <doctest/doctest.h>

#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

namespace {

struct ColourWords {
  static constexpr std::array<std::string_view, 2> words{"red", "blue"};
};
using Colour = Choice<ColourWords>;

struct SizeWords {
  static constexpr std::string_view name = "size";
  static constexpr std::array<std::string_view, 2> words{"small", "large"};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> other_words{{{"big", "large"}}};
};
using Size = Choice<SizeWords>;

}  // namespace

TEST_CASE("choice: a word of the set, as a literal or read") {
  const Colour colour = "red";
  CHECK(colour == Colour::parse("RED"));
  CHECK(colour != Colour("blue"));
  CHECK(colour == "red");
  CHECK(colour.str() == "red");
  CHECK(cat(colour) == "red");
  CHECK(error_text<ConfigError>([] { Colour::parse("green"); }) ==
        "expected one of \"red\", \"blue\"; received \"green\".");
}

TEST_CASE("choice: a set may name its setting and take other words for its own") {
  CHECK(Size("big") == Size("large"));
  CHECK(Size::parse("Big").str() == "large");
  CHECK(error_text<ConfigError>([] { Size::parse("huge"); }) ==
        "size must be \"small\" or \"large\"; received \"huge\".");
}

TEST_CASE("choice: a choice may be left out") {
  const OptionalChoice<SizeWords> none = {}, one = "small";
  CHECK_FALSE(none.has_value());
  CHECK(*one == Size("small"));
}
