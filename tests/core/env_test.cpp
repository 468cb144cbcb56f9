#include "graft/core/env.h"

#include <doctest/doctest.h>

#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

TEST_CASE("a flag that is not set has its default") {
  const env::Scoped unset("GRAFT_DEBUG", "");
  CHECK(env::debug() == 0);
}

TEST_CASE("a flag is set for the life of the scope") {
  const env::Scoped outer("GRAFT_THREADS", "2");
  {
    const env::Scoped inner("GRAFT_THREADS", "5");
    CHECK(env::threads() == 5);
  }
  CHECK(env::threads() == 2);
}

TEST_CASE("a value that a flag does not take is one clear error") {
  const env::Scoped threads("GRAFT_THREADS", "many"), debug("GRAFT_DEBUG", "7"), seed("GRAFT_SEED", "-1");
  CHECK(error_text<ConfigError>([] { env::threads(); }) ==
        "the environment variable GRAFT_THREADS must be a whole number from 0 to 4096; received \"many\".");
  CHECK(error_text<ConfigError>([] { env::debug(); }) ==
        "the environment variable GRAFT_DEBUG must be a whole number from 0 to 3; received \"7\".");
  CHECK(error_text<ConfigError>([] { env::seed(); }) ==
        "the environment variable GRAFT_SEED must be a whole number from 0 to 18446744073709551615; received \"-1\".");
}

TEST_CASE("only flags of the table exist") {
  CHECK(error_text<ConfigError>([] { env::Scoped("GRAFT_COLOUR", "1"); }) ==
        "there is no environment variable GRAFT_COLOUR.");
}

TEST_CASE("there is at least one core") { CHECK(env::cores() >= 1); }
