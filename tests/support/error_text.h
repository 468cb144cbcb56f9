#pragma once

#include <doctest/doctest.h>

#include <string>
#include <typeinfo>

#include "graft/core/error.h"

namespace graft::test {

/// The message of the error of exactly this kind that the call must throw:
///     CHECK(error_text<ShapeError>([&] { ... }) == "...");
template <class Kind, class Call>
std::string error_text(Call call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK_MESSAGE(typeid(error) == typeid(Kind), "an error of another kind: ", std::string(error.what()));
    return error.what();
  }
  return "no error";
}

}  // namespace graft::test
