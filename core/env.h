#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace graft::env {

/// One environment variable that the library reads. The table in env.cpp is the only place that names them;
/// docs/env_vars.md is checked against it.
struct Flag {
  std::string name, default_value, effect;
};

/// All environment variables, in the order of docs/env_vars.md.
const std::vector<Flag>& flags();

int debug();              ///< GRAFT_DEBUG: 0 quiet; 1 a line per compile; 2 also every step; 3 also the Program's text
bool check();             ///< GRAFT_CHECK: stop at the first step that makes a NaN or an infinity, and name it
uint64_t seed();          ///< GRAFT_SEED: the global random seed
int threads();            ///< GRAFT_THREADS: threads of an Executable that asks for none; 0: all cores
std::string tune_file();  ///< GRAFT_TUNE_FILE: where the fastest formulations are remembered
/// GRAFT_DISABLE_PASSES: names of passes that compiling leaves out (ops/passes/pipeline.cpp has the table)
std::vector<std::string> disabled_passes();

/// The number of CPU cores that this process may use.
int cores();

/// Sets a flag for the life of this object.
class Scoped {
 public:
  Scoped(const std::string& name, const std::string& value);
  ~Scoped();
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;

 private:
  std::string name_, old_;
  bool had_;
};

}  // namespace graft::env
