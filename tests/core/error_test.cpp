#include "graft/core/error.h"

#include <doctest/doctest.h>

#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

TEST_CASE("an error says who, the rule, a hint and the place, in this order") {
  ShapeError error("input must have rank 4 (N, H, W, C); received (None, 784)");
  error.append(" from Input \"image\"");
  error.at(source_location::current());
  error.who("Conv2D \"enc1\"");
  error.hint("Reshape({.target_shape = {28, 28, 1}}) makes an image of it.");
  CHECK(std::string(error.what()) ==
        "[Conv2D \"enc1\"] input must have rank 4 (N, H, W, C); received (None, 784) from Input \"image\".\n"
        "  Hint: Reshape({.target_shape = {28, 28, 1}}) makes an image of it.\n"
        "  Layer called at error_test.cpp:13.");
}

TEST_CASE("the first who, hint and place win") {
  GraphError error("the graph is disconnected");
  error.who("inner").who("outer").hint("near").hint("far");
  error.at(source_location::current(), "Model made").at(source_location::current());
  CHECK(std::string(error.what()) ==
        "[inner] the graph is disconnected.\n  Hint: near.\n  Model made at error_test.cpp:25.");
}

TEST_CASE("a format error begins with the file or the JSON path") {
  CHECK(std::string(FormatError("model.json", "is empty").what()) == "model.json: is empty.");
}

TEST_CASE("an error keeps its kind when it is completed in the throw") {
  CHECK(error_text<ShapeError>([] { throw ShapeError("rule").who("me").hint("do"); }) == "[me] rule.\n  Hint: do.");
  CHECK(error_text<FormatError>([] { throw FormatError("f", "rule").append(" more"); }) == "f: rule more.");
}

TEST_CASE("every kind is an Error and a std::exception") {
  const auto caught = [](const auto& error) {
    try {
      throw error;
    } catch (const std::exception& base) {
      return dynamic_cast<const Error*>(&base) != nullptr && std::string(base.what()) == "text.";
    }
  };
  CHECK(caught(ConfigError("text")));
  CHECK(caught(ShapeError("text")));
  CHECK(caught(GraphError("text")));
  CHECK(caught(DataError("text")));
  CHECK(caught(BackendError("text")));
  CHECK(caught(FormatError("text")));
}

TEST_CASE("cat joins what it is given") { CHECK(cat("expected ", 3, " of ", 2.5) == "expected 3 of 2.5"); }
