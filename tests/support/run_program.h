#pragma once

#include <string>
#include <vector>

namespace graft::test {

struct ProgramResult {
  int status = -1;  ///< exit code; 128 + signal when it was killed
  std::string out, err;
};

/// Runs a program and waits for it. No shell is involved: arguments arrive as they are.
ProgramResult run_program(const std::vector<std::string>& command);

}  // namespace graft::test
